// What the editor shows at one moment, immutable; everything that draws or decides reads this and nothing else.
import type { Box, Flags, LabelClass, Values, Xyxy } from "../../lib/types";
import { answerable, boxOf, isOpen, suggestionOf, type Doc, type Offer } from "./document";
import type { Point, Size } from "./geometry";
import type { Past } from "./past";

export type Selection =
  { readonly kind: "box"; readonly id: string } | { readonly kind: "suggestion"; readonly id: number };
export type Tool = "select" | "draw" | "click" | "extreme" | "band" | "pan";

/** How a box came to be: what can be hidden and locked together, besides a class. */
export type Kind = "drawn" | "accepted" | "suggested";
export const KINDS: readonly Kind[] = ["drawn", "accepted", "suggested"];

export interface Item {
  readonly what: Selection;
  readonly class: number;
  readonly kind: Kind;
  readonly xyxy: Xyxy;
  readonly probability?: number;
  readonly source?: string;
  /** Below its run's threshold. */
  readonly dropped?: boolean;
  readonly flags?: Flags;
  readonly attributes?: Values;
}

/** A new box (what = null), or an item somewhere else than in the document. */
export interface PlacedBox {
  readonly what: Selection | null;
  readonly class: number;
  readonly xyxy: Xyxy;
}

/**
 * A gesture under way; `also` are the others that move along. A box that is drawn without a class in hand has none yet.
 */
export interface Draft extends Omit<PlacedBox, "class"> {
  readonly class: number | null;
  readonly also?: readonly PlacedBox[];
}

export interface Rights {
  readonly label: boolean;
  /** Suggestions. */
  readonly answer: boolean;
  /** What others drew and said. */
  readonly review: boolean;
}

export interface EditorState {
  readonly image: Size;
  readonly doc: Doc;
  readonly classes: readonly LabelClass[];
  readonly selection: Selection | null;
  /** What is selected besides. */
  readonly also: readonly Selection[];
  /** The selection came by itself (a box just drawn, the next suggestion): a drag that starts inside it draws. */
  readonly loose: boolean;
  readonly tool: Tool;
  readonly currentClass: number | null;
  readonly hiddenClasses: ReadonlySet<number>;
  readonly hiddenKinds: ReadonlySet<Kind>;
  readonly allHidden: boolean;
  /** What is locked is seen, and neither picked nor changed. */
  readonly lockedClasses: ReadonlySet<number>;
  readonly lockedKinds: ReadonlySet<Kind>;
  readonly draft: Draft | null;
  /** The rubber band under way. */
  readonly band: Xyxy | null;
  /** Points of the extreme-click tool so far. */
  readonly extremes: readonly Point[];
  /** Clicks on objects whose boxes are on their way. */
  readonly clicks: readonly Point[];
  readonly hover: Selection | null;
  /** Boxes that were drawn when there was no class: they wait for one. */
  readonly classless: readonly Xyxy[];
  /** The least probability of a suggestion that is shown; null: as the runs decided. */
  readonly cutoff: number | null;
  /** Suggestions of which the person was told that an equal box is there: the next yes counts. */
  readonly warned: ReadonlySet<number>;
  /** What is looked back at: it is seen instead of the boxes, and nothing can be changed. */
  readonly past: Past | null;
  readonly can: Rights;
}

/** What each image begins with. */
export const NOTHING_HELD = {
  selection: null,
  also: [],
  loose: false,
  draft: null,
  band: null,
  extremes: [],
  clicks: [],
  hover: null,
  warned: new Set<number>(),
  past: null,
} as const;

