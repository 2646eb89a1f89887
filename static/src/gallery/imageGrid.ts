// The endless grid: only what is in sight is in the document; the page's own scroll bar moves through all of it.
import { heightOf, visible, stepOf } from "./layout";
import type { Grid } from "./layout";
import type { RowStore } from "./rows";
import type { Selection } from "./selection";
import type { Copy } from "./order";
import { need } from "../lib/dom";
import { thumb } from "./thumb";
import type { Thumb, ThumbClass } from "./thumb";

export class ImageGrid {
  order: readonly number[] = [];
  private copies: readonly Copy[] = [];
  grid: Grid = { columns: 1, count: 0, width: 1, height: 1, gap: 0 };
  private active = 0;
  private readonly thumbs = new Map<number, Thumb>();

  constructor(
    readonly frame: HTMLElement,
    readonly list: HTMLElement,
    private readonly rows: RowStore,
    private readonly selection: Selection,
    private readonly options: { mayChoose: boolean; classes: readonly ThumbClass[]; query: string },
  ) {
    list.addEventListener("focusin", (event) => {
      const index = this.indexOf(event.target as Element);
      if (index !== null) this.active = index;
    });
  }

  show(order: readonly number[], copies: readonly Copy[] = []): void {
    this.order = order;
    this.copies = copies;
    this.active = Math.min(this.active, Math.max(0, order.length - 1));
    this.measure();
  }

  /** Columns are the style sheet's affair: it lays out a few cells, and here they are read off. */
  measure(): void {
    if (this.order.length === 0) {
      this.list.replaceChildren();
      this.thumbs.clear();
      this.frame.style.height = "";
      return;
    }
    if (this.thumbs.size === 0) this.fill(0, Math.min(this.order.length, 40));
    const style = getComputedStyle(this.list);
    const columns = style.gridTemplateColumns.split(" ").length;
    const gap = parseFloat(style.rowGap) || 0;
    const cell = need(":scope > *", this.list).getBoundingClientRect();
    this.grid = { columns, count: this.order.length, width: cell.width + gap, height: cell.height + gap, gap };
    this.frame.style.height = `${heightOf(this.grid)}px`;
    this.draw();
  }

  draw(): void {
    if (this.order.length === 0) return;
    const shown = visible(this.grid, -this.frame.getBoundingClientRect().top, innerHeight);
    this.list.style.transform = `translateY(${shown.top}px)`;
    this.fill(shown.first, shown.end);
    this.rows.want(this.order.slice(shown.first, shown.end));
  }

  indexOf(target: Element): number | null {
    const id = Number(target.closest<HTMLElement>("[data-id]")?.dataset.id ?? NaN);
    const index = this.order.indexOf(id);
    return index < 0 ? null : index;
  }

  /** A key that moves through the images; true when it did. */
  key(event: KeyboardEvent): boolean {
    const to = stepOf(event.key, this.active, this.grid, innerHeight);
    if (to === null) return false;
    if (event.shiftKey && this.options.mayChoose) this.selection.reach(this.order, to);
    this.focus(to);
    return true;
  }

  focus(index: number): void {
    this.active = index;
    const top = Math.floor(index / this.grid.columns) * this.grid.height;
    const frameTop = this.frame.getBoundingClientRect().top;
    const above = this.grid.height / 2; // what sticks to the window's edges covers no focused image
    if (frameTop + top < above) scrollBy(0, frameTop + top - above);
    else if (frameTop + top + this.grid.height > innerHeight - above)
      scrollBy(0, frameTop + top + this.grid.height - innerHeight + above);
    this.draw();
    const id = this.order[index];
    if (id !== undefined) this.thumbs.get(id)?.link.focus({ preventScroll: true });
  }

  get activeIndex(): number {
    return this.active;
  }

  private fill(first: number, end: number): void {
    const ids = this.order.slice(first, end);
    const wanted = new Set(ids);
    for (const [id, { element }] of this.thumbs) {
      if (wanted.has(id)) continue;
      element.remove();
      this.thumbs.delete(id);
    }
    if (this.thumbs.size === 0) this.list.replaceChildren(); // what the server drew, the first time
    const reachable = this.active >= first && this.active < end ? this.active : first;
    ids.forEach((id, n) => {
      let made = this.thumbs.get(id);
      if (!made)
        this.thumbs.set(id, (made = thumb(id, this.options.mayChoose, this.options.classes, this.options.query)));
      made.tell(this.rows.get(id));
      made.choose(this.selection.ids.has(id));
      made.place(first + n, this.order.length, first + n === reachable, this.copies[first + n]);
      const there = this.list.children[n];
      if (there !== made.element) this.list.insertBefore(made.element, there ?? null);
    });
  }
}
