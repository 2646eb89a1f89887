// What keys and buttons do to the state: each a function from the state to the changes and the next selection.
import { FLAGS, type Change, type Flag } from "../../lib/types";
import { lackingBox } from "./attributes";
import { contentOf, suggestionOf, twinBox, type Content } from "./document";
import { encloses, isDrawable, moved, sameBox, spanned } from "./geometry";
import {
  chosen,
  isHidden,
  itemOf,
  items,
  mayChange,
  offered,
  reachable,
  same,
  selected,
  type EditorState,
  type Item,
  type PlacedBox,
  type Selection,
} from "./state";
import { adjustedAll, born, made, movedAll, selecting, type Outcome } from "./tools";

const NOTHING: Outcome = { changes: [] };

const changeable = (state: EditorState): readonly Item[] => chosen(state).filter((item) => mayChange(state, item));

/**
 * Gives what is selected the class (a suggestion is thereby accepted); with nothing selected it is only the next box's
 * class.
 */
export function classed(state: EditorState, classId: number, newId: () => string): Outcome {
  const wrong = changeable(state).filter((item) => item.class !== classId);
  if (wrong.length === 0) return NOTHING;
  const born = new Map<Selection, Selection>();
  const changes = wrong.map(({ what }): Change => {
    if (what.kind === "box") return { op: "update", id: what.id, class: classId };
    const id = newId();
    born.set(what, { kind: "box", id });
    return { op: "accept", suggestion: what.id, id, class: classId };
  });
  if (born.size === 0) return { changes };
  const [select, ...also] = chosen(state).map(
    ({ what }) => [...born].find(([offer]) => same(offer, what))?.[1] ?? what,
  );
  return { changes, select: select ?? null, also, loose: state.loose };
}

/** Says a flag of the selected boxes, or takes it back where all of them have it. */
export function flagged(state: EditorState, flag: Flag): Outcome {
  const boxes = changeable(state).filter((item) => item.what.kind === "box");
  const on = boxes.some((item) => !item.flags?.includes(flag));
  const changes = boxes.flatMap(({ what, flags = [] }): Change[] => {
    if (what.kind !== "box" || flags.includes(flag) === on) return [];
    return [{ op: "update", id: what.id, flags: FLAGS.filter((one) => (one === flag ? on : flags.includes(one))) }];
  });
  return { changes };
}

/** Deletes the selected boxes, and no suggestion: a no to those is given by its own verb. */
export function removed(state: EditorState): Outcome {
  const changes = changeable(state).flatMap(({ what }): Change[] =>
    what.kind === "box" ? [{ op: "delete", id: what.id }] : [],
  );
  const stay = offersChosen(state).length > 0 && { hint: "suggestions-stay" as const };
  return changes.length > 0 ? { changes, select: null, ...stay } : { ...NOTHING, ...stay };
}

/**
 * A yes to the selected suggestions. Where an equal box is there, the first yes only says so; the second one counts.
 */
export function accepted(state: EditorState, newId: () => string): Outcome {
  const accept = (suggestion: number): Change => ({ op: "accept", suggestion, id: newId() });
  const offers = offersChosen(state);
  const twins = offers.filter((id) => !state.warned.has(id) && hasTwin(state, id));
  if (!state.can.answer || twins.length === 0) return answered(state, offers, accept);
  const [select, ...also] = twins.map((id): Selection => ({ kind: "suggestion", id }));
  const changes = offers.filter((id) => !twins.includes(id)).map(accept);
  return { changes, select: select ?? null, also, warned: new Set([...state.warned, ...twins]), hint: "twins" };
}

export function rejected(state: EditorState): Outcome {
  return answered(state, offersChosen(state), (suggestion) => ({ op: "reject", suggestion }));
}

const offersChosen = (state: EditorState): readonly number[] =>
  chosen(state).flatMap(({ what }) => (what.kind === "suggestion" ? [what.id] : []));

function hasTwin(state: EditorState, id: number): boolean {
  const offer = suggestionOf(state.doc, id);
  return offer !== undefined && twinBox(state.doc, offer) !== undefined;
}

/** An answer to suggestions, and on to the best of the others; to none it first shows the best. */
function answered(state: EditorState, offers: readonly number[], change: (suggestion: number) => Change): Outcome {
  if (!state.can.answer) return offered(state).length > 0 ? { ...NOTHING, hint: "no-review" } : NOTHING;
  if (offers.length === 0) return { changes: [], select: best(state) ?? state.selection, reveal: true, loose: true };
  return { changes: offers.map(change), select: best(state, offers), reveal: true, loose: true };
}

