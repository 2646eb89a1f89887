// What is known of single images: asked for once, by the handful, when they come into sight.
import { request } from "../lib/api";

export type Mark = readonly [label: number, x1: number, y1: number, x2: number, y2: number];

export interface Row {
  readonly id: number;
  readonly name: string;
  /** "" for none. */
  readonly split_name: string;
  readonly boxes: number;
  readonly suggestions: number;
  readonly complete: number;
  readonly assignee: string | null;
  readonly width: number;
  readonly height: number;
  /** Boxes of people, and suggestions that wait: the class, and the corners as parts of the image's sides. */
  readonly drawn: readonly Mark[];
  readonly suggested: readonly Mark[];
}

const AT_ONCE = 200;
const WAIT_MS = 50;
const AGAIN_MS = 3000;

export class RowStore {
  private readonly known = new Map<number, Row>();
  private readonly asked = new Set<number>();
  private wanted: readonly number[] = [];
  private timer = 0;

  constructor(
    private readonly url: string,
    private readonly arrived: () => void,
  ) {}

  get(id: number): Row | undefined {
    return this.known.get(id);
  }

  /** What is in sight now; what a quick scroll passed is not asked for. */
  want(ids: readonly number[]): void {
    this.wanted = ids.filter((id) => !this.known.has(id) && !this.asked.has(id));
    clearTimeout(this.timer);
    if (this.wanted.length > 0) this.timer = window.setTimeout(() => void this.ask(), WAIT_MS);
  }

  /** These have changed. */
  forget(ids: Iterable<number>): void {
    for (const id of ids) this.known.delete(id);
  }

  private async ask(): Promise<void> {
    const ids = this.wanted.slice(0, AT_ONCE);
    for (const id of ids) this.asked.add(id);
    try {
      const rows = await request<Row[]>("GET", `${this.url}?ids=${ids.join(",")}`);
      for (const row of rows) this.known.set(row.id, row);
      for (const id of ids) this.asked.delete(id);
      this.arrived();
    } catch {
      // The pictures show all the same; their numbers are asked for again with the next scroll.
      setTimeout(() => ids.forEach((id) => this.asked.delete(id)), AGAIN_MS);
    }
  }
}
