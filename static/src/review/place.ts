// Where a person is in the queue: the address of its filters, the way to an image and back to the same place.
import { at } from "../lib/address";
import type { Filters } from "./client";
import type { Entry } from "./ledger";
import type { ReviewQueue } from "./queue";

const USUAL: Partial<Filters> = { state: "pending", ordering: "-probability" };
const KEY = "labelhub:review-place";
/** So many rows are looked through for the image that somebody comes back from. */
const MOST_ROWS = 2000;

/** The filters as the address says them: what is usual goes without saying. */
export function queryOf(filters: Filters): string {
  const said = Object.entries(filters).filter(
    ([name, value]) => value !== "" && value !== USUAL[name as keyof Filters],
  );
  return new URLSearchParams(said as [string, string][]).toString();
}

export function editorUrl({ suggestion }: Entry, filters: Filters): string {
  const query = queryOf(filters);
  return at(`/images/${suggestion.image.id}/?from=review${query && `&${query}`}#suggestion=${suggestion.id}`);
}

/** The page goes: the place of the focused row is kept, for when that row is answered elsewhere. */
export function keepPlace(queue: ReviewQueue): void {
  const index = queue.focus === null ? 0 : queue.order.indexOf(queue.focus);
  try {
    sessionStorage.setItem(KEY, JSON.stringify([queryOf(queue.filters), index]));
  } catch {
    // A browser that keeps nothing begins at the top.
  }
}

/**
 * Back from the editor (#image=ID): to the first row of that image, or where none is left, to the place that was kept.
 */
export async function findPlace(queue: ReviewQueue, hash: string): Promise<void> {
  const image = Number(/^#image=(\d+)$/.exec(hash)?.[1] ?? NaN);
  if (Number.isNaN(image)) return;
  const there = (): Entry | undefined =>
    [...queue.ledger.values()].find(({ suggestion }) => suggestion.image.id === image);
  while (!there() && !queue.complete && queue.ledger.size < MOST_ROWS) await queue.more();
  const { order } = queue;
  queue.go(there()?.suggestion.id ?? order[Math.min(keptIndex(queue.filters), order.length - 1)]);
}

function keptIndex(filters: Filters): number {
  try {
    const [query, index] = JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as [string?, number?];
    return query === queryOf(filters) && typeof index === "number" ? Math.max(index, 0) : 0;
  } catch {
    return 0;
  }
}
