// The focused label error at the side: a large picture of the label and the proposal, the claim in words, answers.
import { at } from "../lib/address";
import { h, icon, replace, swatch } from "../lib/dom";
import { partAround } from "../lib/part";
import type { LabelClass } from "../lib/types";
import { outline } from "../parts/boxOnPicture";
import type { LabelError } from "./client";
import type { Entry, ErrorList } from "./list";
import { aroundBoth, claimOf, cureOf, editorUrl, keepOf, stateName } from "./words";

export function startSide(
  place: HTMLElement,
  list: ErrorList,
  labels: ReadonlyMap<number, LabelClass>,
  canReview: boolean,
): (entry: Entry | null) => void {
  const picture = h("div.side-picture", {});
  const rest = h("div.side-rest", {});
  place.append(picture, rest);
  let shown: number | null = null;
  const answer = (
    name: string,
    key: string,
    picture: SVGSVGElement | null,
    text: string,
    onclick: () => void,
  ): HTMLElement =>
    h(
      "button",
      { class: `button ${name}`, type: "button", "data-testid": name, onclick },
      picture,
      h("span.clip", { title: text }, text),
      h("kbd", {}, key),
    );
  const answers = (error: LabelError): Node =>
    h(
      "div.side-answers",
      {},
      answer("accept", "A", icon("check"), cureOf(error, labels), () => list.answer("fix", error.id)),
      answer("reject", "X", icon("x"), keepOf(error), () => list.answer("keep", error.id)),
      answer("pass", "S", null, gettext("Skip"), () => list.skip()),
    );

  const named = (id: number): Node[] => [
    swatch(labels.get(id)?.color ?? ""),
    h("strong.clip", {}, labels.get(id)?.name ?? "?"),
  ];

  return (entry) => {
    place.hidden = entry === null;
    if (!entry) return;
    const { error, became } = entry;
    if (shown !== error.id) replace(picture, pictureOf(error));
    shown = error.id;
    const undo = answer("undo", "Z", icon("undo-2"), gettext("Undo"), () => list.undo());
    replace(
      rest,
      canReview && (became === null ? answers(error) : list.undoes(error.id) && h("div.side-answers", {}, undo)),
      h(
        "div.side-facts",
        {},
        h(
          "p.side-title",
          {},
          ...named(error.class),
          error.proposed !== null && icon("arrow-right"),
          ...(error.proposed === null ? [] : named(error.proposed)),
          became !== null && h("span", { class: `badge ${became === "fixed" ? "ok" : ""}` }, stateName(became)),
        ),
        h("p.side-claim", { "data-testid": "claim" }, claimOf(error, labels)),
        h(
          "a.side-image",
          { href: editorUrl(error), "data-testid": "open-image" },
          icon("image"),
          h("span.clip", {}, error.image.name),
          h("kbd", {}, "E"),
        ),
      ),
    );
  };
}

function pictureOf(error: LabelError): HTMLElement {
  const part = partAround(aroundBoth(error), error.image);
  const address = part.map((edge) => edge.toFixed(1)).join(",");
  const frame = h(
    "div.box-frame",
    {},
    h("img", { src: at(`/files/images/${error.image.id}/crop/?part=${address}`), alt: "", draggable: "false" }),
    outline(part, error.xyxy, error.kind === "missing" ? "proposed" : ""),
    error.tight && outline(part, error.tight, "proposed"),
  );
  frame.style.setProperty("--aspect", String((part[2] - part[0]) / (part[3] - part[1])));
  return frame;
}
