// Shows the queue: tiles in a grid, the side panel of the focused one, and what is counted and saved.
import { h, icon, need, replace, Rows, setText } from "../lib/dom";
import { percent } from "../lib/format";
import { noneButton } from "../lib/noneButton";
import type { LabelClass } from "../lib/types";
import { tally, type Entry } from "./ledger";
import { startSide } from "./side";
import { tile } from "./tile";
import { startCutoff } from "./cutoffBar";
import type { ReviewQueue } from "./queue";

export interface Acts {
  readonly relabel: () => void;
  readonly acceptAbove: () => void;
}

export function startShow(
  root: HTMLElement,
  queue: ReviewQueue,
  classes: readonly LabelClass[],
  can: { readonly review: boolean; readonly run: boolean },
  acts: Acts,
): () => void {
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const labels = new Map(classes.map((one) => [one.id, one]));
  const grid = role("grid");
  const rows = new Rows<Entry, number>(
    grid,
    (entry) => entry.suggestion.id,
    (entry) => tile(queue, entry, labels, can.review),
  );
  const showCutoff = startCutoff(root, queue, can.review, acts.acceptAbove);
  const bar = role("selection");
  const several = (
    name: "accept" | "reject",
    text: string,
    key: string,
    picture: SVGSVGElement,
    decision: "accepted" | "rejected",
  ): HTMLElement =>
    h(
      "button",
      {
        class: `button small ${name}`,
        type: "button",
        "data-testid": `selection-${name}`,
        onclick: () => queue.decide(decision),
      },
      picture,
      text,
      h("kbd", {}, key),
    );
  const selected = h("strong", { role: "status" });
  replace(
    bar,
    selected,
    can.review && several("accept", gettext("Accept"), "A", icon("check"), "accepted"),
    can.review && several("reject", gettext("Reject"), "X", icon("x"), "rejected"),
    can.review &&
      classes.length > 1 &&
      h(
        "button.button.small",
        { type: "button", "data-testid": "selection-relabel", onclick: acts.relabel },
        icon("tag"),
        gettext("Other class"),
        h("kbd", {}, "R"),
      ),
    noneButton(() => queue.select([])),
  );
  const showSide = startSide(role("side"), queue, labels, can.review, classes.length > 1 ? acts.relabel : null);
  let side: Entry | null = null;
  let focus: number | null = null;

  return () => {
    rows.show(queue.shown);
    const counts = tally(queue.ledger);
    role("empty").hidden = queue.loading || queue.ledger.size > 0;
    role("keys").hidden = !can.review || queue.ledger.size === 0;
    role("more").hidden = queue.complete || queue.ledger.size === 0;
    role("loading").hidden = !queue.loading;
    setText(role("total"), queue.total === null ? "" : queue.total.toLocaleString());
    setText(
      role("done"),
      counts.accepted + counts.rejected > 0 && queue.filters.state === "pending"
        ? interpolate(gettext("%s accepted, %s rejected here"), [counts.accepted, counts.rejected])
        : "",
    );
    showNext(role("next"), queue);
    setText(role("answers"), saidOf(queue));
    role("accept-sure").hidden = !can.review || queue.sure === 0;
    setText(role("sure-text"), interpolate(gettext("Accept all sure ones (%s)"), [queue.sure]));
    role("undo-run").hidden = !can.run || queue.filters.run === "";
    role("further").hidden = role("accept-sure").hidden && role("undo-run").hidden;
    role<HTMLButtonElement>("undo").disabled = !queue.canUndo;
    showSaving(role("save-state"), queue);
    showCutoff();
    bar.hidden = queue.selected.size < 2;
    setText(selected, interpolate(gettext("%s selected"), [queue.selected.size]));
    const entry = queue.focused;
    if (entry !== side) {
      showSide(entry);
      side = entry;
    }
    if (queue.focus !== focus) {
      focus = queue.focus;
      const element = focus === null ? undefined : rows.element(focus);
      element?.scrollIntoView({ block: "nearest" });
      if (element && grid.contains(document.activeElement)) need("button", element).focus({ preventScroll: true });
    }
  };
}

/** What people's answers so far say: the figure that home shows, too. */
function saidOf({ answers }: ReviewQueue): string {
  if (answers === null || answers.all === 0) return "";
  const { right, all, low, high } = answers;
  const share = percent(right / all);
  if (low === null || high === null)
    return interpolate(ngettext("%s of %s answer right", "%s of %s answers right", all), [right, all]);
  return interpolate(ngettext("%s of %s answer right (%s to %s)", "%s of %s answers right (%s to %s)", all), [
    share,
    all,
    percent(low),
    percent(high),
  ]);
}

/** After the last answer: what was said, and what there is to do next. */
function showNext(place: HTMLElement, queue: ReviewQueue): void {
  const { everywhere, total, answered } = queue;
  const was = place.hidden;
  place.hidden = !answered || (total ?? 0) > 0;
  if (place.hidden) return;
  if (was) requestAnimationFrame(() => place.scrollIntoView({ block: "nearest" }));
  const { accepted, rejected } = tally(queue.ledger);
  setText(
    need("[data-role=next-says]", place),
    interpolate(gettext("%s accepted, %s rejected. The next run learns from each answer."), [accepted, rejected]),
  );
  const others = need("[data-role=next-others]", place);
  others.hidden = everywhere === 0;
  setText(
    others,
    interpolate(ngettext("Review %s more elsewhere", "Review %s more elsewhere", everywhere), [everywhere]),
  );
}

function showSaving(element: HTMLElement, queue: ReviewQueue): void {
  const state = !queue.saving ? "saved" : queue.offline ? "offline" : "saving";
  element.dataset.state = state;
  setText(element, { saved: "", saving: gettext("Saving…"), offline: gettext("Offline: will be sent") }[state]);
}

/** How many tiles make a row: what the arrow keys up and down go by. */
export function columns(grid: HTMLElement): number {
  return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
}
