// Rectangles in image pixels: all of the editor's arithmetic that knows nothing of screens, people or servers.
import type { Xyxy } from "../../lib/types";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Handles by compass, as in the CSS resize cursors. */
export type Handle = "nw" | "n" | "ne" | "e" | "se" | "s" | "sw" | "w";
export const HANDLES: readonly Handle[] = ["nw", "ne", "se", "sw", "n", "e", "s", "w"];

/** The smallest side of a box that the server takes. */
export const SMALLEST = 1;
/** The smallest side of a new box, in pixels of the image: less is a slip of the hand. */
export const SMALLEST_DRAWN = 2;
/** From this IoU on two boxes of a class are of the same object. */
export const SAME_OBJECT = 0.8;

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
/** Hundredths of a pixel: what a person can draw at the highest zoom, and what survives JSON unchanged. */
const round = (value: number): number => Math.round(value * 100) / 100;

export function rounded(box: Xyxy): Xyxy {
  return [round(box[0]), round(box[1]), round(box[2]), round(box[3])];
}

export function spanned(a: Point, b: Point, within: Size): Xyxy {
  const x = [clamp(a.x, 0, within.width), clamp(b.x, 0, within.width)] as const;
  const y = [clamp(a.y, 0, within.height), clamp(b.y, 0, within.height)] as const;
  return rounded([Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)]);
}

export function area(box: Xyxy): number {
  return Math.max(0, box[2] - box[0]) * Math.max(0, box[3] - box[1]);
}

export function contains(box: Xyxy, at: Point, slack = 0): boolean {
  return at.x >= box[0] - slack && at.x <= box[2] + slack && at.y >= box[1] - slack && at.y <= box[3] + slack;
}

export function isDrawable(box: Xyxy, smallest = SMALLEST): boolean {
  return box[2] - box[0] >= smallest && box[3] - box[1] >= smallest;
}

/** Moves the whole box, as far as the image's edges let it. */
export function moved(box: Xyxy, dx: number, dy: number, within: Size): Xyxy {
  const x = clamp(dx, -box[0], within.width - box[2]);
  const y = clamp(dy, -box[1], within.height - box[3]);
  return rounded([box[0] + x, box[1] + y, box[2] + x, box[3] + y]);
}

/** How far a group can go so that each of its boxes stays within. */
export function shift(boxes: readonly Xyxy[], dx: number, dy: number, within: Size): Point {
  const x = boxes.reduce((far, box) => clamp(far, -box[0], within.width - box[2]), dx);
  const y = boxes.reduce((far, box) => clamp(far, -box[1], within.height - box[3]), dy);
  return { x, y };
}

export const middleOf = (box: Xyxy): Point => ({ x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 });

/** Whether `inner` lies in `outer`, but for a pixel or two. */
export function encloses(outer: Xyxy, inner: Xyxy, slack = 2): boolean {
  return (
    inner[0] >= outer[0] - slack &&
    inner[1] >= outer[1] - slack &&
    inner[2] <= outer[2] + slack &&
    inner[3] <= outer[3] + slack
  );
}

/** The box through an object's outermost points, in whatever order they were clicked. */
export function around(points: readonly Point[], within: Size): Xyxy {
  const xs = points.map((point) => clamp(point.x, 0, within.width));
  const ys = points.map((point) => clamp(point.y, 0, within.height));
  return rounded([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]);
}

/** Takes one handle to a point; pulled past the opposite edge the box turns over instead of vanishing. */
export function resized(box: Xyxy, handle: Handle, to: Point, within: Size): Xyxy {
  let [x1, y1, x2, y2] = box;
  if (handle.includes("w")) x1 = clamp(to.x, 0, within.width);
  if (handle.includes("e")) x2 = clamp(to.x, 0, within.width);
  if (handle.includes("n")) y1 = clamp(to.y, 0, within.height);
  if (handle.includes("s")) y2 = clamp(to.y, 0, within.height);
  return rounded([Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)]);
}

export function handlePoint(box: Xyxy, handle: Handle): Point {
  const x = handle.includes("w") ? box[0] : handle.includes("e") ? box[2] : (box[0] + box[2]) / 2;
  const y = handle.includes("n") ? box[1] : handle.includes("s") ? box[3] : (box[1] + box[3]) / 2;
  return { x, y };
}

export function iou(a: Xyxy, b: Xyxy): number {
  const overlap = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  const union = area(a) + area(b) - overlap;
  return union > 0 ? overlap / union : 0;
}

export function sameBox(a: Xyxy, b: Xyxy, tolerance = 0.011): boolean {
  return a.every((value, index) => Math.abs(value - (b[index] ?? NaN)) <= tolerance);
}
