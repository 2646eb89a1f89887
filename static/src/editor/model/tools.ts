// Tools: functions from the state and a gesture to what is shown meanwhile and to the changes that it makes at the end.
import type { Change, Xyxy } from "../../lib/types";
import {
  around,
  contains,
  isDrawable,
  middleOf,
  moved,
  resized,
  rounded,
  sameBox,
  shift,
  SMALLEST_DRAWN,
  spanned,
  type Handle,
  type Point,
} from "./geometry";
import { contentOf, type Content } from "./document";
import { handleAt, itemsAt, picked } from "./hitTest";
import {
  chosen,
  isChosen,
  items,
  mayChange,
  reachable,
  same,
  selected,
  type Draft,
  type EditorState,
  type Item,
  type PlacedBox,
  type Selection,
} from "./state";

export interface Press {
  /** In image pixels, as are the slacks: how near is near enough depends on zoom and on finger or mouse. */
  readonly at: Point;
  readonly slack: number;
  readonly handleSlack: number;
  /** The shortest side of a box that a hand means to draw. */
  readonly least: number;
  /** Shift held: a drag draws whatever lies below, a click adds to what is selected. */
  readonly force: boolean;
  /** Ctrl held: a drag is a rubber band. */
  readonly band?: boolean;
}

export type Grip =
  | { readonly kind: "pan" }
  | { readonly kind: "draw"; readonly from: Point }
  | { readonly kind: "band"; readonly from: Point; readonly add: boolean }
  | { readonly kind: "extreme" }
  | { readonly kind: "move"; readonly items: readonly Item[]; readonly from: Point }
  | { readonly kind: "resize"; readonly item: Item; readonly handle: Handle; readonly dx: number; readonly dy: number };

export interface Outcome {
  readonly changes: readonly Change[];
  readonly select?: Selection | null;
  readonly also?: readonly Selection[];
  /** The selection came by itself, see EditorState. */
  readonly loose?: boolean;
  /** Points of the extreme-click tool so far. */
  readonly extremes?: readonly Point[];
  /** An object was clicked: its box is to be asked for. */
  readonly click?: Point;
  /** The selection is to be judged now: bring it close. */
  readonly reveal?: boolean;
  /** The boxes that wait for a class from now on. */
  readonly classless?: readonly Xyxy[];
  readonly warned?: ReadonlySet<number>;
  readonly hint?: Hint;
}

/** What is to be said in words: what was not done, and why. */
export type Hint =
  /** Delete leaves suggestions alone. */
  | "suggestions-stay"
  /** An equal box is there: accepted all the same when asked once more. */
  | "twins"
  /** Answers are for reviewers. */
  | "no-review"
  /** The drag was as long as a box and too narrow for one. */
  | "too-narrow"
  /** A box lacks what its class requires; it is selected. */
  | "lacking"
  /** The past cannot be changed. */
  | "looking-back";

const NOTHING: Outcome = { changes: [] };
const EXTREMES = 4;
/** So many times the shortest side of a box, and a drag was no click with an unsteady hand. */
const LONG = 3;

/** What a press takes hold of. */
export function gripped(state: EditorState, press: Press): Grip {
  if (state.tool === "pan" || state.past) return { kind: "pan" };
  const band: Grip = { kind: "band", from: press.at, add: press.force };
  if (press.band) return band;
  if (state.tool === "extreme" && state.can.label) return { kind: "extreme" };
  const held = press.force ? null : heldAt(state, press);
  if (held) return held;
  if (state.tool === "band") return band;
  return state.can.label ? { kind: "draw", from: press.at } : { kind: "pan" };
}

