// Which images are chosen: a set of ids, and the place that a range starts from.

export class Selection {
  readonly ids = new Set<number>();
  private anchor = 0;

  constructor(private readonly changed: () => void) {}

  toggle(order: readonly number[], index: number): void {
    const id = order[index];
    if (id === undefined) return;
    if (!this.ids.delete(id)) this.ids.add(id);
    this.anchor = index;
    this.changed();
  }

  /** Adds all from where the last choice was made up to `index`. */
  reach(order: readonly number[], index: number): void {
    const [from, to] = [Math.min(this.anchor, index), Math.max(this.anchor, index)];
    for (const id of order.slice(from, to + 1)) this.ids.add(id);
    this.changed();
  }

  set(ids: Iterable<number>): void {
    this.ids.clear();
    for (const id of ids) this.ids.add(id);
    this.changed();
  }

  /** From here on ranges start at `index`. */
  startAt(index: number): void {
    this.anchor = index;
  }
}
