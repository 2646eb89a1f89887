// Where the image lies on the screen: one scale, one offset, in CSS pixels.
import type { Point, Size } from "./geometry";
import type { Xyxy } from "../../lib/types";

export interface Viewport {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const SHARP_FROM = 4;
const HIGHEST = 40;
const MARGIN = 24;
/**
 * Half of a handle, the farthest that what is drawn for a box stands out of the image; what stands out more is kept on
 * the screen.
 */
const BEYOND = 6;
/** So much of the image always stays in sight. */
const KEPT_VISIBLE = 48;

export const toScreen = (view: Viewport, at: Point): Point => ({
  x: at.x * view.scale + view.x,
  y: at.y * view.scale + view.y,
});
export const toImage = (view: Viewport, at: Point): Point => ({
  x: (at.x - view.x) / view.scale,
  y: (at.y - view.y) / view.scale,
});

export function fitted(image: Size, screen: Size, margin = MARGIN): Viewport {
  const room = { width: Math.max(screen.width - 2 * margin, 1), height: Math.max(screen.height - 2 * margin, 1) };
  const scale = Math.min(room.width / image.width, room.height / image.height, HIGHEST);
  return { scale, x: (screen.width - image.width * scale) / 2, y: (screen.height - image.height * scale) / 2 };
}

export function zoomedAt(view: Viewport, at: Point, factor: number, image: Size, screen: Size): Viewport {
  const lowest = Math.min(fitted(image, screen).scale, 1) / 4;
  const scale = Math.min(Math.max(view.scale * factor, lowest), HIGHEST);
  const under = toImage(view, at);
  return kept({ scale, x: at.x - under.x * scale, y: at.y - under.y * scale }, image, screen);
}

export function panned(view: Viewport, dx: number, dy: number, image: Size, screen: Size): Viewport {
  return kept({ scale: view.scale, x: view.x + dx, y: view.y + dy }, image, screen);
}

/** On the screen a box of this many pixels can be judged. */
export const LARGE_ENOUGH = 20;

/**
 * How far what was drawn for one view has to move to show another, in CSS pixels; null where it cannot: the scale
 * differs, or
 * something comes into sight that lay outside of the screen and so was not drawn.
 */
export function shiftOf(drawn: Viewport, view: Viewport, image: Size, screen: Size): Point | null {
  const covers = (by: number, offset: number, length: number, room: number): boolean =>
    by === 0 || (by > 0 ? offset - BEYOND >= 0 : offset + length + BEYOND <= room);
  const by = { x: view.x - drawn.x, y: view.y - drawn.y };
  const whole =
    covers(by.x, drawn.x, image.width * drawn.scale, screen.width) &&
    covers(by.y, drawn.y, image.height * drawn.scale, screen.height);
  return view.scale === drawn.scale && whole ? by : null;
}

/**
 * Brings a box to the middle when it is out of sight or smaller than `smallest` on the screen; otherwise leaves the
 * view alone.
 */
export function shown(view: Viewport, box: Xyxy, image: Size, screen: Size, smallest = 0): Viewport {
  const a = toScreen(view, { x: box[0], y: box[1] });
  const b = toScreen(view, { x: box[2], y: box[3] });
  const visible = a.x >= 0 && a.y >= 0 && b.x <= screen.width && b.y <= screen.height;
  const larger = Math.max(b.x - a.x, b.y - a.y);
  if (visible && larger >= smallest) return view;
  const side = Math.max(box[2] - box[0], box[3] - box[1], 1);
  const room = Math.min(screen.width, screen.height);
  const scale = Math.min(Math.max(view.scale, (smallest * 3) / side), (room * 0.8) / side, HIGHEST);
  const middle = { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 };
  return kept(
    { scale, x: screen.width / 2 - middle.x * scale, y: screen.height / 2 - middle.y * scale },
    image,
    screen,
  );
}

function kept(view: Viewport, image: Size, screen: Size): Viewport {
  const hold = (offset: number, length: number, room: number): number => {
    const least = Math.min(KEPT_VISIBLE, length / 2);
    return Math.min(Math.max(offset, least - length), room - least);
  };
  return {
    scale: view.scale,
    x: hold(view.x, image.width * view.scale, screen.width),
    y: hold(view.y, image.height * view.scale, screen.height),
  };
}
