// The list that a person walks through: where an image stands in it, and what comes before and after.
import type { ImageState } from "../../lib/types";

export interface Neighbours {
  readonly previous: number | null;
  readonly next: number | null;
  /** From 1; null where the image is not of the list. */
  readonly position: number | null;
  readonly total: number;
}

/** A list as it was when the person came from it: what is answered or drawn meanwhile takes no image out of it. */
export class Walk {
  private readonly places: ReadonlyMap<number, number>;

  constructor(readonly ids: readonly number[]) {
    this.places = new Map(ids.map((id, index) => [id, index]));
  }

  has(id: number): boolean {
    return this.places.has(id);
  }

  around(id: number): Neighbours {
    const { ids } = this;
    const at = this.places.get(id);
    // From an image that is not of the list the way leads to its beginning.
    if (at === undefined) return { previous: null, next: ids[0] ?? null, position: null, total: ids.length };
    return { previous: ids[at - 1] ?? null, next: ids[at + 1] ?? null, position: at + 1, total: ids.length };
  }
}

/** Of the list that was walked, or else of the image's dataset. */
export function neighboursOf(image: ImageState, walk: Walk | null): Neighbours {
  return walk ? walk.around(image.id) : image;
}
