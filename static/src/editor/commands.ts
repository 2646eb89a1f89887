// What keys and buttons do to the state: each a function from the state to the changes and the next selection.
import type { Change } from "../lib/types";
import { waiting } from "./document";
import { isDrawable, moved, sameBox, spanned } from "./geometry";
import { items, mayChange, same, selected, type EditorState, type Item, type Selection } from "./state";
import { adjusted, type Outcome } from "./tools";

const NOTHING: Outcome = { changes: [] };

/** Gives the selected item the class (a suggestion is thereby accepted); with nothing selected it is only the next box's class. */
export function classed(state: EditorState, classId: number, newId: () => string): Outcome {
  const item = selected(state);
  if (!item || item.class === classId || !mayChange(state, item)) return NOTHING;
  if (item.what.kind === "box") return { changes: [{ op: "update", id: item.what.id, class: classId }] };
  const id = newId();
  return { changes: [{ op: "accept", suggestion: item.what.id, id, class: classId }], select: { kind: "box", id } };
}

export function removed(state: EditorState): Outcome {
  const item = selected(state);
  if (!item || !mayChange(state, item)) return NOTHING;
  if (item.what.kind === "suggestion") return rejected(state);
  return { changes: [{ op: "delete", id: item.what.id }], select: null };
}

export function accepted(state: EditorState, newId: () => string): Outcome {
  return answered(state, (suggestion) => ({ op: "accept", suggestion, id: newId() }));
}

export function rejected(state: EditorState): Outcome {
  return answered(state, (suggestion) => ({ op: "reject", suggestion }));
}

/** An answer to the selected suggestion, and on to the best of the others; with none selected it first shows the best. */
function answered(state: EditorState, change: (suggestion: number) => Change): Outcome {
  if (!state.can.review) return NOTHING;
  const item = selected(state);
  if (item?.what.kind !== "suggestion") return { changes: [], select: best(state) ?? state.selection, reveal: true };
  const { id } = item.what;
  return { changes: [change(id)], select: best(state, id), reveal: true };
}

/** The best suggestion that waits, of the classes in sight. */
export function best(state: EditorState, except?: number): Selection | null {
  const next = waiting(state.doc).find((one) => one.id !== except && !state.hiddenClasses.has(one.class));
  return next ? { kind: "suggestion", id: next.id } : null;
}

export function nudged(state: EditorState, dx: number, dy: number, newId: () => string): Outcome {
  const item = selected(state);
  if (!item || !mayChange(state, item)) return NOTHING;
  const xyxy = moved(item.xyxy, dx, dy, state.image);
  return sameBox(xyxy, item.xyxy) ? NOTHING : adjusted(item.what, xyxy, item.xyxy, newId);
}

export function completed(state: EditorState, classId: number, value: boolean): Outcome {
  if (!state.can.label || state.doc.complete.has(classId) === value) return NOTHING;
  return { changes: [{ op: "complete", class: classId, value }] };
}

/** What Ctrl+C takes: the selected box, or with none selected every box in sight (to go on with on the next image). */
export function copied(state: EditorState): readonly Item[] {
  const item = selected(state);
  return item ? [item] : items(state).filter((one) => one.what.kind === "box");
}

/** New boxes like the copied ones, in the same place as far as this image has it; where one lies already, a little beside it. */
export function pasted(state: EditorState, clip: readonly Item[], newId: () => string): Outcome {
  if (!state.can.label) return NOTHING;
  const { width, height } = state.image;
  const changes = clip.flatMap(({ class: label, xyxy: [x1, y1, x2, y2] }): Change[] => {
    const cut = spanned({ x: x1, y: y1 }, { x: x2, y: y2 }, state.image);
    const taken = state.doc.boxes.some((box) => box.class === label && sameBox(box.xyxy, cut));
    const beside = Math.round(Math.max(width, height) / 64);
    const xyxy = taken ? moved(cut, x2 + beside > width ? -beside : beside, y2 + beside > height ? -beside : beside, state.image) : cut;
    return isDrawable(xyxy) ? [{ op: "create", id: newId(), class: label, xyxy }] : [];
  });
  const last = changes.at(-1);
  return { changes, select: last?.op === "create" && changes.length === 1 ? { kind: "box", id: last.id } : null };
}

/** The next item in the order of the lists, around the end. */
export function cycled(state: EditorState, step: 1 | -1): Selection | null {
  const all = items(state);
  if (all.length === 0) return null;
  const now = all.findIndex((item) => same(item.what, state.selection));
  const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : (now + step + all.length) % all.length;
  return all[next]?.what ?? null;
}
