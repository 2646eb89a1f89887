// Tools: functions from the state and a gesture to what is shown meanwhile and to the changes that it makes at the end.
import type { Change, Xyxy } from "../lib/types";
import { isDrawable, moved, resized, rounded, sameBox, spanned, type Handle, type Point } from "./geometry";
import { handleAt, itemsAt, picked } from "./hit";
import { items, mayChange, same, selected, type Draft, type EditorState, type Item, type Selection } from "./state";

export interface Press {
  /** In image pixels, as are the slacks: how near is near enough depends on zoom and on finger or mouse. */
  readonly at: Point;
  readonly slack: number;
  readonly handleSlack: number;
  /** Shift held: draw, whatever lies below. */
  readonly force: boolean;
}

export type Grip =
  | { readonly kind: "pan" }
  | { readonly kind: "draw"; readonly from: Point }
  | { readonly kind: "move"; readonly item: Item; readonly from: Point }
  | { readonly kind: "resize"; readonly item: Item; readonly handle: Handle; readonly dx: number; readonly dy: number };

export interface Outcome {
  readonly changes: readonly Change[];
  readonly select?: Selection | null;
  /** The selection is to be judged now: bring it close. */
  readonly reveal?: boolean;
  /** Somebody wanted to draw and there is no class to draw. */
  readonly needsClass?: boolean;
}

const NOTHING: Outcome = { changes: [] };

/** What a press takes hold of. */
export function gripped(state: EditorState, press: Press): Grip {
  if (state.tool === "pan") return { kind: "pan" };
  const item = selected(state);
  if (item && !press.force && mayChange(state, item) && items(state).some((one) => same(one.what, item.what))) {
    const handle = handleAt(item.xyxy, press.at, press.handleSlack);
    if (handle) return { kind: "resize", item, handle, ...offset(item.xyxy, handle, press.at) };
    const inside = itemsAt([item], press.at, 0).length > 0;
    if (inside && state.tool === "select") return { kind: "move", item, from: press.at };
  }
  return state.can.label ? { kind: "draw", from: press.at } : { kind: "pan" };
}

/** Where in the handle it was taken, so that the edge does not jump to the pointer. */
function offset(box: Xyxy, handle: Handle, at: Point): { dx: number; dy: number } {
  const x = handle.includes("w") ? box[0] : box[2];
  const y = handle.includes("n") ? box[1] : box[3];
  return { dx: x - at.x, dy: y - at.y };
}

/** What is shown while the gesture goes on. */
export function dragged(state: EditorState, grip: Grip, at: Point): Draft | null {
  switch (grip.kind) {
    case "pan":
      return null;
    case "draw":
      return state.currentClass === null ? null : { what: null, class: state.currentClass, xyxy: spanned(grip.from, at, state.image) };
    case "move":
      return draftOf(grip.item, moved(grip.item.xyxy, at.x - grip.from.x, at.y - grip.from.y, state.image));
    case "resize":
      return draftOf(grip.item, resized(grip.item.xyxy, grip.handle, { x: at.x + grip.dx, y: at.y + grip.dy }, state.image));
  }
}

const draftOf = (item: Item, xyxy: Xyxy): Draft => ({ what: item.what, class: item.class, xyxy });

/** What the finished gesture changes. `far` says whether it was a drag; a press that went nowhere is a click. */
export function released(state: EditorState, grip: Grip, press: Press, at: Point, far: boolean, newId: () => string): Outcome {
  if (!far) return grip.kind === "resize" ? NOTHING : clicked(state, press);
  if (grip.kind === "draw" && state.currentClass === null) return { ...NOTHING, needsClass: true };
  const draft = dragged(state, grip, at);
  if (!draft || !isDrawable(draft.xyxy)) return NOTHING;
  if (draft.what === null) {
    const id = newId();
    return { changes: [{ op: "create", id, class: draft.class, xyxy: draft.xyxy }], select: { kind: "box", id } };
  }
  return adjusted(draft.what, draft.xyxy, selected(state)?.xyxy ?? null, newId);
}

/** A box goes where it was put; a suggestion that somebody put right is accepted as it is now. */
export function adjusted(what: Selection, xyxy: Xyxy, before: Xyxy | null, newId: () => string): Outcome {
  if (before && sameBox(before, xyxy)) return NOTHING;
  if (what.kind === "box") return { changes: [{ op: "update", id: what.id, xyxy }], select: what };
  const id = newId();
  return { changes: [{ op: "accept", suggestion: what.id, id, xyxy: rounded(xyxy) }], select: { kind: "box", id } };
}

function clicked(state: EditorState, press: Press): Outcome {
  if (state.tool === "pan") return NOTHING;
  const item = picked(items(state), press.at, press.slack, state.selection);
  return { changes: [], select: item?.what ?? null };
}

/** The pointer's look at a place where nothing is pressed. */
export function cursorAt(state: EditorState, press: Press): string {
  const grip = gripped(state, press);
  if (grip.kind === "pan") return state.tool === "pan" ? "grab" : "default";
  if (grip.kind === "resize") return `${grip.handle}-resize`;
  if (grip.kind === "move") return "move";
  return "crosshair";
}
