// The class palette: type a few letters, Enter gives the class to what waits for one, to what is selected, or to the
// next box.
// Who may make classes makes one of the name that was typed.
import { ApiError } from "../../lib/api";
import { h, icon, need, setText, swatch } from "../../lib/dom";
import type { LabelClass } from "../../lib/types";
import { keyOf } from "../model/classKeys";
import { found, newName } from "../model/classes";
import type { Editor } from "../editor";
import { chosen, type EditorState } from "../model/state";
import type { Classes } from "../sync/classes";

export interface Makers {
  /** Whether the person may make classes. */
  readonly may: boolean;
  /** Who may, where the project has no class and the person may not. */
  readonly owners: readonly string[];
}

export function startPalette(dialog: HTMLDialogElement, editor: Editor, classes: Classes, makers: Makers): () => void {
  const input = need<HTMLInputElement>("[data-role=palette-search]", dialog);
  const list = need("[data-role=palette-list]", dialog);
  const title = need("[data-role=palette-title]", dialog);
  const problem = need("[data-role=palette-problem]", dialog);
  let hits: readonly LabelClass[] = [];
  /** The name of the class that Enter makes when it stands on the last row. */
  let fresh: string | null = null;
  let at = 0;
  let making = false;

  const choose = (one: LabelClass): void => {
    dialog.close();
    editor.setClass(one.id);
  };
  const make = async (name: string): Promise<void> => {
    if (making) return;
    making = true;
    try {
      const one = await classes.make(name);
      editor.setClasses([...editor.state.classes, one]);
      choose(one);
    } catch (error) {
      setText(problem, error instanceof ApiError ? error.detail : gettext("The server cannot be reached."));
      problem.hidden = false;
    } finally {
      making = false;
    }
  };
  const rows = (): number => hits.length + (fresh === null ? 0 : 1);
  const enter = (index: number): void => {
    const one = hits[index];
    if (one) choose(one);
    else if (fresh !== null && index < rows()) void make(fresh);
  };
  const row = (index: number, id: string, ...content: (Node | string | undefined)[]): HTMLElement => {
    const current = index === at;
    const name = current ? "li.palette-row.current" : "li.palette-row";
    const options = { role: "option", id, "aria-selected": String(current), onclick: () => enter(index) };
    return h(name, options, ...content);
  };
  const known = (one: LabelClass, index: number): HTMLElement => {
    const key = keyOf(editor.state.classes, one.id);
    const cap = key === undefined ? undefined : h("kbd", {}, key.toUpperCase());
    return row(index, `palette-${one.id}`, swatch(one.color), h("span.name", { title: one.name }, one.name), cap);
  };
  const show = (): void => {
    list.replaceChildren(...hits.map(known));
    if (fresh !== null) {
      const text = interpolate(gettext("New class “%s”"), [fresh]);
      const made = row(hits.length, "palette-new", icon("plus"), h("span.name", {}, text));
      made.dataset.testid = "palette-new";
      list.append(made);
    }
    if (rows() === 0)
      list.append(h("li.panel-empty", { "data-testid": "palette-nothing" }, nothing(editor.state, makers)));
    const current = list.children[at];
    current?.scrollIntoView({ block: "nearest" });
    if (current?.id) input.setAttribute("aria-activedescendant", current.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const search = (): void => {
    hits = found(editor.state.classes, input.value);
    fresh = makers.may ? newName(editor.state.classes, input.value) : null;
    problem.hidden = true;
    at = 0;
    show();
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") enter(at);
    else if (event.key === "ArrowDown") at = Math.min(at + 1, rows() - 1);
    else if (event.key === "ArrowUp") at = Math.max(at - 1, 0);
    else return;
    event.preventDefault();
    if (dialog.open && !making) show();
  });
  return () => {
    if (dialog.open) return;
    setText(title, titleOf(editor.state));
    input.value = "";
    input.placeholder =
      makers.may && editor.state.classes.length === 0
        ? gettext("Name of the first class")
        : gettext("Type a few letters");
    search();
    at = Math.max(
      hits.findIndex((one) => one.id === editor.state.currentClass),
      0,
    );
    dialog.showModal();
    show();
  };
}

function titleOf(state: EditorState): string {
  const waiting = state.classless.length;
  if (waiting > 0)
    return interpolate(ngettext("Class of the new box", "Class of the %s new boxes", waiting), [waiting]);
  const count = chosen(state).length;
  if (count === 0) return gettext("Class of the next box");
  return count === 1 ? gettext("Class of the selected box") : interpolate(gettext("Class of the %s selected"), [count]);
}

/** Why the list is empty. */
export function nothing(state: EditorState, { may, owners }: Makers): string {
  if (state.classes.length > 0)
    return may ? gettext("No class has such a name.") : gettext("No class has such a name. Owners make classes.");
  if (may) return gettext("This project has no class yet. Type the name of the first one.");
  return interpolate(gettext("This project has no class yet. Ask %s to add one."), [owners.join(", ")]);
}
