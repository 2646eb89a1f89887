// One box in the grid: its crop with its outline, who made it, and what became of it here.
import { at } from "../lib/address";
import { h, icon, setText } from "../lib/dom";
import type { LabelClass } from "../lib/types";
import { outline } from "../parts/boxOnPicture";
import type { Entry, BoxList } from "./list";

/** `update` is asked at every change of the list. */
export function tile(
  list: BoxList,
  { box }: Entry,
  labels: ReadonlyMap<number, LabelClass>,
): { element: HTMLElement; update: (entry: Entry) => void } {
  const origins = { person: gettext("drawn"), suggestion: gettext("accepted"), import: gettext("imported") };
  const by = box.author ?? origins[box.origin];
  const name = h("span.name", { title: by }, by);
  const size = `${Math.round(box.xyxy[2] - box.xyxy[0])} × ${Math.round(box.xyxy[3] - box.xyxy[1])}`;
  const image = h("img", { src: at(box.crop_url), alt: "", loading: "lazy", decoding: "async", draggable: "false" });
  const stamp = h("span.tile-stamp", { "aria-hidden": true });
  const button = h(
    "button.tile-button",
    { type: "button", onclick: () => list.go(box.id), ondblclick: () => location.assign(editorUrl(box.image.id)) },
    h("span.box-frame", {}, image, outline(box.crop, box.xyxy)),
    stamp,
    h(
      "span.tile-foot",
      {},
      !box.mine && h("span.tile-dropped", { title: gettext("Not yours to change") }, icon("lock")),
      name,
      " ",
      h("strong", {}, size),
    ),
  );
  // The keyboard moved it here; where the list did, the selection stays.
  button.addEventListener("focus", () => list.focus !== box.id && list.go(box.id));
  const element = h("li.tile", { "data-id": box.id, "data-testid": "box" }, button);
  let before = "";
  const update = ({ became }: Entry): void => {
    const focused = list.focus === box.id;
    const chosen = list.selected.has(box.id);
    const now = `${String(became)} ${focused} ${chosen}`;
    if (now === before) return;
    before = now;
    const label = typeof became === "number" ? labels.get(became) : undefined;
    element.dataset.state = typeof became === "number" ? "relabelled" : (became ?? "");
    setText(name, label ? label.name : by);
    stamp.replaceChildren(icon(became === "deleted" ? "trash-2" : became === "sent" ? "undo-2" : "tag"));
    element.classList.toggle("selected", chosen);
    element.classList.toggle("focused", focused);
    button.tabIndex = focused ? 0 : -1;
    button.setAttribute("aria-current", String(focused));
    button.setAttribute("aria-pressed", String(chosen));
    const state = became === "deleted" ? gettext("deleted") : became === "sent" ? gettext("sent back") : label?.name;
    // What is seen comes first, so that who speaks to the page can say what they see.
    const named = [`${label?.name ?? by} ${size}`, box.image.name, state];
    button.setAttribute("aria-label", named.filter(Boolean).join(", "));
  };
  return { element, update };
}

export function editorUrl(image: number): string {
  return at(`/images/${image}/`);
}
