// The image's tags as chips, and a field that gives it one: # leads there from the picture.
import { h, icon, need } from "../../lib/dom";
import type { Editor } from "../editor";
import type { Binding } from "./keys";

export function tagBinding(root: HTMLElement): Binding {
  return {
    keys: ["#"],
    group: gettext("Images"),
    text: gettext("Tag the image: type, Enter; Esc leads back"),
    run: () => need<HTMLInputElement>("[data-role=tag-name]", root).focus(),
  };
}

/** `known`: tags of the project. */
export function startTagBar(root: HTMLElement, editor: Editor, known: readonly string[]): void {
  const part = need("[data-role=tags]", root);
  const list = need("[data-role=tag-list]", part);
  const input = part.querySelector<HTMLInputElement>("[data-role=tag-name]");
  const names = part.querySelector<HTMLDataListElement>("datalist");
  const all = new Set(known);
  let shown: ReadonlySet<string> | null = null;
  const set = (tag: string, value: boolean): void => {
    if (editor.state.doc.tags.has(tag) !== value) editor.run({ changes: [{ op: "tag", tag, value }] });
  };
  input?.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    const tag = input.value.trim().replace(/\s+/g, " ");
    if (event.key === "Enter" && tag !== "") set(tag, true);
    else need("[data-testid=canvas]", root).focus();
    input.value = "";
    event.preventDefault();
  });
  const chip = (tag: string): HTMLElement => {
    const off = h(
      "button.chip-x",
      { type: "button", "aria-label": interpolate(gettext("Take off %s"), [tag]), onclick: () => set(tag, false) },
      icon("x"),
    );
    return h("span.chip.tag", { "data-testid": "tag" }, tag, editor.state.can.label && off);
  };
  const show = (): void => {
    const { tags } = editor.state.doc;
    if (tags === shown) return;
    shown = tags;
    part.hidden = tags.size === 0 && !editor.state.can.label;
    const here = [...tags].toSorted((a, b) => a.localeCompare(b));
    list.replaceChildren(...here.map(chip));
    for (const tag of here) all.add(tag);
    names?.replaceChildren(...[...all].filter((tag) => !tags.has(tag)).map((value) => h("option", { value })));
  };
  editor.watch(show);
  show();
}