/** Before the first image is there. `current`: the class in hand; the first one where none is named. */
export function emptyState(classes: readonly LabelClass[], current: number | null, can: Rights): EditorState {
  return {
    image: { width: 1, height: 1 },
    doc: { boxes: [], complete: new Set(), tags: new Set(), suggestions: [] },
    classes,
    tool: "select",
    currentClass: current ?? classes[0]?.id ?? null,
    hiddenClasses: new Set(),
    hiddenKinds: new Set(),
    allHidden: false,
    lockedClasses: new Set(),
    lockedKinds: new Set(),
    classless: [],
    cutoff: null,
    can,
    ...NOTHING_HELD,
  };
}

export const same = (a: Selection | null, b: Selection | null): boolean => a?.kind === b?.kind && a?.id === b?.id;

const drawnOrAccepted = (box: Box): Kind => (box.origin === "suggestion" ? "accepted" : "drawn");
const itemOfBox = (box: Box): Item => ({
  what: { kind: "box", id: box.id },
  class: box.class,
  kind: drawnOrAccepted(box),
  xyxy: box.xyxy,
  ...(box.flags && { flags: box.flags }),
  ...(box.attributes && { attributes: box.attributes }),
});
const itemOfOffer = (one: Offer): Item => ({
  what: { kind: "suggestion", id: one.id },
  class: one.class,
  kind: "suggested",
  xyxy: one.xyxy,
  probability: one.probability,
  source: one.source,
  dropped: one.state === "dropped",
});

const listed = new WeakMap<Doc, readonly Item[]>();

/** All of a document's, listed once: the pointer asks with each move. */
function everything(doc: Doc): readonly Item[] {
  const known = listed.get(doc);
  if (known) return known;
  const all = [...doc.boxes.map(itemOfBox), ...answerable(doc).map(itemOfOffer)];
  listed.set(doc, all);
  return all;
}

export function isHidden(state: EditorState, item: Item): boolean {
  if (state.allHidden || state.hiddenClasses.has(item.class) || state.hiddenKinds.has(item.kind)) return true;
  return item.probability !== undefined && !passes(state, item.probability, item.dropped === true);
}

/** Whether a suggestion is shown by its probability: from the cut-off on, or without one as the run decided. */
function passes({ cutoff }: EditorState, probability: number, dropped: boolean): boolean {
  return cutoff === null ? !dropped : probability >= cutoff;
}

/** The suggestions that the cut-off lets through, best first. */
export const offered = (state: EditorState): readonly Offer[] =>
  answerable(state.doc).filter((one) => passes(state, one.probability, one.state === "dropped"));

export function isLocked(state: EditorState, item: Item): boolean {
  return state.lockedClasses.has(item.class) || state.lockedKinds.has(item.kind);
}

/**
 * Boxes as they were made, then suggestions best first: the order of the lists, of Tab, and of drawing from back to
 * front.
 */
export function items(state: EditorState): readonly Item[] {
  return state.past ? [] : everything(state.doc).filter((item) => !isHidden(state, item));
}

/** What a click or a rubber band can take. */
export function reachable(state: EditorState): readonly Item[] {
  return items(state).filter((item) => !isLocked(state, item));
}

export function itemOf(doc: Doc, what: Selection | null): Item | null {
  if (!what) return null;
  if (what.kind === "box") {
    const box = boxOf(doc, what.id);
    return box ? itemOfBox(box) : null;
  }
  const offer = suggestionOf(doc, what.id);
  return offer && isOpen(offer) ? itemOfOffer(offer) : null;
}

/** The item with handles and details. */
export const selected = (state: EditorState): Item | null => itemOf(state.doc, state.selection);

/** All that is selected, the main one first. */
export function chosen(state: EditorState): readonly Item[] {
  if (!state.selection) return [];
  return [state.selection, ...state.also].flatMap((what) => itemOf(state.doc, what) ?? []);
}

export const isChosen = (state: EditorState, what: Selection): boolean =>
  same(what, state.selection) || state.also.some((one) => same(one, what));

export function mayChange(state: EditorState, item: Item): boolean {
  return !isLocked(state, item) && (item.what.kind === "box" ? state.can.label : state.can.answer);
}
