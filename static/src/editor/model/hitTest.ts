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

/** The handle at the point; corners before edges, and edges only where the box is large enough to tell them apart. */
export function handleAt(box: Xyxy, at: Point, slack: number): Handle | null {
  const wide = box[2] - box[0] > slack * 4;
  const tall = box[3] - box[1] > slack * 4;
  for (const handle of HANDLES) {
    const point = handlePoint(box, handle);
    if (handle.length === 2) {
      if (Math.abs(at.x - point.x) <= slack && Math.abs(at.y - point.y) <= slack) return handle;
    } else if (handle === "n" || handle === "s") {
      if (wide && Math.abs(at.y - point.y) <= slack && at.x > box[0] && at.x < box[2]) return handle;
    } else if (tall && Math.abs(at.x - point.x) <= slack && at.y > box[1] && at.y < box[3]) return handle;
  }
  return null;
}
