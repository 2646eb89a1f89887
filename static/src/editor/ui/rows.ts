// What the rows of the panel share.
import type { Editor } from "../editor";
import { chosen, isChosen, itemOf, same, type Selection } from "../model/state";
import { selecting } from "../model/tools";

/** A click in the list; with Shift or Ctrl the item joins what is selected, or leaves it. */
export function choosing(editor: Editor, what: Selection, event: MouseEvent): void {
  if (!event.shiftKey && !event.ctrlKey && !event.metaKey) return editor.select(what, { reveal: "answer" });
  const all = chosen(editor.state);
  const item = itemOf(editor.state.doc, what);
  if (!item) return;
  editor.run(selecting(isChosen(editor.state, what) ? all.filter((one) => !same(one.what, what)) : [...all, item]));
}

export function mark(element: HTMLElement, button: HTMLElement, selected: boolean): void {
  element.classList.toggle("selected", selected);
  if (selected) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}
