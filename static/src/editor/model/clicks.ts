// Click to box: what a click came to, and the other boxes that it may have meant.
import type { Xyxy } from "../../lib/types";
import { isDrawable, sameBox, spanned, type Point } from "./geometry";
import type { EditorState } from "./state";
import { drawn, type Outcome } from "./tools";

/** The last box that a click made. `boxes`: all that the click may have meant, best first. */
export interface ClickedBox {
  readonly id: string;
  readonly point: Point;
  readonly boxes: readonly Xyxy[];
  readonly at: number;
}

/** One step of undo: the box, and whatever Tab made of it. */
export const keyOf = (id: string): string => `click ${id}`;

/** The boxes of an answer that can be drawn in this image. */
export function usable(state: EditorState, boxes: readonly Xyxy[]): readonly Xyxy[] {
  return boxes
    .map(([x1, y1, x2, y2]) => spanned({ x: x1, y: y1 }, { x: x2, y: y2 }, state.image))
    .filter((xyxy) => isDrawable(xyxy));
}

/** The box of a click, of the class that was in hand; null where nothing was found. */
export function clicked(
  state: EditorState,
  point: Point,
  boxes: readonly Xyxy[],
  classId: number | null,
  newId: () => string,
): { readonly outcome: Outcome; readonly box: ClickedBox | null } | null {
  const found = usable(state, boxes);
  const [first] = found;
  if (!first) return null;
  const outcome = drawn({ ...state, currentClass: classId }, first, newId);
  const id = outcome.select?.kind === "box" ? outcome.select.id : null;
  return { outcome, box: id === null ? null : { id, point, boxes: found, at: 0 } };
}

/** The next of the boxes, around the end; null where the clicked box is not selected, was changed by hand or is one. */
export function stepped(
  state: EditorState,
  box: ClickedBox | null,
  step: 1 | -1,
): { readonly outcome: Outcome; readonly box: ClickedBox } | null {
  if (!box || box.boxes.length < 2 || state.also.length > 0) return null;
  if (state.selection?.kind !== "box" || state.selection.id !== box.id) return null;
  const now = state.doc.boxes.find((one) => one.id === box.id);
  const shown = box.boxes[box.at];
  if (!now || !shown || !sameBox(now.xyxy, shown)) return null;
  const at = (box.at + step + box.boxes.length) % box.boxes.length;
  const xyxy = box.boxes[at];
  if (!xyxy) return null;
  const outcome: Outcome = {
    changes: [{ op: "update", id: box.id, xyxy }],
    select: { kind: "box", id: box.id },
    loose: true,
  };
  return { outcome, box: { ...box, at } };
}

/** Whether a click says "not that one": it lies where the one before did. */
export const isAgain = (box: ClickedBox | null, at: Point, slack: number): boolean =>
  box !== null && Math.hypot(at.x - box.point.x, at.y - box.point.y) <= slack;

export const without = (clicks: readonly Point[], one: Point): readonly Point[] => clicks.filter((p) => p !== one);
