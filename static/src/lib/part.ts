// Parts of an image and boxes in them, pure: what to show of an image around a box, and how a box changes by a handle.
import type { Xyxy } from "./types";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where a box is held: left or right edge or neither, top or bottom or neither; both neither moves it. */
export interface Handle {
  readonly x: -1 | 0 | 1;
  readonly y: -1 | 0 | 1;
}

export const HANDLES: readonly Handle[] = [-1, 0, 1].flatMap((x) =>
  [-1, 0, 1].flatMap((y) => (x === 0 && y === 0 ? [] : [{ x, y } as Handle])),
);
const AROUND = 0.4; // of the box's longer side, on every side: room to make it larger
const LEAST = 32; // pixels; less shows nothing that a person could know
const MIN_SIDE = 1;

/** A square around the box, pushed into the image and cut where that ends. */
export function partAround([x1, y1, x2, y2]: Xyxy, { width, height }: Size): Xyxy {
  const side = Math.max(Math.max(x2 - x1, y2 - y1) * (1 + 2 * AROUND), LEAST);
  const span = (middle: number, length: number): readonly [number, number] => {
    if (side >= length) return [0, length];
    const low = Math.min(Math.max(middle - side / 2, 0), length - side);
    return [low, low + side];
  };
  const [left, right] = span((x1 + x2) / 2, width);
  const [top, bottom] = span((y1 + y2) / 2, height);
  return [left, top, right, bottom];
}

/** The box after a handle was dragged by so many pixels of the image: inside `limits`, its edges in their order. */
export function dragged(box: Xyxy, handle: Handle, dx: number, dy: number, limits: Xyxy): Xyxy {
  const [left, right] = along(box[0], box[2], handle.x, handle.y, dx, limits[0], limits[2]);
  const [top, bottom] = along(box[1], box[3], handle.y, handle.x, dy, limits[1], limits[3]);
  return [left, top, right, bottom];
}

/** One axis: the edge that is held moves, both where the box is held in its middle. */
function along(
  low: number,
  high: number,
  held: number,
  otherHeld: number,
  by: number,
  least: number,
  most: number,
): readonly [number, number] {
  const within = (value: number): number => Math.min(Math.max(value, least), most);
  if (held < 0) return [within(Math.min(low + by, high - MIN_SIDE)), high];
  if (held > 0) return [low, within(Math.max(high + by, low + MIN_SIDE))];
  if (otherHeld !== 0) return [low, high];
  const moved = Math.min(Math.max(by, least - low), most - high);
  return [low + moved, high + moved];
}
