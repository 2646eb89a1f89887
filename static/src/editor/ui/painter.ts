// Draws the state, when something changed and at most once a frame: the picture on a canvas of its own, the boxes above
// it.
// While the picture is held and moved, both canvases only shift: what they show is drawn already.
import type { ImageState } from "../../lib/types";
import { Brush, readColours, type Colours, type Emphasis } from "./brush";
import type { Editor } from "../editor";
import { byId } from "../model/classes";
import type { Point } from "../model/geometry";
import type { Display } from "../model/display";
import type { Past, PastItem } from "../model/past";
import { layerFor, type Layer, type Picture } from "../sync/images";
import { isChosen, isLocked, items, mayChange, same, type EditorState, type Item } from "../model/state";
import { SHARP_FROM, shiftOf, type Viewport } from "../model/viewport";

type Comments = ReadonlyMap<string, number>;

/** All that the two canvases show: what stays the same is not drawn again. */
interface CanvasState {
  readonly view: Viewport;
  readonly picture: Picture | null;
  readonly layer: Layer | undefined;
  readonly image: ImageState | null;
  readonly state: EditorState;
  readonly display: Display;
  readonly comments: Comments;
  readonly cross: Point | null;
}

/** The past is paler than now. */
const PAST_FILTER = "saturate(0.35)";
const PLAIN_ITEM = { locked: false, comments: 0 };

export class Painter {
  private dirty = false;
  private colours: Colours;
  private readonly context: CanvasRenderingContext2D;
  private readonly below: CanvasRenderingContext2D;
  private drawn: CanvasState | null = null;
  private held = false;
  /** The pointer, for the cross hair. */
  pointer: Point | null = null;
  /** How many open comments a box has. */
  comments: Comments = new Map();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly ground: HTMLCanvasElement,
    private readonly editor: Editor,
  ) {
    const [context, below] = [canvas.getContext("2d"), ground.getContext("2d")];
    if (!context || !below) throw new Error("this browser draws no canvas");
    this.context = context;
    this.below = below;
    this.colours = readColours(canvas);
    document.addEventListener("shade", () => {
      this.colours = readColours(canvas);
      this.drawn = null;
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

  /** The picture is being moved; when it is let go, it is drawn where it came to lie. */
  carry(held: boolean): void {
    if (this.held === held) return;
    this.held = held;
    this.invalidate();
  }

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0 || height === 0) return;
    for (const canvas of [this.canvas, this.ground]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
    }
    this.drawn = null;
    this.editor.stage.resize({ width, height });
    // A resized canvas is blank until it is drawn: not a frame later.
    this.paint();
  }

  private paint(): void {
    const { drawn, editor } = this;
    const now = this.toShow();
    const shift =
      this.held && drawn && onlyMoved(drawn, now)
        ? shiftOf(drawn.view, now.view, editor.state.image, editor.stage.screen)
        : null;
    this.shift(shift ?? { x: 0, y: 0 });
    if (shift) return;
    this.paintPicture(now, drawn);
    this.paintBoxes(now);
    this.drawn = now;
  }

  private toShow(): CanvasState {
    const { comments, editor, pointer } = this;
    const { picture, image, state, display, stage } = editor;
    const { view } = stage;
    const drawing = !state.past && (state.tool === "draw" || state.tool === "extreme" || display.cross);
    const crossed = drawing && !state.draft && !state.band;
    const layer = layerFor(picture?.layers ?? [], view.scale * devicePixelRatio);
    return { view, picture, layer, image, state, display, comments, cross: crossed ? pointer : null };
  }

  /** The elements stay, so that the pointer's places do: only their content moves, by whole pixels of the screen. */
  private shift({ x, y }: Point): void {
    const whole = (length: number): string => `${Math.round(length * devicePixelRatio) / devicePixelRatio}px`;
    for (const { style } of [this.canvas, this.ground]) style.objectPosition = `${whole(x)} ${whole(y)}`;
  }

  private paintPicture({ view, picture, image, layer, display, state }: CanvasState, drawn: CanvasState | null): void {
    const { below, editor, ground } = this;
    const filter = [
      display.brightness === 1 && display.contrast === 1
        ? ""
        : `brightness(${display.brightness}) contrast(${display.contrast})`,
      state.past ? PAST_FILTER : "",
    ]
      .filter(Boolean)
      .join(" ");
    if (ground.style.filter !== filter) ground.style.filter = filter;
    if (drawn?.view === view && drawn.picture === picture && drawn.layer === layer && drawn.image === image) return;
    below.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    below.clearRect(0, 0, editor.stage.screen.width, editor.stage.screen.height);
    if (!image) return;
    if (!layer) {
      below.fillStyle = this.colours.shade;
      below.fillRect(view.x, view.y, image.width * view.scale, image.height * view.scale);
      return;
    }
    below.imageSmoothingEnabled = view.scale < SHARP_FROM;
    below.imageSmoothingQuality = layer.scale > view.scale * devicePixelRatio * 2.5 ? "medium" : "low";
    drawPart(below, layer, view, editor.stage.screen, image);
  }

  private paintBoxes({ state, view, display, cross }: CanvasState): void {
    const { context, colours } = this;
    const { screen } = this.editor.stage;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, screen.width, screen.height);
    const classes = byId([...state.classes, ...(state.past?.gone ?? [])]);
    const brush = new Brush(context, classes, colours, screen, view, display);
    if (state.past) return paintPast(brush, state.past);
    const moving = state.draft ? [state.draft, ...(state.draft.also ?? [])] : [];
    const still =
      moving.length > 0
        ? items(state).filter((item) => !moving.some((one) => same(one.what, item.what)))
        : items(state);
    // What is under the pointer is drawn above the rest, and what is selected above that.
    const front: [Item, Emphasis][] = [];
    for (const item of still) {
      const emphasis = emphasisOf(state, item);
      if (emphasis === "none") this.paintItem(brush, state, item, emphasis);
      else front.push([item, emphasis]);
    }
    const order: readonly Emphasis[] = ["hovered", "chosen", "main"];
    for (const wanted of order)
      for (const [item, emphasis] of front) if (emphasis === wanted) this.paintItem(brush, state, item, emphasis);
    for (const one of state.classless) brush.classless(one);
    for (const one of moving) brush.draft(one.class, one.xyxy, moving.length === 1);
    if (state.band) brush.band(state.band);
    const points = [...state.extremes, ...state.clicks];
    if (points.length > 0) brush.points(points, brush.colourOf(state.currentClass));
    if (cross) brush.cross(cross);
  }

  private paintItem(brush: Brush, state: EditorState, item: Item, emphasis: Emphasis): void {
    const comments = item.what.kind === "box" ? (this.comments.get(item.what.id) ?? 0) : 0;
    brush.item(item, emphasis, { locked: isLocked(state, item), comments });
    if (emphasis === "main" && state.also.length === 0 && mayChange(state, item)) brush.handles(item);
  }
}

