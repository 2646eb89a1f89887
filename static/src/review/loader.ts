// Loads the rows of one list of suggestions: page by page, or in the order that was ranked once; and what the runs
// dropped.
import type { ListedSuggestion } from "../lib/types";
import type { Client, Filters } from "./client";

const PART = 100; // rows asked for by their ids at once
const MOST_DROPPED = 1000;

export class Loader {
  complete = false;
  private page = 1;
  private ids: readonly number[] | null = null;
  private last: ListedSuggestion | null = null;
  /** Dropped finds are there from this probability on. */
  private droppedFrom = Infinity;

  constructor(
    private readonly client: Client,
    private readonly filters: Filters,
  ) {}

  next(known: ReadonlyMap<number, unknown>): Promise<readonly ListedSuggestion[]> {
    return this.filters.ordering === "useful" && this.filters.state === "pending"
      ? this.nextRanked()
      : this.nextPage(known);
  }

  private async nextPage(known: ReadonlyMap<number, unknown>): Promise<readonly ListedSuggestion[]> {
    const found = await this.client.page(this.filters, this.last, this.page);
    this.complete = found.next === null;
    const end = found.results.at(-1) ?? this.last;
    const stuck = end !== null && end.probability === this.last?.probability;
    const nothingNew = found.results.every((row) => known.has(row.id));
    this.page = stuck || nothingNew ? this.page + 1 : 1;
    if (!stuck) this.last = end;
    return found.results;
  }

  private async nextRanked(): Promise<readonly ListedSuggestion[]> {
    const ids = this.ids ?? (await this.client.order(this.filters));
    const rows = ids.length > 0 ? await this.client.these(ids.slice(0, PART)) : [];
    this.ids = ids.slice(PART);
    this.complete = this.ids.length === 0;
    return rows;
  }

  /** What the runs dropped that is at least so probable, the most probable first; nothing where it is there already. */
  async dropped(least: number): Promise<readonly ListedSuggestion[]> {
    if (least >= this.droppedFrom || this.filters.state !== "pending") return [];
    this.droppedFrom = least;
    const rows: ListedSuggestion[] = [];
    for (let page = 1; rows.length < MOST_DROPPED; page += 1) {
      const found = await this.client.dropped(this.filters, least, page);
      rows.push(...found.results);
      if (found.next === null) break;
    }
    return rows;
  }
}
