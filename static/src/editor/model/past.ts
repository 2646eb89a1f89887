// The image as it was: what its history says of a moment, as it is drawn, and the way back there as changes. Pure.
import type { Change, Flags, LabelClass, Xyxy } from "../../lib/types";
import { boxOf, contentOf, sameContent, type Doc } from "./document";

export interface PastBox {
  readonly id: string;
  /** Null: the class is gone. */
  readonly class: number | null;
  readonly class_name: string;
  readonly xyxy: Xyxy;
  readonly flags?: Flags;
}

/** GET /api/images/{id}/history/{moment}/ */
export interface PastState {
  readonly boxes: readonly PastBox[];
  readonly complete: readonly number[];
  readonly changed: readonly {
    readonly kind: "added" | "moved" | "removed" | "relabelled" | "flagged";
    readonly before: PastBox | null;
    readonly after: PastBox | null;
  }[];
}

/** What is looked back at: a step of the history, or a version of the project. */
export interface Place {
  readonly kind: "moment" | "version";
  readonly id: number;
}

export const samePlace = (a: Place | null, b: Place | null): boolean => a?.kind === b?.kind && a?.id === b?.id;

export interface PastItem {
  readonly id: string;
  readonly class: number;
  readonly xyxy: Xyxy;
  readonly flags?: Flags;
}

/** As it is drawn. `fixed`: somebody chose it; else it goes with the pointer. */
export interface Past {
  readonly place: Place;
  readonly fixed: boolean;
  /** What the step left alone, and what it changed. */
  readonly still: readonly PastItem[];
  readonly changed: readonly PastItem[];
  /** Where boxes were before the step. */
  readonly earlier: readonly PastItem[];
  /** Classes that are no more, with numbers below zero. */
  readonly gone: readonly LabelClass[];
}

const GREY = "#6b7280";

export function pastOf(place: Place, state: PastState, fixed: boolean): Past {
  const gone = new Map<string, LabelClass>();
  const classOf = (box: PastBox): number => {
    if (box.class !== null) return box.class;
    const known = gone.get(box.class_name) ?? { id: -1 - gone.size, name: box.class_name, color: GREY, hotkey: "" };
    gone.set(box.class_name, known);
    return known.id;
  };
  const item = (box: PastBox): PastItem => ({
    id: box.id,
    class: classOf(box),
    xyxy: box.xyxy,
    ...(box.flags && { flags: box.flags }),
  });
  const touched = new Set(state.changed.map((one) => one.after?.id));
  return {
    place,
    fixed,
    still: state.boxes.filter((box) => !touched.has(box.id)).map(item),
    changed: state.changed.flatMap((one) => (one.after ? [item(one.after)] : [])),
    earlier: state.changed.flatMap((one) => (one.before ? [item(one.before)] : [])),
    gone: [...gone.values()],
  };
}

/** How many boxes a restore cannot bring back, since their class is gone. */
export const leftOut = (past: Past): number => [...past.still, ...past.changed].filter((one) => one.class < 0).length;

/** What leads from one document to the other: boxes and what is complete. */
export function changesBetween(before: Doc, after: Doc): readonly Change[] {
  const gone = before.boxes.filter((box) => !boxOf(after, box.id));
  const differing = after.boxes.filter((box) => {
    const was = boxOf(before, box.id);
    return was === undefined || !sameContent(was, box);
  });
  return [
    ...gone.map(({ id }): Change => ({ op: "delete", id })),
    ...differing.map((box): Change => {
      const was = boxOf(before, box.id);
      if (!was) return { op: "create", id: box.id, ...contentOf(box) };
      const unsaid = was.flags?.length && !box.flags?.length ? { flags: [] } : {};
      return { op: "update", id: box.id, ...contentOf(box), ...unsaid };
    }),
    ...[...before.complete]
      .filter((label) => !after.complete.has(label))
      .map((label): Change => ({ op: "complete", class: label, value: false })),
    ...[...after.complete]
      .filter((label) => !before.complete.has(label))
      .map((label): Change => ({ op: "complete", class: label, value: true })),
    ...[...before.tags].filter((tag) => !after.tags.has(tag)).map((tag): Change => ({ op: "tag", tag, value: false })),
    ...[...after.tags].filter((tag) => !before.tags.has(tag)).map((tag): Change => ({ op: "tag", tag, value: true })),
  ];
}
