// What part of the image is seen: the view of the stage, and whether a person chose it.
import type { Xyxy } from "../lib/types";
import type { Point, Size } from "./model/geometry";
import { fitted, LARGE_ENOUGH, panned, shown, zoomedAt, type Viewport } from "./model/viewport";

/** How a selection comes into sight: found where it is, or so large that it can be judged. */
export type Reveal = "find" | "answer";

export class Stage {
  view: Viewport = { scale: 1, x: 0, y: 0 };
  screen: Size = { width: 1, height: 1 };
  private image: Size = { width: 1, height: 1 };
  private chosen = false;

  constructor(private readonly changed: () => void) {}

  /** Another image; one of the same size is seen as the one before was, where a person chose how. */
  open(image: Size): void {
    const keep = this.chosen && this.image.width === image.width && this.image.height === image.height;
    this.image = image;
    if (!keep) this.whole();
  }

  resize(screen: Size): void {
    this.screen = screen;
    if (this.chosen) this.view = panned(this.view, 0, 0, this.image, screen);
    else this.whole();
    this.changed();
  }

  fit(): void {
    this.whole();
    this.changed();
  }

  zoom(factor: number, at: Point = { x: this.screen.width / 2, y: this.screen.height / 2 }): void {
    this.chosen = true;
    this.view = zoomedAt(this.view, at, factor, this.image, this.screen);
    this.changed();
  }

  pan(dx: number, dy: number): void {
    this.chosen = true;
    this.view = panned(this.view, dx, dy, this.image, this.screen);
    this.changed();
  }

  /** Brings a box into sight; whoever asks tells of it. */
  bring(box: Xyxy, reveal: Reveal): void {
    this.view = shown(this.view, box, this.image, this.screen, reveal === "answer" ? LARGE_ENOUGH : 0);
  }

  private whole(): void {
    this.chosen = false;
    this.view = fitted(this.image, this.screen, this.screen.width < 640 ? 8 : 28);
  }
}
