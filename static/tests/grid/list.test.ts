import { beforeEach, expect, test, vi } from "vitest";
import type { Client, Edit, GridBox, GridPage } from "../../src/grid/client";
import { BoxList } from "../../src/grid/list";
import { doneWords, queryOf } from "../../src/grid/words";

const box = (id: string, mine = true): GridBox => ({
  id,
  class: 1,
  xyxy: [0, 0, 9, 9],
  author: null,
  origin: "person",
  updated_at: "2026-01-01T00:00:00Z",
  image: { id: 1, name: "a.jpg", width: 9, height: 9 },
  crop: [0, 0, 9, 9],
  crop_url: "",
  mine,
});
const done: Edit = { id: 7, state: "done", step: "apply", count: 2, stayed: 0, problem: "" };
const pages: Record<string, GridPage> = {
  "": { total: 4, next: "b", results: [box("a"), box("b")] },
  b: { total: null, next: null, results: [box("c", false), box("d")] },
};
const client = {
  page: vi.fn((_filters: unknown, after: string | null) => Promise.resolve(pages[after ?? ""]!)),
  change: vi.fn<Client["change"]>(() => Promise.resolve(done)),
  undo: vi.fn(() => Promise.resolve(done)),
};
const failed = vi.fn();
let list: BoxList;

beforeEach(async () => {
  vi.clearAllMocks();
  list = new BoxList(client, { class: "1" }, { changed: () => undefined, failed, done: () => undefined });
  await list.load();
  await list.more();
});

test("pages follow one another to the end", () => {
  expect(list.order).toEqual(["a", "b", "c", "d"]);
  expect([list.total, list.complete, list.focus]).toEqual([4, true, "a"]);
});

test("a verb is for the selected boxes that are one's own, and once", async () => {
  list.select(list.order);
  await list.change({ kind: "relabel", to: 2 });
  expect(client.change.mock.calls[0]?.[2].map(({ id }) => id)).toEqual(["a", "b", "d"]);
  expect(list.shown.map(({ became }) => became)).toEqual([2, 2, null, 2]);
  list.select(list.order);
  await list.change({ kind: "delete" });
  expect(client.change).toHaveBeenCalledTimes(1);
});

test("undo asks how the boxes are now, and selects them", async () => {
  list.select(["a", "b"]);
  await list.change({ kind: "delete" });
  await list.undo();
  expect(list.shown.map(({ became }) => became)).toEqual([null, null, null, null]);
  expect([[...list.selected], list.canUndo]).toEqual([["a", "b"], false]);
});

test("what failed changes nothing and says why", async () => {
  client.change.mockResolvedValueOnce({ ...done, state: "failed", problem: "The class is gone." });
  await list.change({ kind: "delete" });
  expect(failed).toHaveBeenCalledWith("The class is gone.");
  expect([list.focused?.became, list.canUndo, list.saving]).toEqual([null, false, false]);
});

test("the address says what is not usual", () => {
  expect(queryOf({ class: "3", order: "-odd", author: "", state: "open" })).toBe("class=3&state=open");
});

test("a change is said with what stayed", () => {
  expect(doneWords({ kind: "delete" }, { ...done, stayed: 1 }, [])).toBe(
    "2 boxes deleted. 1 stayed as it was: somebody had changed it.",
  );
});
