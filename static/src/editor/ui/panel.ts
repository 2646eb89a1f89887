// The right panel: classes, suggestions with their evidence, boxes. It shows the state and calls the editor; it keeps
// nothing.
import { need, setText } from "../../lib/dom";
import type { Editor } from "../editor";
import { offered, type EditorState, type Selection } from "../model/state";
import { counted, type Comments } from "../sync/comments";
import { startAttributeBar } from "./attributeBar";
import { boxList } from "./boxList";
import { startClassList } from "./classList";
import type { Makers } from "./classPalette";
import { startFlagBar } from "./flagBar";
import { OfferList } from "./offerList";

/** The panel shows nothing else of the state. */
const SHOWN = [
  "doc",
  "selection",
  "also",
  "currentClass",
  "hiddenClasses",
  "lockedClasses",
  "classes",
  "cutoff",
] as const;

/** `asksMore`: there were runs, whose dropped finds this person may ask for. */
export function startPanel(
  root: HTMLElement,
  editor: Editor,
  comments: Comments,
  makers: Makers,
  asksMore: boolean,
): void {
  const role = (name: string): HTMLElement => need(`[data-role=${name}]`, root);
  const showClasses = startClassList(root, editor, makers);
  const showFlags = startFlagBar(root, editor);
  const showAttributes = startAttributeBar(root, editor);
  const offers = new OfferList(root, editor);
  const boxes = boxList(root, editor, (id) => counted(comments.all).get(id) ?? 0);
  let seen: Partial<EditorState> = {};
  let seenComments: unknown;

  const show = (): void => {
    const { state } = editor;
    if (seenComments === comments.all && SHOWN.every((name) => state[name] === seen[name])) return;
    const moved = state.selection !== seen.selection;
    seenComments = comments.all;
    seen = state;
    showClasses();
    showFlags();
    showAttributes();
    const open = offered(state);
    // Before their lists are measured: a part that is hidden has no height.
    role("suggestions").hidden = open.length === 0 && state.cutoff === null && !asksMore;
    role("no-boxes").hidden = state.doc.boxes.length > 0 || !state.can.label;
    setText(role("suggestion-count"), String(open.length));
    setText(role("box-count"), String(state.doc.boxes.length));
    offers.show(open);
    boxes.show(state.doc.boxes);
    if (moved) visible(state.selection);
  };

  const visible = (what: Selection | null): void => {
    if (what?.kind === "box") boxes.reveal(what.id);
    else if (what) offers.reveal(what.id);
  };

  editor.watch(show);
  comments.watch(show);
  show();
}
