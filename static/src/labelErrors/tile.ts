// One label error in the grid: its crop with the outlines of now and of the proposal, what is wrong, quick answers.
import { at } from "../lib/address";
import { h, icon, swatch } from "../lib/dom";
import { percent } from "../lib/format";
import type { LabelClass } from "../lib/types";
import { outline } from "../parts/boxOnPicture";
import type { Entry, ErrorList } from "./list";
import { cureOf, editorUrl, faultOf, keepOf, stateName } from "./words";

/** As the review page's tiles look. */
const LOOKS = { fixed: "accepted", right: "rejected", overtaken: "withdrawn" } as const;

/** `update` is asked at every change of the list. */
export function tile(
  list: ErrorList,
  { error }: Entry,
  labels: ReadonlyMap<number, LabelClass>,
  canReview: boolean,
): { element: HTMLElement; update: (entry: Entry) => void } {
  const fault = faultOf(error, labels);
  const image = h("img", { src: at(error.crop_url), alt: "", loading: "lazy", decoding: "async", draggable: "false" });
  const stamp = h("span.tile-stamp", { "aria-hidden": true });
  const missing = error.kind === "missing";
  const button = h(
    "button.tile-button",
    {
      type: "button",
      title: cureOf(error, labels),
      onclick: () => list.go(error.id),
      ondblclick: () => location.assign(editorUrl(error)),
    },
    h(
      "span.box-frame",
      {},
      image,
      outline(error.crop, error.xyxy, missing ? "proposed" : ""),
      error.tight && outline(error.crop, error.tight, "proposed"),
    ),
    stamp,
    h(
      "span.tile-foot",
      {},
      swatch(labels.get(error.class)?.color ?? ""),
      h("span.name", { title: fault }, fault),
      " ",
      h("strong", {}, percent(error.probability)),
    ),
  );
  button.addEventListener("focus", () => list.focus !== error.id && list.go(error.id));
  const quick = (verb: "fix" | "keep", look: string, text: string, picture: SVGSVGElement): HTMLElement =>
    h(
      "button",
      {
        class: `icon-button quick-${look}`,
        type: "button",
        tabindex: -1,
        "aria-label": text,
        title: text,
        onclick: () => list.answer(verb, error.id),
      },
      picture,
    );
  const element = h(
    "li.tile",
    { "data-id": error.id, "data-kind": error.kind },
    button,
    canReview &&
      h(
        "span.tile-quick",
        {},
        quick("fix", "accepted", cureOf(error, labels), icon("check")),
        quick("keep", "rejected", keepOf(error), icon("x")),
      ),
  );
  let before = "";
  const update = ({ became }: Entry): void => {
    const focused = list.focus === error.id;
    const chosen = list.selected.has(error.id);
    const now = `${String(became)} ${focused} ${chosen}`;
    if (now === before) return;
    before = now;
    element.dataset.state = became === null ? "pending" : LOOKS[became];
    element.dataset.testid = became === null ? "label-error" : "label-error-answered";
    stamp.replaceChildren(icon("check"), icon("x"));
    element.classList.toggle("selected", chosen);
    element.classList.toggle("focused", focused);
    button.tabIndex = focused ? 0 : -1;
    button.setAttribute("aria-current", String(focused));
    button.setAttribute("aria-pressed", String(chosen));
    const named = [`${fault} ${percent(error.probability)}`, error.image.name, stateName(became)];
    button.setAttribute("aria-label", named.filter(Boolean).join(", "));
  };
  return { element, update };
}
