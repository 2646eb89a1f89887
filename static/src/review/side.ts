// The focused suggestion at the side: a larger picture whose box can be adjusted, the answers, and why the run believes
// in it.
import { h, icon, replace, swatch } from "../lib/dom";
import { evidencePanel } from "../lib/evidence";
import type { LabelClass, Xyxy } from "../lib/types";
import { adjuster } from "../parts/boxOnPicture";
import { isOpen, type Entry } from "./ledger";
import { editorUrl } from "./place";
import type { ReviewQueue } from "./queue";
import { stateName } from "./tile";

export function startSide(
  place: HTMLElement,
  queue: ReviewQueue,
  labels: ReadonlyMap<number, LabelClass>,
  canReview: boolean,
  relabel: (() => void) | null,
): (entry: Entry | null) => void {
  const picture = h("div.side-picture", {});
  const rest = h("div.side-rest", {});
  place.append(picture, rest);
  let shown: { readonly id: number; box: Xyxy } | null = null;

  /** The picture stays the same element while its box is being adjusted, so that focus and pointer stay with it. */
  const showPicture = ({ suggestion, wanted, corners }: Entry): void => {
    const box = corners ?? suggestion.xyxy;
    if (shown?.id === suggestion.id && shown.box === box) return;
    const here = (shown = { id: suggestion.id, box });
    const adjust = (next: Xyxy): void => {
      here.box = next;
      queue.adjust(suggestion.id, next);
    };
    const may = canReview && (isOpen(wanted) || wanted === "accepted");
    replace(picture, adjuster({ image: suggestion.image, own: suggestion.xyxy, box }, may ? adjust : null));
  };
  const answer = (
    wanted: Entry["wanted"],
    name: "accept" | "reject",
    text: string,
    key: string,
    picture: SVGSVGElement,
    decision: "accepted" | "rejected",
  ): HTMLElement =>
    h(
      "button",
      {
        class: `button ${name}`,
        type: "button",
        "data-testid": name,
        disabled: !canReview,
        "aria-pressed": String(wanted === decision),
        onclick: () => queue.decide(decision),
      },
      picture,
      text,
      h("kbd", {}, key),
    );

  return (entry) => {
    place.hidden = entry === null;
    if (!entry) return;
    showPicture(entry);
    const { suggestion, wanted } = entry;
    const label = labels.get(entry.as);
    replace(
      rest,
      h(
        "div.side-answers",
        {},
        answer(
          wanted,
          "accept",
          entry.corners ? gettext("Accept adjusted") : gettext("Accept"),
          "A",
          icon("check"),
          "accepted",
        ),
        answer(wanted, "reject", gettext("Reject"), "X", icon("x"), "rejected"),
        canReview &&
          relabel &&
          h(
            "button.button.side-relabel",
            {
              type: "button",
              "data-testid": "relabel-one",
              title: gettext("Other class"),
              onclick: relabel,
            },
            icon("tag"),
            h("span.long", {}, gettext("Other class")),
            h("kbd", {}, "R"),
          ),
      ),
      h(
        "div.side-facts",
        {},
        h(
          "p.side-title",
          {},
          swatch(label?.color ?? ""),
          h("strong", {}, label?.name ?? "?"),
          wanted !== "pending" && h("span", { class: `badge ${wanted === "accepted" ? "ok" : ""}` }, stateName(entry)),
          canReview &&
            entry.corners !== null &&
            h(
              "button.button.small.quiet",
              { type: "button", "data-testid": "own-corners", onclick: () => queue.adjust(suggestion.id, null) },
              icon("rotate-ccw"),
              gettext("Box as it was"),
            ),
          suggestion.sure && wanted === "pending" && h("span.badge.ok", {}, gettext("sure")),
        ),
        evidencePanel(suggestion),
        h(
          "a.side-image",
          { href: editorUrl(entry, queue.filters), "data-testid": "open-image" },
          icon("image"),
          h("span.clip", {}, suggestion.image.name),
          h("kbd", {}, "E"),
        ),
      ),
    );
  };
}