/** Gives the boxes that wait for a class this one. */
export function named(state: EditorState, classId: number, newId: () => string): Outcome {
  if (!state.can.label || state.classless.length === 0) return NOTHING;
  const boxes = state.classless.map((xyxy) => ({ class: classId, xyxy }));
  const changes = made(boxes, newId);
  return { changes, ...born(changes), loose: true, classless: [] };
}

/** The best suggestion that waits, of those in sight. */
export function best(state: EditorState, except: readonly number[] = []): Selection | null {
  const open = offered(state).filter((one) => !except.includes(one.id));
  const next = open
    .map((one) => itemOf(state.doc, { kind: "suggestion", id: one.id }))
    .find((item) => item && !isHidden({ ...state, allHidden: false }, item));
  return next?.what ?? null;
}

export function nudged(state: EditorState, dx: number, dy: number, newId: () => string): Outcome {
  return { ...adjustedAll(state, movedAll(state, changeable(state), dx, dy), newId), loose: state.loose };
}

export function completed(state: EditorState, classId: number, value: boolean): Outcome {
  if (!state.can.label || state.doc.complete.has(classId) === value) return NOTHING;
  const lacks = value ? lackingBox(state.doc, state.classes, classId) : undefined;
  if (lacks) return { ...NOTHING, select: { kind: "box", id: lacks.id }, reveal: true, hint: "lacking" };
  return { changes: [{ op: "complete", class: classId, value }] };
}

/**
 * What Ctrl+C takes: what is selected, or with nothing selected every box in sight (to go on with on the next image).
 */
export function copied(state: EditorState): readonly Item[] {
  const some = chosen(state);
  return some.length > 0 ? some : items(state).filter((one) => one.what.kind === "box");
}

/**
 * New boxes like the copied ones, in the same place as far as this image has it; where one lies already, a little
 * beside it.
 */
export function pasted(state: EditorState, clip: readonly Content[], newId: () => string): Outcome {
  if (!state.can.label) return NOTHING;
  const { width, height } = state.image;
  const boxes = clip.flatMap((box) => {
    const {
      class: label,
      xyxy: [x1, y1, x2, y2],
    } = box;
    const cut = spanned({ x: x1, y: y1 }, { x: x2, y: y2 }, state.image);
    const beside = Math.round(Math.max(width, height) / 64);
    const xyxy = lies(state, label, cut)
      ? moved(cut, x2 + beside > width ? -beside : beside, y2 + beside > height ? -beside : beside, state.image)
      : cut;
    return isDrawable(xyxy) ? [{ ...contentOf(box), xyxy }] : [];
  });
  const changes = made(boxes, newId);
  return { changes, ...born(changes) };
}

/** Another image's boxes in the same places; where one of the class lies already there is no second. */
export function brought(state: EditorState, boxes: readonly Content[], newId: () => string): Outcome {
  const known = new Set(state.classes.map((one) => one.id));
  return pasted(
    state,
    boxes.filter((box) => known.has(box.class) && !lies(state, box.class, box.xyxy)),
    newId,
  );
}

export function duplicated(state: EditorState, newId: () => string): Outcome {
  return pasted(state, chosen(state), newId);
}

const lies = (state: EditorState, label: number, xyxy: PlacedBox["xyxy"]): boolean =>
  state.doc.boxes.some((box) => box.class === label && sameBox(box.xyxy, xyxy));

export function everythingChosen(state: EditorState): Outcome {
  return selecting(reachable(state));
}

/** What lies in the selected box, instead of it. */
export function insideChosen(state: EditorState): Outcome {
  const outer = selected(state);
  if (!outer) return NOTHING;
  const inside = reachable(state).filter((item) => !same(item.what, outer.what) && encloses(outer.xyxy, item.xyxy));
  return inside.length > 0 ? selecting(inside) : NOTHING;
}

/** The next item in the order of the lists, around the end. */
export function cycled(state: EditorState, step: 1 | -1): Selection | null {
  const all = items(state);
  if (all.length === 0) return null;
  const now = all.findIndex((item) => same(item.what, state.selection));
  const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : (now + step + all.length) % all.length;
  return all[next]?.what ?? null;
}
