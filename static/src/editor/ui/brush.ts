// How boxes look on the canvas: strokes, handles, chips. All in CSS pixels of the screen.
import { confidence } from "../../lib/format";
import { flagWord } from "./flagWords";
import type { LabelClass, Xyxy } from "../../lib/types";
import { HANDLES, handlePoint, type Point, type Size } from "../model/geometry";
import type { Display } from "../model/display";
import type { Item } from "../model/state";
import { toScreen, type Viewport } from "../model/viewport";

const LINE = 2;
const LINE_SELECTED = 2.5;
const DASH = [7, 5];
const DOTS = [2, 4];
/** Of an ignore region. */
const REGION = [10, 4, 2, 4];
const FILL_REGION = 0.22;
const HANDLE = 9;
const CHIP_HEIGHT = 18;
const CHIP_PAD = 6;
const PIN = 18;
/** Narrower boxes carry no name unless they are selected or under the pointer. */
const NAMED_FROM = 34;

/** Measured once: five hundred chips a frame carry the same few words. */
const WIDTHS = new Map<string, number>();

export interface Colours {
  readonly stage: string;
  readonly ink: string;
  readonly shade: string;
  readonly accent: string;
  readonly font: string;
}

export type Emphasis = "none" | "hovered" | "chosen" | "main";

type Place = readonly [x: number, y: number, width: number, height: number];

export function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    stage: token("--stage"),
    ink: token("--stage-ink"),
    shade: token("--scrim"),
    accent: token("--accent"),
    font: token("--font"),
  };
}

export class Brush {
  constructor(
    private readonly context: CanvasRenderingContext2D,
    private readonly classes: ReadonlyMap<number, LabelClass>,
    private readonly colours: Colours,
    private readonly screen: Size,
    private readonly view: Viewport,
    private readonly display: Display,
  ) {}

  item(item: Item, emphasis: Emphasis, { locked, comments }: { locked: boolean; comments: number }): void {
    const { context, display } = this;
    const place = this.place(item.xyxy);
    if (!this.visible(place)) return;
    const colour = this.colourOf(item.class);
    const strong = emphasis !== "none";
    const region = item.flags?.includes("ignore") === true;
    const fill = Math.max(
      display.fill,
      region ? FILL_REGION : 0,
      { none: 0, hovered: 0.1, chosen: 0.18, main: 0.18 }[emphasis],
    );
    const whole = strong ? 1 : display.opacity;
    if (fill > 0) {
      context.globalAlpha = fill * whole;
      context.fillStyle = region ? this.colours.shade : colour;
      context.fillRect(...place);
    }
    context.globalAlpha = whole;
    this.stroke(
      place,
      colour,
      emphasis === "main" || emphasis === "chosen" ? LINE_SELECTED : LINE,
      locked ? DOTS : region ? REGION : item.kind === "suggested" ? DASH : [],
    );
    const named = emphasis === "hovered" || emphasis === "main";
    if (named || (display.names && (item.kind === "suggested" || place[2] >= NAMED_FROM)))
      this.chip(this.chipText(item, named), place[0], place[1], colour, named);
    if (comments > 0) this.pin(place, comments, emphasis === "main" ? HANDLE : 0);
    context.globalAlpha = 1;
  }

  handles(item: Item): void {
    const { context } = this;
    const [, , width, height] = this.place(item.xyxy);
    for (const handle of HANDLES) {
      if (handle.length === 1 && Math.min(width, height) < HANDLE * 4) continue;
      const at = toScreen(this.view, handlePoint(item.xyxy, handle));
      context.beginPath();
      if (handle.length === 2) context.roundRect(at.x - HANDLE / 2, at.y - HANDLE / 2, HANDLE, HANDLE, 2.5);
      else context.arc(at.x, at.y, HANDLE / 2 - 1, 0, 2 * Math.PI);
      context.fillStyle = this.colours.ink;
      context.fill();
      context.lineWidth = 1.75;
      context.strokeStyle = this.colourOf(item.class);
      context.stroke();
    }
  }

  /** A box that waits for a class. */
  classless(xyxy: Xyxy): void {
    const place = this.place(xyxy);
    this.context.globalAlpha = 0.18;
    this.context.fillStyle = this.colours.accent;
    this.context.fillRect(...place);
    this.context.globalAlpha = 1;
    this.stroke(place, this.colours.accent, LINE_SELECTED, DASH);
    this.chip("?", place[0], place[1], this.colours.accent, true);
  }

  draft(classId: number | null, xyxy: Xyxy, measured: boolean): void {
    const place = this.place(xyxy);
    const colour = this.colourOf(classId);
    this.context.globalAlpha = 0.12;
    this.context.fillStyle = colour;
    this.context.fillRect(...place);
    this.context.globalAlpha = 1;
    this.stroke(place, colour, LINE_SELECTED, []);
    const [x1, y1, x2, y2] = xyxy;
    if (measured)
      this.chip(
        `${Math.round(x2 - x1)} × ${Math.round(y2 - y1)}`,
        place[0],
        place[1] + place[3] + CHIP_HEIGHT + 6,
        colour,
        true,
      );
  }