/** What the step changed lies above the rest, with where it was before. */
function paintPast(brush: Brush, { still, changed, earlier }: Past): void {
  const item = ({ id, class: label, xyxy, flags }: PastItem): Item => ({
    what: { kind: "box", id },
    class: label,
    kind: "drawn",
    xyxy,
    ...(flags && { flags }),
  });
  for (const one of still) brush.item(item(one), "none", PLAIN_ITEM);
  for (const one of earlier) brush.earlier(one.class, one.xyxy);
  for (const one of changed) brush.item(item(one), "main", PLAIN_ITEM);
}

/** Whether nothing but the place of the view changed. */
function onlyMoved(before: CanvasState, now: CanvasState): boolean {
  const keys = Object.keys(now) as (keyof CanvasState)[];
  return keys.every((key) => key === "view" || before[key] === now[key]);
}

function emphasisOf(state: EditorState, item: Item): Emphasis {
  if (same(item.what, state.selection)) return "main";
  if (state.also.length > 0 && isChosen(state, item.what)) return "chosen";
  return same(item.what, state.hover) ? "hovered" : "none";
}

/** Only what is in sight: a browser that draws in software pays for every pixel of the source. */
function drawPart(
  context: CanvasRenderingContext2D,
  layer: Layer,
  view: Viewport,
  screen: { width: number; height: number },
  image: { width: number; height: number },
): void {
  const left = Math.max(0, Math.floor(-view.x / view.scale) - 1);
  const top = Math.max(0, Math.floor(-view.y / view.scale) - 1);
  const right = Math.min(image.width, Math.ceil((screen.width - view.x) / view.scale) + 1);
  const bottom = Math.min(image.height, Math.ceil((screen.height - view.y) / view.scale) + 1);
  if (right <= left || bottom <= top) return;
  // A layer's own two scales: its sides were rounded to whole pixels.
  const fx = layer.bitmap.width / image.width;
  const fy = layer.bitmap.height / image.height;
  const [width, height] = [right - left, bottom - top];
  context.drawImage(
    layer.bitmap,
    left * fx,
    top * fy,
    width * fx,
    height * fy,
    left * view.scale + view.x,
    top * view.scale + view.y,
    width * view.scale,
    height * view.scale,
  );
}
