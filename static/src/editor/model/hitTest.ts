// What lies under a point: handles of the selected item first, then items from small to large.
import { area, contains, HANDLES, handlePoint, type Handle, type Point } from "./geometry";
import { same, type Item, type Selection } from "./state";
import type { Xyxy } from "../../lib/types";

/** Every item at the point, the smallest first: a box inside a box comes before the one around it. */
export function itemsAt(all: readonly Item[], at: Point, slack: number): readonly Item[] {
  return all.filter((item) => contains(item.xyxy, at, slack)).sort((a, b) => area(a.xyxy) - area(b.xyxy));
}

/** The item that a click takes: the smallest, and on a click on the selected one the next larger, then around again. */
export function picked(all: readonly Item[], at: Point, slack: number, selection: Selection | null): Item | null {
  const here = itemsAt(all, at, slack);
  const now = here.findIndex((item) => same(item.what, selection));
  return here[(now + 1) % here.length] ?? null;
}

/**
 * The handle at the point; corners before edges, and edges only where the box is large enough to tell them apart.
 * An edge is a handle along all of its length, or (`knobs`) only at the knob in its middle.
 */
export function handleAt(box: Xyxy, at: Point, slack: number, knobs = false): Handle | null {
  const wide = box[2] - box[0] > slack * 4;
  const tall = box[3] - box[1] > slack * 4;
  for (const handle of HANDLES) {
    const point = handlePoint(box, handle);
    const near = { x: Math.abs(at.x - point.x) <= slack, y: Math.abs(at.y - point.y) <= slack };
    if (handle.length === 2) {
      if (near.x && near.y) return handle;
    } else if (handle === "n" || handle === "s") {
      const along = knobs ? near.x : at.x > box[0] && at.x < box[2];
      if (wide && near.y && along) return handle;
    } else {
      const along = knobs ? near.y : at.y > box[1] && at.y < box[3];
      if (tall && near.x && along) return handle;
    }
  }
  return null;
}
