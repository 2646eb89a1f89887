// The class palette: type a few letters, Enter gives the class to what is selected, or to the next box.
import { h, need, setText, swatch } from "../../lib/dom";
import type { LabelClass } from "../../lib/types";
import { classKeys } from "../model/classKeys";
import type { Editor } from "../editor";
import { chosen } from "../model/state";

/** Those whose name has all the words; names that begin with what was typed come first. */
export function found(classes: readonly LabelClass[], typed: string): readonly LabelClass[] {
  const wanted = typed.trim().toLocaleLowerCase();
  const words = wanted.split(/\s+/);
  const hits = classes.filter((one) => words.every((word) => one.name.toLocaleLowerCase().includes(word)));
  const begins = (one: LabelClass): number => (one.name.toLocaleLowerCase().startsWith(wanted) ? 0 : 1);
  return hits.toSorted((a, b) => begins(a) - begins(b));
}

export function startPalette(dialog: HTMLDialogElement, editor: Editor): () => void {
  const input = need<HTMLInputElement>("[data-role=palette-search]", dialog);
  const list = need("[data-role=palette-list]", dialog);
  const title = need("[data-role=palette-title]", dialog);
  const keys = new Map([...classKeys(editor.state.classes)].map(([key, id]) => [id, key]));
  let hits: readonly LabelClass[] = [];
  let at = 0;

  const choose = (one: LabelClass | undefined): void => {
    if (!one) return;
    dialog.close();
    editor.setClass(one.id);
  };
  const option = (one: LabelClass, index: number): HTMLElement => {
    const key = keys.get(one.id);
    const row = h(
      "li.palette-row",
      { role: "option", id: `palette-${one.id}`, "aria-selected": String(index === at), onclick: () => choose(one) },
      swatch(one.color),
      h("span.name", {}, one.name),
      key && h("kbd", {}, key.toUpperCase()),
    );
    row.classList.toggle("current", index === at);
    return row;
  };
  const show = (): void => {
    list.replaceChildren(...hits.map(option));
    if (hits.length === 0) list.append(h("li.panel-empty", {}, gettext("No class has such a name.")));
    const here = list.children[at];
    here?.scrollIntoView({ block: "nearest" });
    const current = hits[at];
    if (current) input.setAttribute("aria-activedescendant", `palette-${current.id}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const search = (): void => {
    hits = found(editor.state.classes, input.value);
    at = 0;
    show();
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") choose(hits[at]);
    else if (event.key === "ArrowDown") at = Math.min(at + 1, hits.length - 1);
    else if (event.key === "ArrowUp") at = Math.max(at - 1, 0);
    else return;
    event.preventDefault();
    if (dialog.open) show();
  });
  return () => {
    if (dialog.open) return;
    const count = chosen(editor.state).length;
    setText(
      title,
      count === 0
        ? gettext("Class of the next box")
        : count === 1
          ? gettext("Class of the selected box")
          : interpolate(gettext("Class of the %s selected"), [count]),
    );
    input.value = "";
    hits = found(editor.state.classes, "");
    at = Math.max(
      hits.findIndex((one) => one.id === editor.state.currentClass),
      0,
    );
    dialog.showModal();
    show();
  };
}
