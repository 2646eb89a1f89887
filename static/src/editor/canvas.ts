// Draws the state on a canvas, when something changed and at most once a frame. It decides nothing.
import { chance } from "../lib/likeness";
import type { LabelClass } from "../lib/types";
import type { Editor } from "./editor";
import { HANDLES, handlePoint, type Point } from "./geometry";
import { items, mayChange, same, type EditorState, type Item } from "./state";
import { SHARP_FROM, toScreen, type Viewport } from "./viewport";

const LINE = 2;
const LINE_SELECTED = 2.5;
const DASH = [7, 5];
const HANDLE = 9;
const CHIP_HEIGHT = 18;
const CHIP_PAD = 6;
/** Narrower boxes carry no name unless they are selected or under the pointer. */
const NAMED_FROM = 34;

interface Colours {
  stage: string;
  ink: string;
  shade: string;
  accent: string;
  font: string;
}

export class Painter {
  private dirty = false;
  private colours: Colours;
  private readonly context: CanvasRenderingContext2D;
  private readonly byId: ReadonlyMap<number, LabelClass>;
  /** The pointer, for the cross hair of the draw tool. */
  pointer: Point | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly editor: Editor,
  ) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser draws no canvas");
    this.context = context;
    this.byId = new Map(editor.state.classes.map((one) => [one.id, one]));
    this.colours = readColours(canvas);
    document.addEventListener("shade", () => {
      this.colours = readColours(canvas);
      this.invalidate();
    });
    editor.watch(() => this.invalidate());
    new ResizeObserver(() => this.measure()).observe(canvas);
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => this.measure());
    this.measure();
  }

  invalidate(): void {
    if (this.dirty) return;
    this.dirty = true;
    requestAnimationFrame(() => {
      this.dirty = false;
      this.paint();
    });
  }

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    this.canvas.width = Math.round(width * devicePixelRatio);
    this.canvas.height = Math.round(height * devicePixelRatio);
    this.editor.resize({ width, height });
    // A resized canvas is blank until it is drawn: not a frame later.
    this.paint();
  }

  private paint(): void {
    const { context, editor, colours } = this;
    const { state, view } = editor;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.fillStyle = colours.stage;
    context.fillRect(0, 0, editor.screen.width, editor.screen.height);
    this.paintPicture(view);
    const all = items(state).filter((item) => !(state.draft && same(state.draft.what, item.what)));
    const front = all.filter((item) => same(item.what, state.selection));
    const hovered = all.filter((item) => same(item.what, state.hover) && !front.includes(item));
    for (const item of all) if (!front.includes(item) && !hovered.includes(item)) this.paintItem(item, view, state, false, false);
    for (const item of hovered) this.paintItem(item, view, state, false, true);
    for (const item of front) this.paintItem(item, view, state, true, true);
    if (state.draft) this.paintDraft(state, view);
    else if (state.tool === "draw" && this.pointer) this.paintCross(this.pointer);
  }

  private paintPicture(view: Viewport): void {
    const { context, editor, colours } = this;
    const { width, height } = editor.state.image;
    if (!editor.image) return;
    if (!editor.picture) {
      context.fillStyle = colours.shade;
      context.fillRect(view.x, view.y, width * view.scale, height * view.scale);
      return;
    }
    context.imageSmoothingEnabled = view.scale < SHARP_FROM;
    context.imageSmoothingQuality = "high";
    context.drawImage(editor.picture, view.x, view.y, width * view.scale, height * view.scale);
  }

  private paintItem(item: Item, view: Viewport, state: EditorState, selected: boolean, named: boolean): void {
    const { context } = this;
    const colour = this.colourOf(item.class);
    const dashed = item.what.kind === "suggestion";
    const [x, y, width, height] = screenBox(item, view);
    const { screen } = this.editor;
    if (x > screen.width || y > screen.height || x + width < 0 || y + height < 0) return;
    if (selected || named) {
      context.globalAlpha = selected ? 0.18 : 0.1;
      context.fillStyle = colour;
      context.fillRect(x, y, width, height);
      context.globalAlpha = 1;
    }
    this.strokeBox(x, y, width, height, colour, selected ? LINE_SELECTED : LINE, dashed);
    if (selected && mayChange(state, item)) this.paintHandles(item, view, colour);
    if (named || dashed || width >= NAMED_FROM) this.paintChip(this.chipText(item, named), x, y, colour, named);
  }

  private strokeBox(x: number, y: number, width: number, height: number, colour: string, line: number, dashed: boolean): void {
    const { context } = this;
    context.setLineDash(dashed ? DASH : []);
    // A dark seam below keeps a pale class visible on a pale picture.
    context.lineWidth = line + 1.5;
    context.strokeStyle = this.colours.shade;
    context.strokeRect(x, y, width, height);
    context.lineWidth = line;
    context.strokeStyle = colour;
    context.strokeRect(x, y, width, height);
    context.setLineDash([]);
  }

  private paintHandles(item: Item, view: Viewport, colour: string): void {
    const { context } = this;
    const [, , width, height] = screenBox(item, view);
    for (const handle of HANDLES) {
      if (handle.length === 1 && Math.min(width, height) < HANDLE * 4) continue;
      const at = toScreen(view, handlePoint(item.xyxy, handle));
      context.beginPath();
      if (handle.length === 2) context.roundRect(at.x - HANDLE / 2, at.y - HANDLE / 2, HANDLE, HANDLE, 2.5);
      else context.arc(at.x, at.y, HANDLE / 2 - 1, 0, 2 * Math.PI);
      context.fillStyle = this.colours.ink;
      context.fill();
      context.lineWidth = 1.75;
      context.strokeStyle = colour;
      context.stroke();
    }
  }

  private chipText(item: Item, named: boolean): string {
    const name = this.byId.get(item.class)?.name ?? "";
    if (item.probability === undefined) return name;
    const believed = chance(item);
    return named ? `${name} ${believed}` : believed;
  }

  private paintChip(text: string, x: number, y: number, colour: string, strong: boolean): void {
    if (text === "") return;
    const { context, editor } = this;
    context.font = `${strong ? 600 : 500} 11px ${this.colours.font}`;
    const width = Math.ceil(context.measureText(text).width) + 2 * CHIP_PAD;
    const top = y - CHIP_HEIGHT - 2 >= 0 ? y - CHIP_HEIGHT - 2 : y + 2;
    const left = Math.min(Math.max(x - LINE / 2, 2), Math.max(editor.screen.width - width - 2, 2));
    context.globalAlpha = strong ? 1 : 0.88;
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left, top, width, CHIP_HEIGHT, 4);
    context.fill();
    context.globalAlpha = 1;
    context.fillStyle = isPale(colour) ? this.colours.stage : this.colours.ink;
    context.textBaseline = "middle";
    context.fillText(text, left + CHIP_PAD, top + CHIP_HEIGHT / 2 + 0.5);
  }

  private paintDraft(state: EditorState, view: Viewport): void {
    const { draft } = state;
    if (!draft) return;
    const item: Item = { what: draft.what ?? { kind: "box", id: "" }, class: draft.class, xyxy: draft.xyxy };
    const [x, y, width, height] = screenBox(item, view);
    const colour = this.colourOf(draft.class);
    this.context.globalAlpha = 0.12;
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, width, height);
    this.context.globalAlpha = 1;
    this.strokeBox(x, y, width, height, colour, LINE_SELECTED, false);
    const [x1, y1, x2, y2] = draft.xyxy;
    this.paintChip(`${Math.round(x2 - x1)} × ${Math.round(y2 - y1)}`, x, y + height + CHIP_HEIGHT + 6, colour, true);
  }

  private paintCross(at: Point): void {
    const { context, editor } = this;
    context.lineWidth = 1;
    for (const [colour, dash] of [
      [this.colours.shade, []],
      [this.colours.ink, [4, 4]],
    ] as const) {
      context.setLineDash(dash);
      context.strokeStyle = colour;
      context.beginPath();
      context.moveTo(0, at.y + 0.5);
      context.lineTo(editor.screen.width, at.y + 0.5);
      context.moveTo(at.x + 0.5, 0);
      context.lineTo(at.x + 0.5, editor.screen.height);
      context.stroke();
    }
    context.setLineDash([]);
  }

  private colourOf(classId: number): string {
    return this.byId.get(classId)?.color ?? this.colours.accent;
  }
}

function screenBox(item: Item, view: Viewport): [number, number, number, number] {
  const a = toScreen(view, { x: item.xyxy[0], y: item.xyxy[1] });
  const b = toScreen(view, { x: item.xyxy[2], y: item.xyxy[3] });
  return [a.x, a.y, b.x - a.x, b.y - a.y];
}

function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return { stage: token("--stage"), ink: token("--stage-ink"), shade: token("--scrim"), accent: token("--accent"), font: token("--font") };
}

/** Relative luminance above the middle: dark letters read better on it. */
export function isPale(hex: string): boolean {
  const channels = /^#(..)(..)(..)$/.exec(hex)?.slice(1).map((part) => parseInt(part, 16) / 255);
  if (!channels) return false;
  const [red, green, blue] = channels.map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue! > 0.3;
}
