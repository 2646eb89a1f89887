// How good a class came out: measured on held-out shots, and by people's own work since.
import { precisionRecall } from "../charts/curve";
import { h, icon } from "../lib/dom";
import { percent } from "../lib/format";
import { figures, likely } from "./figures";
import type { Figure } from "./figures";
import { heldOutErrors } from "./heldOutErrors";
import type { ClassResult, RunResult, Since } from "./types";

export function learnedFrom({ shots = 0 }: ClassResult): string {
  return interpolate(ngettext("learned from %s box", "learned from %s boxes", shots), [shots]);
}

/** The measured figures of a class, or null where it had too few shots to be measured. */
export function measuredFigures(found: ClassResult): Figure[] | null {
  if (found.measured !== "loo" || found.precision == null) return null;
  const overlap = found.held_out_iou;
  const before = found.corrected && overlap ? percent(overlap.before) : null;
  return [
    [gettext("Precision"), percent(found.precision), likely(found.precision_low, found.precision_high)],
    [gettext("Recall"), percent(found.recall), likely(found.recall_low, found.recall_high)],
    ["F1", percent(found.f1)],
    ["AP50", percent(found.ap50)],
    [
      gettext("Overlap of boxes"),
      percent(overlap?.after),
      before === null ? "" : interpolate(gettext("%s before correction"), [before]),
    ],
  ];
}

/** What the run's suggestions were worth, told by people's own work. */
export function sinceFigures(found: Since): Figure[] {
  return [
    [gettext("Precision"), percent(found.precision), likely(found.precision_low, found.precision_high)],
    [gettext("Recall"), percent(found.recall), likely(found.recall_low, found.recall_high)],
    [gettext("Suggestions"), String(found.suggested)],
    [gettext("Boxes of people"), String(found.boxes)],
  ];
}

export function qualityCard(name: string, found: ClassResult, since: Since | undefined): HTMLElement {
  const measured = measuredFigures(found);
  return h(
    "section.card.stack",
    {},
    h("div.card-head", {}, h("h2", {}, name), h("p", {}, learnedFrom(found))),
    ...(measured ? measuredPart(measured) : [unmeasured()]),
    since && sinceCard(since),
    measured && curveOf(found),
    measured && heldOutErrors(found.worst),
  );
}

function measuredPart(rows: readonly Figure[]): HTMLElement[] {
  const hint = gettext("Measured by leaving images out in turn; the likely ranges hold 19 times in 20.");
  return [figures(rows), h("p.hint", {}, hint)];
}

function unmeasured(): HTMLElement {
  const text = gettext(
    "Not measurable yet: from five boxes in two complete images on, LabelHub measures a class by leaving images out in turn.",
  );
  return h("div.notice", {}, icon("info"), h("div", {}, text));
}

function sinceCard(found: Since): HTMLElement {
  const hint = ngettext(
    "On %s image that people have finished since this run.",
    "On %s images that people have finished since this run.",
    found.images,
  );
  return h(
    "figure.since",
    { "data-testid": "since" },
    h(
      "figcaption",
      {},
      h("strong", {}, gettext("What people found since")),
      h("span.hint", {}, interpolate(hint, [found.images])),
    ),
    figures(sinceFigures(found)),
  );
}

/** Drawn a frame later, when its place has a width. */
function curveOf(found: ClassResult): HTMLElement | null {
  if (!found.pr_curve || found.pr_curve.length < 2) return null;
  const place = h("div.chart");
  requestAnimationFrame(() => precisionRecall(place, found));
  return h("figure", {}, h("figcaption", {}, h("strong", {}, gettext("Precision and recall"))), place);
}

/** The network that a run trained: its size in numbers. */
export function networkCard(summary: NonNullable<RunResult["summary"]>): HTMLElement {
  const rows = Object.entries(summary).flatMap(([name, value]) => [
    h("dt", {}, name.slice(0, 1).toUpperCase() + name.slice(1)),
    h("dd", {}, typeof value === "number" ? value.toLocaleString() : value),
  ]);
  return h("section.card", {}, h("h2", {}, gettext("Network")), h("dl.pairs", {}, ...rows));
}
