// A long list of rows of one height: only those in sight are in the document, the rest is room above and below.
import { Rows } from "../lib/dom";

interface Row<T> {
  readonly element: HTMLElement;
  readonly update: (item: T) => void;
}

/** So few rows are simply all there. */
const FEW = 60;
const BEYOND = 10;
/** Until a row was measured. */
const USUAL_HEIGHT = 30;

/**
 * Which rows are in sight, with some beyond: from `first` to before `end`. `top` and `bottom` are of the sight, from
 * the list's beginning.
 */
export function visibleRows(
  count: number,
  height: number,
  top: number,
  bottom: number,
): { readonly first: number; readonly end: number } {
  if (count <= FEW) return { first: 0, end: count };
  const first = Math.max(0, Math.min(Math.floor(top / height), count) - BEYOND);
  return { first, end: Math.max(first, Math.min(count, Math.ceil(bottom / height) + BEYOND)) };
}

export class WindowedRows<T, K extends string | number> {
  private readonly rows: Rows<T, K>;
  private items: readonly T[] = [];
  private height = USUAL_HEIGHT;

  /** `list` scrolls by itself, or with `frame` around it. */
  constructor(
    private readonly list: HTMLElement,
    private readonly frame: HTMLElement,
    private readonly keyOf: (item: T) => K,
    create: (item: T) => Row<T>,
  ) {
    this.rows = new Rows(list, keyOf, create);
    for (const scroller of [list, frame]) scroller.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(frame);
  }

  show(items: readonly T[]): void {
    this.items = items;
    this.draw();
  }

  /** Scrolls as little as brings the row into sight. */
  reveal(key: K): void {
    const index = this.items.findIndex((item) => this.keyOf(item) === key);
    if (index < 0) return;
    if (!this.rows.element(key)) {
      // Far away: to where it will be, and drawn there.
      const room = this.list.scrollHeight > this.list.clientHeight ? this.list : this.frame;
      const start = room === this.list ? 0 : this.list.offsetTop;
      room.scrollTop = start + (index + 0.5) * this.height - room.clientHeight / 2;
      this.draw();
    }
    this.rows.element(key)?.scrollIntoView({ block: "nearest" });
  }

  private draw(): void {
    const { items, list } = this;
    const own = list.getBoundingClientRect();
    const around = this.frame.getBoundingClientRect();
    const start = own.top - list.scrollTop;
    const part = visibleRows(
      items.length,
      this.height,
      Math.max(own.top, around.top) - start,
      Math.min(own.bottom, around.bottom) - start,
    );
    this.rows.show(items.slice(part.first, part.end));
    // The style sheet makes room of these before and after the rows; padding would keep the list from shrinking.
    list.style.setProperty("--above", `${part.first * this.height}px`);
    list.style.setProperty("--below", `${(items.length - part.end) * this.height}px`);
    const measured = list.firstElementChild?.getBoundingClientRect().height ?? 0;
    if (measured > 0 && Math.abs(measured - this.height) > 0.5) {
      this.height = measured;
      this.draw();
    }
  }
}
