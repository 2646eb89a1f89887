// Where a person is in the queue: the address of its filters, the way to an image and back to the same place.
import { at } from "../lib/address";
import type { Filters } from "./client";
import { isOpen, type Entry, type Ledger } from "./ledger";
import type { ReviewQueue } from "./queue";

type KeptPlace = Pick<ReviewQueue, "focus" | "order" | "filters"> & { readonly ledger: Ledger };

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

/** What a person chooses in one list: a run by its id, or an import by "batch-" and its batch's; nothing for all. */
export function sourceOf(chosen: string): Pick<Filters, "run" | "batch"> {
  const [, batch] = /^batch-(\d+)$/.exec(chosen) ?? [];
  return batch === undefined ? { run: chosen, batch: "" } : { run: "", batch };
}

/** The other way round. */
export const choiceOf = ({ run, batch }: Filters): string => (batch === "" ? run : `batch-${batch}`);

export function editorUrl({ suggestion }: Entry, filters: Filters): string {
  const query = queryOf(filters);
  return at(`/images/${suggestion.image.id}/?from=review${query && `&${query}`}#suggestion=${suggestion.id}`);
}

/** The focused row, and how many that wait come before it: its place, for when it is answered meanwhile. */
export interface Place {
  readonly query: string;
  readonly id: number;
  readonly before: number;
}

export function placeOf({ focus, order, ledger, filters }: KeptPlace): Place | null {
  if (focus === null) return null;
  const waiting = order.slice(0, order.indexOf(focus)).filter((id) => isOpen(ledger.get(id)?.wanted ?? "withdrawn"));
  return { query: queryOf(filters), id: focus, before: waiting.length };
}

/** The page goes: its place is kept. */
export function keepPlace(queue: ReviewQueue): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(placeOf(queue)));
  } catch {
    // A browser that keeps nothing begins at the top.
  }
}

/**
 * Back from the editor by its arrow (#image=ID): to the first row of that image. By the browser's own, or after a
 * reload: to the row that had the focus. Where it is no longer in the list, to the place that was kept.
 */
export async function findPlace(queue: ReviewQueue, hash: string, isReturn: boolean): Promise<void> {
  const named = /^#image=(\d+)$/.exec(hash);
  if (!named && !isReturn) return;
  const kept = keptPlace(queue.filters);
  const there = (): number | undefined =>
    named
      ? [...queue.ledger.values()].find(({ suggestion }) => suggestion.image.id === Number(named[1]))?.suggestion.id
      : queue.ledger.has(kept?.id ?? 0)
        ? kept?.id
        : undefined;
  while (there() === undefined && !queue.complete && queue.ledger.size < MOST_ROWS) await queue.more();
  const { order } = queue;
  queue.go(there() ?? order[Math.min(kept?.before ?? 0, order.length - 1)]);
}

/** Whether the browser shows the page again that it was on: by Back, Forward or a reload. */
export function isReturn(): boolean {
  const [entry] = performance.getEntriesByType("navigation");
  return entry instanceof PerformanceNavigationTiming && entry.type !== "navigate";
}

function keptPlace(filters: Filters): Place | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Place | null;
    return kept?.query === queryOf(filters) ? kept : null;
  } catch {
    return null;
  }
}
