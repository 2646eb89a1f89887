import { beforeEach, expect, test, vi } from "vitest";
import type { Filters } from "../../src/review/client";
import * as ledgers from "../../src/review/ledger";
import type { Ledger } from "../../src/review/ledger";
import { choiceOf, findPlace, keepPlace, placeOf, queryOf, sourceOf } from "../../src/review/place";
import type { ReviewQueue } from "../../src/review/queue";
import { suggestion } from "../make";

const FILTERS: Filters = { class: "", run: "", batch: "", state: "pending", ordering: "-probability" };

/** A queue whose further rows come a page of three at a time; a row's image has ten times its id. */
class Queue {
  ledger: Ledger = new Map();
  focus: number | null = null;
  filters = FILTERS;
  constructor(private readonly rows: readonly number[]) {
    void this.more();
    this.focus = rows[0] ?? null;
  }
  get order(): readonly number[] {
    return [...this.ledger.keys()];
  }
  get complete(): boolean {
    return this.ledger.size === this.rows.length;
  }
  more(): Promise<void> {
    const next = this.rows.slice(this.ledger.size, this.ledger.size + 3);
    const row = (id: number) => ({
      ...suggestion(id),
      image: { id: id * 10, name: `${id}.jpg`, width: 200, height: 100 },
      crop: [50, 50, 100, 100] as const,
    });
    this.ledger = ledgers.listed(this.ledger, next.map(row));
    return Promise.resolve();
  }
  go(id: number | undefined): void {
    this.focus = id ?? this.focus;
  }
  get real(): ReviewQueue {
    return this as unknown as ReviewQueue;
  }
}

beforeEach(() => {
  const kept = new Map<string, string>();
  const getItem = (key: string): string | null => kept.get(key) ?? null;
  vi.stubGlobal("sessionStorage", { getItem, setItem: (key: string, value: string) => kept.set(key, value) });
});

/** A person looks at `at`, has answered `decided`, goes, and comes to a queue of `rows`. */
async function comeBack(at: number, decided: number[], rows: number[], hash = "", isReturn = true): Promise<unknown> {
  const left = new Queue([1, 2, 3, 4, 5, 6, 7]);
  while (!left.complete) await left.more();
  left.ledger = ledgers.decided(left.ledger, decided, "accepted");
  left.focus = at;
  keepPlace(left.real);
  const found = new Queue(rows);
  await findPlace(found.real, hash, isReturn);
  return found.focus;
}

test.each<[string, number, number[], number[], string, boolean, number]>([
  ["the row that had the focus, past the first page", 5, [], [1, 2, 3, 4, 5, 6, 7], "", true, 5],
  ["with answered rows before it gone", 5, [1, 2], [3, 4, 5, 6, 7], "", true, 5],
  ["the next one where it was answered meanwhile", 5, [1, 2], [3, 4, 6, 7], "", true, 6],
  ["the last one where nothing comes after it", 7, [], [1, 2], "", true, 2],
  ["the image that the editor was left from", 5, [], [1, 2, 3, 4, 5, 6, 7], "#image=60", false, 6],
  ["the first one on a visit of its own", 5, [], [1, 2, 3, 4, 5, 6, 7], "", false, 1],
])("back leads to %s", async (_name, at, decided, rows, hash, isReturn, to) => {
  expect(await comeBack(at, decided, rows, hash, isReturn)).toBe(to);
});

test("the place of other filters is not this list's", async () => {
  const left = new Queue([1, 2, 3]);
  left.focus = 3;
  left.filters = { ...FILTERS, state: "rejected" };
  keepPlace(left.real);
  const found = new Queue([1, 2, 3]);
  await findPlace(found.real, "", true);
  expect(found.focus).toBe(1);
});

test("an empty queue has no place", () => {
  expect(placeOf(new Queue([]).real)).toBeNull();
});

test.each([
  ["", "", ""],
  ["12", "12", ""],
  ["batch-7", "", "7"],
])("%j in the list of runs and imports is run %j or batch %j, and back", (chosen, run, batch) => {
  expect(sourceOf(chosen)).toEqual({ run, batch });
  expect(choiceOf({ ...FILTERS, run, batch })).toBe(chosen);
});

test("the address keeps an import", () => {
  expect(queryOf({ ...FILTERS, batch: "7" })).toBe("batch=7");
});