/** A handle of the selected item, or all that is selected by one of its boxes. */
function heldAt(state: EditorState, press: Press): Grip | null {
  const shown = items(state);
  const item = selected(state);
  if (item && state.also.length === 0 && mayChange(state, item) && shown.some((one) => same(one.what, item.what))) {
    const handle = handleAt(item.xyxy, press.at, press.handleSlack, state.loose);
    if (handle) return { kind: "resize", item, handle, ...offset(item.xyxy, handle, press.at) };
  }
  if (state.tool === "draw" || state.tool === "click" || state.loose) return null;
  const held = chosen(state).filter(
    (one) => mayChange(state, one) && shown.some((other) => same(other.what, one.what)),
  );
  return held.some((one) => contains(one.xyxy, press.at)) ? { kind: "move", items: held, from: press.at } : null;
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
    case "band":
    case "extreme":
      return null;
    case "draw":
      return { what: null, class: state.currentClass, xyxy: spanned(grip.from, at, state.image) };
    case "move": {
      const [first, ...also] = moveOf(state, grip, at);
      return first ? { ...first, ...(also.length > 0 && { also }) } : null;
    }
    case "resize":
      return placed(
        grip.item,
        resized(grip.item.xyxy, grip.handle, { x: at.x + grip.dx, y: at.y + grip.dy }, state.image),
      );
  }
}

const moveOf = (state: EditorState, grip: Extract<Grip, { kind: "move" }>, at: Point): readonly PlacedBox[] =>
  movedAll(state, grip.items, at.x - grip.from.x, at.y - grip.from.y);

export function banded(state: EditorState, grip: Grip, at: Point): Xyxy | null {
  return grip.kind === "band" ? spanned(grip.from, at, state.image) : null;
}

const placed = (item: Item, xyxy: Xyxy): PlacedBox => ({ what: item.what, class: item.class, xyxy });

/** All of them by the same way, as far as the image lets the outermost. */
export function movedAll(state: EditorState, all: readonly Item[], dx: number, dy: number): readonly PlacedBox[] {
  const by = shift(
    all.map((item) => item.xyxy),
    dx,
    dy,
    state.image,
  );
  return all.map((item) => placed(item, moved(item.xyxy, by.x, by.y, state.image)));
}

/** What the finished gesture changes. `far` says whether it was a drag; a press that went nowhere is a click. */
export function released(
  state: EditorState,
  grip: Grip,
  press: Press,
  at: Point,
  far: boolean,
  newId: () => string,
): Outcome {
  if (grip.kind === "extreme") return far ? NOTHING : extreme(state, press.at, newId);
  if (!far) return grip.kind === "resize" ? NOTHING : clicked(state, press);
  if (grip.kind === "band") return caught(state, grip, at);
  if (grip.kind === "draw") return drawnTo(state, grip, press, at, newId);
  if (grip.kind === "move") return adjustedAll(state, moveOf(state, grip, at), newId);
  const draft = dragged(state, grip, at);
  if (!draft?.what || !isDrawable(draft.xyxy)) return NOTHING;
  const outcome = adjusted(draft.what, draft.xyxy, selected(state)?.xyxy ?? null, newId);
  return { ...outcome, loose: state.loose };
}

/** A drag that comes to less than a hand means to draw is a click. */
function drawnTo(
  state: EditorState,
  grip: Extract<Grip, { kind: "draw" }>,
  press: Press,
  at: Point,
  newId: () => string,
): Outcome {
  const xyxy = spanned(grip.from, at, state.image);
  if (isDrawable(xyxy, Math.max(press.least, SMALLEST_DRAWN))) return drawn(state, xyxy, newId);
  const longest = Math.max(xyxy[2] - xyxy[0], xyxy[3] - xyxy[1]);
  return longest < LONG * press.least ? clicked(state, press) : { ...NOTHING, hint: "too-narrow" };
}

/** A new box; without a class in hand it waits for one. */
export function drawn(state: EditorState, xyxy: Xyxy, newId: () => string): Outcome {
  if (state.currentClass === null) return { ...NOTHING, classless: [...state.classless, xyxy] };
  const changes = made([{ class: state.currentClass, xyxy }], newId);
  return { changes, ...born(changes), loose: true };
}