  /** Where a box was before. */
  earlier(classId: number, xyxy: Xyxy): void {
    this.context.globalAlpha = 0.8;
    this.stroke(this.place(xyxy), this.colourOf(classId), LINE, DASH);
    this.context.globalAlpha = 1;
  }

  band(xyxy: Xyxy): void {
    const place = this.place(xyxy);
    this.context.globalAlpha = 0.12;
    this.context.fillStyle = this.colours.accent;
    this.context.fillRect(...place);
    this.context.globalAlpha = 1;
    this.stroke(place, this.colours.ink, 1, [4, 4]);
  }

  /** The points so far of an object's outermost four. */
  points(points: readonly Point[], colour: string): void {
    const { context } = this;
    for (const point of points) {
      const at = toScreen(this.view, point);
      context.beginPath();
      context.arc(at.x, at.y, HANDLE / 2, 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = this.colours.ink;
      context.stroke();
    }
  }

  cross(at: Point): void {
    const { context, screen } = this;
    context.lineWidth = 1;
    for (const [colour, dash] of [
      [this.colours.shade, []],
      [this.colours.ink, [4, 4]],
    ] as const) {
      context.setLineDash(dash);
      context.strokeStyle = colour;
      context.beginPath();
      context.moveTo(0, at.y + 0.5);
      context.lineTo(screen.width, at.y + 0.5);
      context.moveTo(at.x + 0.5, 0);
      context.lineTo(at.x + 0.5, screen.height);
      context.stroke();
    }
    context.setLineDash([]);
  }

  colourOf(classId: number | null): string {
    return (classId === null ? undefined : this.classes.get(classId)?.color) ?? this.colours.accent;
  }

  private place(xyxy: Xyxy): Place {
    const a = toScreen(this.view, { x: xyxy[0], y: xyxy[1] });
    const b = toScreen(this.view, { x: xyxy[2], y: xyxy[3] });
    return [a.x, a.y, b.x - a.x, b.y - a.y];
  }

  private visible([x, y, width, height]: Place): boolean {
    return x <= this.screen.width && y <= this.screen.height + CHIP_HEIGHT && x + width >= 0 && y + height >= 0;
  }

  private stroke(place: Place, colour: string, line: number, dash: readonly number[]): void {
    const { context } = this;
    if (dash.length > 0) context.setLineDash(dash);
    // A dark seam below keeps a pale class visible on a pale picture.
    context.lineWidth = line + 1.5;
    context.strokeStyle = this.colours.shade;
    context.strokeRect(...place);
    context.lineWidth = line;
    context.strokeStyle = colour;
    context.strokeRect(...place);
    if (dash.length > 0) context.setLineDash([]);
  }

  private chipText(item: Item, named: boolean): string {
    const name = this.classes.get(item.class)?.name ?? "";
    if (item.probability === undefined) return [name, ...(item.flags ?? []).map(flagWord)].join(" · ");
    const believed = confidence(item);
    return named ? `${name} ${believed}` : believed;
  }

  private chip(text: string, x: number, y: number, colour: string, strong: boolean): void {
    if (text === "") return;
    const { context } = this;
    const alpha = context.globalAlpha;
    context.font = `${strong ? 600 : 500} 11px ${this.colours.font}`;
    const width = this.widthOf(text, strong) + 2 * CHIP_PAD;
    const top = y - CHIP_HEIGHT - 2 >= 0 ? y - CHIP_HEIGHT - 2 : y + 2;
    const left = Math.min(Math.max(x - LINE / 2, 2), Math.max(this.screen.width - width - 2, 2));
    context.globalAlpha = strong ? 1 : alpha * 0.88;
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left, top, width, CHIP_HEIGHT, 4);
    context.fill();
    context.globalAlpha = alpha;
    context.fillStyle = isPale(colour) ? this.colours.stage : this.colours.ink;
    context.textBaseline = "middle";
    context.fillText(text, left + CHIP_PAD, top + CHIP_HEIGHT / 2 + 0.5);
  }

  /** How many open comments a box has, in a bubble at its corner, or beside the handle there. */
  private pin([x, y, width]: Place, count: number, beside: number): void {
    const { context, colours } = this;
    const at = {
      x: Math.min(x + width + beside * 1.5, this.screen.width - PIN / 2),
      y: Math.max(y - beside * 1.5, PIN / 2),
    };
    context.beginPath();
    context.roundRect(at.x - PIN / 2, at.y - PIN / 2, PIN, PIN, [PIN / 2, PIN / 2, PIN / 2, 2]);
    context.fillStyle = colours.accent;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = colours.ink;
    context.stroke();
    context.font = `600 10px ${colours.font}`;
    context.fillStyle = colours.ink;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(count > 9 ? "9+" : String(count), at.x, at.y + 0.5);
    context.textAlign = "start";
  }

  private widthOf(text: string, strong: boolean): number {
    const key = `${strong} ${text}`;
    const known = WIDTHS.get(key);
    if (known !== undefined) return known;
    const width = Math.ceil(this.context.measureText(text).width);
    WIDTHS.set(key, width);
    return width;
  }
}

/** Relative luminance above the middle: dark letters read better on it. */
export function isPale(hex: string): boolean {
  if (!/^#[0-9a-f]{6}$/i.test(hex)) return false;
  const channel = (at: number): number => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) > 0.3;
}
