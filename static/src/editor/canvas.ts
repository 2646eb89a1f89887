// Draws the state, when something changed and at most once a frame: the picture on a canvas of its own, the boxes above it.
import type { LabelClass } from "../lib/types";
import { Brush, readColours, type Colours, type Emphasis } from "./brush";
import type { Editor } from "./editor";
import type { Point } from "./geometry";
import { layerFor, type Layer, type Picture } from "./pictures";
import { isChosen, isLocked, items, mayChange, same, type EditorState, type Item } from "./state";
import { SHARP_FROM, type Viewport } from "./viewport";

/** What the canvas below shows; while this stays the same it is not drawn again. */
interface Shown {
  readonly view: Viewport;
  readonly picture: Picture | null;
  readonly layer: Layer | undefined;
  readonly image: unknown;
}

export class Painter {
  private dirty = false;
  private colours: Colours;
  private readonly context: CanvasRenderingContext2D;
  private readonly below: CanvasRenderingContext2D;
  private readonly byId: ReadonlyMap<number, LabelClass>;
  private last: Shown | null = null;
  /** The pointer, for the cross hair. */
  pointer: Point | null = null;
  /** How many open comments a box has. */
  comments: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly ground: HTMLCanvasElement,
    private readonly editor: Editor,
  ) {
    const [context, below] = [canvas.getContext("2d"), ground.getContext("2d")];
    if (!context || !below) throw new Error("this browser draws no canvas");
    this.context = context;
    this.below = below;
    this.byId = new Map(editor.state.classes.map((one) => [one.id, one]));
    this.colours = readColours(canvas);
    document.addEventListener("shade", () => {
      this.colours = readColours(canvas);
      this.last = null;
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
    for (const canvas of [this.canvas, this.ground]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
    }
    this.last = null;
    this.editor.resize({ width, height });
    // A resized canvas is blank until it is drawn: not a frame later.
    this.paint();
  }

  private paint(): void {
    this.paintPicture();
    this.paintBoxes();
  }

  private paintPicture(): void {
    const { below, editor, ground } = this;
    const { view, picture, image, look } = editor;
    const filter = look.brightness === 1 && look.contrast === 1 ? "" : `brightness(${look.brightness}) contrast(${look.contrast})`;
    if (ground.style.filter !== filter) ground.style.filter = filter;
    const layer = layerFor(picture?.layers ?? [], view.scale * devicePixelRatio);
    const { last } = this;
    if (last && last.view === view && last.picture === picture && last.layer === layer && last.image === image) return;
    this.last = { view, picture, layer, image };
    below.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    below.clearRect(0, 0, editor.screen.width, editor.screen.height);
    if (!image) return;
    if (!layer) {
      below.fillStyle = this.colours.shade;
      below.fillRect(view.x, view.y, image.width * view.scale, image.height * view.scale);
      return;
    }
    below.imageSmoothingEnabled = view.scale < SHARP_FROM;
    below.imageSmoothingQuality = layer.scale > view.scale * devicePixelRatio * 2.5 ? "medium" : "low";
    drawPart(below, layer, view, editor.screen, image);
  }

  private paintBoxes(): void {
    const { context, editor, colours } = this;
    const { state, view, screen, look } = editor;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, screen.width, screen.height);
    const brush = new Brush(context, this.byId, colours, screen, view, look);
    const moving = state.draft ? [state.draft, ...(state.draft.also ?? [])] : [];
    const still = moving.length > 0 ? items(state).filter((item) => !moving.some((one) => same(one.what, item.what))) : items(state);
    // What is under the pointer is drawn above the rest, and what is selected above that.
    const front: [Item, Emphasis][] = [];
    for (const item of still) {
      const emphasis = emphasisOf(state, item);
      if (emphasis === "none") this.paintItem(brush, state, item, emphasis);
      else front.push([item, emphasis]);
    }
    const order: readonly Emphasis[] = ["hovered", "chosen", "main"];
    for (const wanted of order) for (const [item, emphasis] of front) if (emphasis === wanted) this.paintItem(brush, state, item, emphasis);
    for (const one of moving) brush.draft(one.class, one.xyxy, moving.length === 1);
    if (state.band) brush.band(state.band);
    if (state.extremes.length > 0) brush.points(state.extremes, brush.colourOf(state.currentClass));
    const draws = state.tool === "draw" || state.tool === "extreme" || look.cross;
    if (draws && moving.length === 0 && !state.band && this.pointer) brush.cross(this.pointer);
  }

  private paintItem(brush: Brush, state: EditorState, item: Item, emphasis: Emphasis): void {
    const comments = item.what.kind === "box" ? (this.comments.get(item.what.id) ?? 0) : 0;
    brush.item(item, emphasis, { locked: isLocked(state, item), comments });
    if (emphasis === "main" && state.also.length === 0 && mayChange(state, item)) brush.handles(item);
  }
}

function emphasisOf(state: EditorState, item: Item): Emphasis {
  if (same(item.what, state.selection)) return "main";
  if (state.also.length > 0 && isChosen(state, item.what)) return "chosen";
  return same(item.what, state.hover) ? "hovered" : "none";
}

/** Only what is in sight: a browser that draws in software pays for every pixel of the source. */
function drawPart(context: CanvasRenderingContext2D, layer: Layer, view: Viewport, screen: { width: number; height: number }, image: { width: number; height: number }): void {
  const left = Math.max(0, Math.floor(-view.x / view.scale) - 1);
  const top = Math.max(0, Math.floor(-view.y / view.scale) - 1);
  const right = Math.min(image.width, Math.ceil((screen.width - view.x) / view.scale) + 1);
  const bottom = Math.min(image.height, Math.ceil((screen.height - view.y) / view.scale) + 1);
  if (right <= left || bottom <= top) return;
  // A layer's own two scales: its sides were rounded to whole pixels.
  const fx = layer.bitmap.width / image.width;
  const fy = layer.bitmap.height / image.height;
  const [width, height] = [right - left, bottom - top];
  context.drawImage(layer.bitmap, left * fx, top * fy, width * fx, height * fy, left * view.scale + view.x, top * view.scale + view.y, width * view.scale, height * view.scale);
}