/** New boxes, as changes. */
export function made(boxes: readonly Content[], newId: () => string): readonly (Change & { readonly id: string })[] {
  return boxes.map((box) => ({ op: "create", id: newId(), ...contentOf(box) }));
}

/** The new boxes selected. */
export function born(changes: readonly { readonly id: string }[]): Pick<Outcome, "select" | "also"> {
  const [select, ...also] = changes.map(({ id }): Selection => ({ kind: "box", id }));
  return { select: select ?? null, also };
}

/** One of the four outermost points of an object; the fourth makes the box. */
function extreme(state: EditorState, at: Point, newId: () => string): Outcome {
  const points = [...state.extremes, at];
  if (points.length < EXTREMES) return { changes: [], extremes: points };
  const xyxy = around(points, state.image);
  return isDrawable(xyxy, SMALLEST_DRAWN)
    ? { ...drawn(state, xyxy, newId), extremes: [] }
    : { changes: [], extremes: [], hint: "too-narrow" };
}

/** What has its middle in the rubber band. */
function caught(state: EditorState, grip: Extract<Grip, { kind: "band" }>, at: Point): Outcome {
  const band = spanned(grip.from, at, state.image);
  const inside = reachable(state).filter((item) => contains(band, middleOf(item.xyxy)));
  return selecting(grip.add ? [...chosen(state), ...inside.filter((item) => !isChosen(state, item.what))] : inside);
}

/** An outcome that only selects. */
export function selecting(wanted: readonly Item[]): Outcome {
  const [first, ...also] = wanted.map((item) => item.what);
  return { changes: [], select: first ?? null, also };
}

/** A box goes where it was put; a suggestion that somebody put right is accepted as it is now. */
export function adjusted(what: Selection, xyxy: Xyxy, before: Xyxy | null, newId: () => string): Outcome {
  if (before && sameBox(before, xyxy)) return NOTHING;
  if (what.kind === "box") return { changes: [{ op: "update", id: what.id, xyxy }], select: what };
  const id = newId();
  return { changes: [{ op: "accept", suggestion: what.id, id, xyxy: rounded(xyxy) }], select: { kind: "box", id } };
}

export function adjustedAll(state: EditorState, all: readonly PlacedBox[], newId: () => string): Outcome {
  const before = new Map(chosen(state).map((item) => [item.what.id, item.xyxy]));
  const each = all.map(({ what, xyxy }) =>
    what ? { what, ...adjusted(what, xyxy, before.get(what.id) ?? null, newId) } : null,
  );
  const changes = each.flatMap((one) => one?.changes ?? []);
  if (changes.length === 0) return NOTHING;
  const [select, ...also] = each.flatMap((one) => one?.select ?? one?.what ?? []);
  return { changes, select: select ?? null, also };
}

function clicked(state: EditorState, press: Press): Outcome {
  if (state.tool === "pan") return NOTHING;
  if (state.tool === "click" && state.can.label && !press.force && !press.band) return { ...NOTHING, click: press.at };
  if (press.force || press.band || state.tool === "band") return toggled(state, press);
  const item = picked(
    reachable(state),
    press.at,
    press.slack,
    state.also.length > 0 || state.loose ? null : state.selection,
  );
  return { changes: [], select: item?.what ?? null };
}

/**
 * Shift-click, or any click of the tool that selects several: the smallest item there joins what is selected, or leaves
 * it.
 */
function toggled(state: EditorState, press: Press): Outcome {
  const item = itemsAt(reachable(state), press.at, press.slack)[0];
  if (!item) return NOTHING;
  const all = chosen(state);
  return selecting(isChosen(state, item.what) ? all.filter((one) => !same(one.what, item.what)) : [...all, item]);
}

/** The pointer's look at a place where nothing is pressed. */
export function cursorAt(state: EditorState, press: Press): string {
  const grip = gripped(state, press);
  if (grip.kind === "pan") return state.tool === "pan" || state.past ? "grab" : "default";
  if (grip.kind === "resize") return `${grip.handle}-resize`;
  if (grip.kind === "move") return "move";
  return "crosshair";
}
