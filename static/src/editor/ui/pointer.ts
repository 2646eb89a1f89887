// Mouse, pen and fingers on the canvas, turned into presses, drags, pans and pinches.
import { uuid4 } from "../../lib/uuid";
import type { Painter } from "./painter";
import type { Editor } from "../editor";
import type { Point } from "../model/geometry";
import { itemsAt } from "../model/hitTest";
import { isChosen, reachable } from "../model/state";
import { banded, cursorAt, dragged, gripped, released, type Grip, type Press } from "../model/tools";
import { toImage } from "../model/viewport";

/** From so many pixels of the screen on a press that moves is a drag; a hand that clicks is not that unsteady. */
const FAR = { mouse: 5, touch: 10 };
/** The shortest side of a box that is drawn, in pixels of the screen. */
const LEAST = { mouse: 5, touch: 10 };
const SLACK = { mouse: 3, touch: 8 };
const HANDLE_SLACK = { mouse: 7, touch: 18 };
const HOLD_MS = 500;

interface Gesture {
  readonly pointer: number;
  readonly grip: Grip;
  readonly press: Press;
  readonly start: Point;
  last: Point;
  far: boolean;
}

export class PointerInput {
  private gesture: Gesture | null = null;
  private readonly touches = new Map<number, Point>();
  private spaceHeld = false;
  /** Whoever draws with a pen moves the picture with a finger. */
  private penSeen = false;
  private holdTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly editor: Editor,
    private readonly painter: Painter,
    /** A long press or the right button, on what is now selected. */
    private readonly onHold: () => void,
  ) {
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.lost(event));
    canvas.addEventListener("pointerleave", () => this.left());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => this.menu(event));
    // The middle button would start the browser's own scrolling.
    canvas.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
  }

  get busy(): boolean {
    return this.gesture !== null;
  }

  /** Escape: the gesture never happened. */
  cancel(): void {
    clearTimeout(this.holdTimer);
    this.gesture = null;
    this.painter.carry(false);
    this.editor.setDraft(null);
  }

  holdSpace(held: boolean): void {
    if (this.spaceHeld === held) return;
    this.spaceHeld = held;
    this.canvas.style.cursor = held ? "grab" : "";
  }

  private at(event: { clientX: number; clientY: number }): Point {
    const bounds = this.canvas.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  }

  private pressOf(event: PointerEvent): Press {
    const kind = event.pointerType === "touch" ? "touch" : "mouse";
    const { view } = this.editor.stage;
    return {
      at: toImage(view, this.at(event)),
      slack: SLACK[kind] / view.scale,
      handleSlack: HANDLE_SLACK[kind] / view.scale,
      least: LEAST[kind] / view.scale,
      force: event.shiftKey,
      band: event.ctrlKey || event.metaKey,
    };
  }

  private down(event: PointerEvent): void {
    this.canvas.focus({ preventScroll: true });
    const at = this.at(event);
    if (event.pointerType === "touch") {
      this.touches.set(event.pointerId, at);
      if (this.touches.size > 1) return this.cancel();
    }
    if (this.gesture || event.button > 1 || !this.editor.image) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    const press = this.pressOf(event);
    this.penSeen ||= event.pointerType === "pen";
    const pans = event.button === 1 || this.spaceHeld || (this.penSeen && event.pointerType === "touch");
    if (event.pointerType !== "mouse") this.holdTimer = setTimeout(() => this.hold(at), HOLD_MS);
    const grip: Grip = pans ? { kind: "pan" } : gripped(this.editor.state, press);
    this.gesture = { pointer: event.pointerId, grip, press, start: at, last: at, far: false };
    this.painter.carry(grip.kind === "pan");
    if (grip.kind === "pan" && (pans || this.editor.state.tool === "pan")) this.canvas.style.cursor = "grabbing";
  }

  /** The finger stayed where it is: what lies below is selected, and its classes come up. */
  private hold(at: Point): void {
    if (!this.gesture || this.gesture.far) return;
    this.cancel();
    this.pickForMenu(at, SLACK.touch);
  }

  private menu(event: MouseEvent): void {
    event.preventDefault();
    // On touch screens the browser sends this as well; the timer has answered already.
    if (!(event instanceof PointerEvent) || event.pointerType === "mouse" || event.pointerType === "")
      this.pickForMenu(this.at(event), SLACK.mouse);
  }

  private pickForMenu(at: Point, slack: number): void {
    const { editor } = this;
    const item = itemsAt(reachable(editor.state), toImage(editor.stage.view, at), slack / editor.stage.view.scale)[0];
    if (!item) return;
    if (!isChosen(editor.state, item.what)) editor.select(item.what);
    this.onHold();
  }

  private move(event: PointerEvent): void {
    const at = this.at(event);
    if (this.touches.has(event.pointerId) && this.touches.size > 1) return this.pinch(event.pointerId, at);
    this.painter.pointer = event.pointerType === "touch" ? null : at;
    if (!this.gesture) return this.hoverAt(event);
    if (event.pointerId !== this.gesture.pointer) return;
    const { gesture, editor } = this;
    const threshold = FAR[event.pointerType === "touch" ? "touch" : "mouse"];
    gesture.far ||= Math.hypot(at.x - gesture.start.x, at.y - gesture.start.y) > threshold;
    if (gesture.far) clearTimeout(this.holdTimer);
    const there = toImage(editor.stage.view, at);
    if (gesture.grip.kind === "pan") editor.stage.pan(at.x - gesture.last.x, at.y - gesture.last.y);
    else if (gesture.far)
      editor.setDraft(dragged(editor.state, gesture.grip, there), banded(editor.state, gesture.grip, there));
    gesture.last = at;
  }

  private up(event: PointerEvent): void {
    this.touches.delete(event.pointerId);
    if (this.gesture?.pointer !== event.pointerId) return;
    const { grip, press, far } = this.gesture;
    const { editor } = this;
    clearTimeout(this.holdTimer);
    this.gesture = null;
    this.painter.carry(false);
    const wasPan = grip.kind === "pan" && (far || event.button === 1 || this.spaceHeld);
    const at = toImage(editor.stage.view, this.at(event));
    editor.setDraft(null);
    if (!wasPan) editor.run(released(editor.state, grip, press, at, far, uuid4));
    this.canvas.style.cursor = this.spaceHeld ? "grab" : "";
    if (event.pointerType !== "touch") this.hoverAt(event);
  }

  private lost(event: PointerEvent): void {
    this.touches.delete(event.pointerId);
    if (this.gesture?.pointer === event.pointerId) this.cancel();
  }

  private left(): void {
    this.painter.pointer = null;
    this.editor.setHover(null);
    this.painter.invalidate();
  }

  /** Nothing is pressed: the cursor says what a press would do, and the smallest item lights up. */
  private hoverAt(event: PointerEvent): void {
    if (event.pointerType === "touch") return;
    const { editor } = this;
    const press = this.pressOf(event);
    this.canvas.style.cursor = this.spaceHeld ? "grab" : cursorAt(editor.state, press);
    const { tool } = editor.state;
    const points = tool === "select" || tool === "band";
    editor.setHover(points ? (itemsAt(reachable(editor.state), press.at, press.slack)[0]?.what ?? null) : null);
    if (!points || editor.display.cross) this.painter.invalidate();
  }

  private pinch(pointer: number, at: Point): void {
    const before = this.touches.get(pointer);
    const other = [...this.touches].find(([id]) => id !== pointer)?.[1];
    this.touches.set(pointer, at);
    if (!before || !other) return;
    const spread = (point: Point): number => Math.max(Math.hypot(point.x - other.x, point.y - other.y), 1);
    this.editor.stage.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    this.editor.stage.zoom(spread(at) / spread(before), { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
    // Trackpads report a pinch as a wheel with Ctrl and far smaller steps.
    const speed = event.ctrlKey ? 0.01 : 0.0016;
    this.editor.stage.zoom(Math.exp(-event.deltaY * lines * speed), this.at(event));
  }
}
