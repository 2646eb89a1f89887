// Where one is among tiles: the focused one, and those that the next verb is for.
import { between } from "./selection";

export const AHEAD = 40; // rows before the end at which more are asked for

export abstract class Cursor<K> {
  focus: K | null = null;
  /** What the next verb is for, where it is more than the focused one. */
  selected: ReadonlySet<K> = new Set();
  protected anchor: K | null = null;

  abstract get order(): readonly K[];
  abstract more(): Promise<void>;
  /** Whoever shows the tiles looks again. */
  protected abstract tell(): void;

  go(id: K | null | undefined): void {
    if (id === null || id === undefined || (id === this.focus && this.selected.size === 0)) return;
    this.selected = new Set();
    this.focus = id;
    this.tell();
  }

  step(by: number, extending = false): void {
    const { order } = this;
    const at = this.focus === null ? 0 : order.indexOf(this.focus) + by;
    const to = order[Math.min(Math.max(at, 0), order.length - 1)];
    if (extending && to !== undefined) {
      this.anchor ??= this.focus;
      this.extend(this.anchor, to);
    } else {
      this.anchor = null;
      this.go(to);
    }
    if (at > order.length - AHEAD) void this.more();
  }

  select(ids: Iterable<K>): void {
    this.selected = new Set(ids);
    this.tell();
  }

  /** From where the focus was to `id`: shift and a press, shift and an arrow, or dragging. */
  extend(from: K | null, id: K): void {
    this.focus = id;
    this.select(between(this.order, from ?? id, id));
  }
}
