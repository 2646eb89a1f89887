import { beforeEach, expect, test, vi } from "vitest";
import { ApiError, Unreachable } from "../../src/lib/api";
import type { Page } from "../../src/lib/types";
import type { Client, LabelError, SeenError } from "../../src/labelErrors/client";
import { ErrorList } from "../../src/labelErrors/list";
import { labelError } from "../make";

const page = (results: LabelError[]): Page<LabelError> => ({
  count: results.length,
  next: null,
  previous: null,
  results,
});
const counts = { wrong_class: 4, spurious: 0, missing: 0, loose: 0 };
const answer = vi.fn<Client["answer"]>();
const client = {
  page: vi.fn(() => Promise.resolve(page([1, 2, 3, 4].map((id) => labelError({ id }))))),
  counts: vi.fn(() => Promise.resolve(counts)),
  answer,
};
const failed = vi.fn();
let list: ErrorList;

const now = (): unknown[] => list.shown.map(({ became }) => became);
const settled = (): Promise<void> => vi.waitFor(() => expect(list.sending).toBe(0));
const newer = (items: readonly SeenError[]): SeenError[] =>
  items.map(({ id, version }) => ({ id, version: version + 1 }));

beforeEach(async () => {
  vi.clearAllMocks();
  answer.mockImplementation((_verb, items) => Promise.resolve(newer(items)));
  list = new ErrorList(client, { class: "", kind: "" }, { changed: () => undefined, failed });
  await list.load();
});

test("each answer goes on to the next, and after the last to what was skipped", () => {
  list.skip();
  list.answer("fix");
  list.answer("keep");
  list.answer("fix");
  expect(now()).toEqual([null, "fixed", "right", "fixed"]);
  expect([list.focus, list.done]).toEqual([1, false]);
  list.answer("keep");
  expect([list.done, list.tally]).toEqual([true, { fixed: 2, right: 2 }]);
});

test("undo names the version that the answer made", async () => {
  list.answer("fix");
  list.undo();
  await settled();
  expect(answer.mock.calls.map(([verb, items]) => [verb, items[0]?.version])).toEqual([
    ["fix", 1],
    ["reopen", 2],
  ]);
  expect([now()[0], list.focus, list.canUndo]).toEqual([null, 1, false]);
});

test("many are answered and undone as one", async () => {
  list.select([1, 2, 4]);
  list.answer("keep");
  expect(now()).toEqual(["right", "right", null, "right"]);
  expect([list.undoes(2), list.undoes(3)]).toEqual([true, false]);
  list.undo();
  await settled();
  expect([now(), [...list.selected]]).toEqual([
    [null, null, null, null],
    [1, 2, 4],
  ]);
});

test("of many the one that changed meanwhile is found, and the others are answered", async () => {
  answer.mockImplementation((_verb, items) =>
    items.some(({ id }) => id === 3)
      ? Promise.reject(new ApiError(409, "stale", "Somebody changed it.", null))
      : Promise.resolve(newer(items)),
  );
  list.select(list.order);
  list.answer("fix");
  await settled();
  expect(now()).toEqual(["fixed", "fixed", "overtaken", "fixed"]);
  expect(failed).toHaveBeenCalledOnce();
});

test("undo passes over what somebody else changed", async () => {
  list.answer("fix");
  await settled();
  answer.mockRejectedValueOnce(new ApiError(409, "stale", "Somebody changed it.", null));
  list.answer("keep");
  await settled();
  expect(now()).toEqual(["fixed", "overtaken", null, null]);
  list.undo();
  expect(now()).toEqual([null, "overtaken", null, null]);
});

test("what does not arrive still waits", async () => {
  answer.mockRejectedValue(new Unreachable("away"));
  list.answer("fix");
  await settled();
  expect([now()[0], list.canUndo, failed.mock.calls]).toEqual([null, false, [["The server cannot be reached."]]]);
});

test("an answered one is not answered again", () => {
  list.answer("fix", 1);
  list.answer("keep", 1);
  expect(answer.mock.calls.length + list.sending).toBe(1);
});
