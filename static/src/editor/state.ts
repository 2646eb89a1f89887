// What the editor shows at one moment, immutable; everything that draws or decides reads this and nothing else.
import type { LabelClass, Xyxy } from "../lib/types";
import { boxOf, suggestionOf, waiting, type Doc } from "./document";
import type { Size } from "./geometry";

export type Selection = { readonly kind: "box"; readonly id: string } | { readonly kind: "suggestion"; readonly id: number };
export type Tool = "select" | "draw" | "pan";

export interface Item {
  readonly what: Selection;
  readonly class: number;
  readonly xyxy: Xyxy;
  readonly probability?: number;
  readonly source?: string;
}

/** A gesture under way: a new box (what = null), or an item somewhere else than in the document. */
export interface Draft {
  readonly what: Selection | null;
  readonly class: number;
  readonly xyxy: Xyxy;
}

export interface Rights {
  readonly label: boolean;
  readonly review: boolean;
}

export interface EditorState {
  readonly image: Size;
  readonly doc: Doc;
  readonly classes: readonly LabelClass[];
  readonly selection: Selection | null;
  readonly tool: Tool;
  readonly currentClass: number | null;
  readonly hiddenClasses: ReadonlySet<number>;
  readonly allHidden: boolean;
  readonly draft: Draft | null;
  readonly hover: Selection | null;
  readonly can: Rights;
}

export const same = (a: Selection | null, b: Selection | null): boolean => a?.kind === b?.kind && a?.id === b?.id;

/** Boxes as they were made, then suggestions best first: the order of the lists, of Tab, and of drawing from back to front. */
export function items(state: EditorState): readonly Item[] {
  if (state.allHidden) return [];
  const boxes = state.doc.boxes.map((box): Item => ({ what: { kind: "box", id: box.id }, class: box.class, xyxy: box.xyxy }));
  const offers = waiting(state.doc).map((one): Item => ({ what: { kind: "suggestion", id: one.id }, class: one.class, xyxy: one.xyxy, probability: one.probability, source: one.source }));
  return [...boxes, ...offers].filter((item) => !state.hiddenClasses.has(item.class));
}

export function itemOf(doc: Doc, what: Selection | null): Item | null {
  if (!what) return null;
  if (what.kind === "box") {
    const box = boxOf(doc, what.id);
    return box ? { what, class: box.class, xyxy: box.xyxy } : null;
  }
  const offer = suggestionOf(doc, what.id);
  return offer?.state === "pending" ? { what, class: offer.class, xyxy: offer.xyxy, probability: offer.probability, source: offer.source } : null;
}

export const selected = (state: EditorState): Item | null => itemOf(state.doc, state.selection);

export function mayChange(state: EditorState, item: Item): boolean {
  return item.what.kind === "box" ? state.can.label : state.can.review;
}
