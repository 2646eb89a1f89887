// The list that a person walks: its order, its counter, and what happens to an image that is not of it.
import { afterEach, describe, expect, test, vi } from "vitest";
import { neighboursOf, Walk } from "../../../src/editor/model/walk";
import { addressOf, backTo, walkOf, type WalkAddress } from "../../../src/editor/sync/walks";
import { image } from "../../make";

const walk = new Walk([31, 5, 12]);

test.each<[number, number | null, number | null, number | null]>([
  [31, null, 5, 1],
  [5, 31, 12, 2],
  [12, 5, null, 3],
  [7, null, 31, null],
])("around %d are %s and %s, at place %s of 3", (id, previous, next, position) => {
  expect(walk.around(id)).toEqual({ previous, next, position, total: 3 });
});

test("without a list the dataset is walked", () => {
  const here = image({ id: 12, previous: 11, next: 13, position: 6, total: 39 });
  expect(neighboursOf(here, null)).toMatchObject({ previous: 11, next: 13, position: 6, total: 39 });
  expect(neighboursOf(here, walk)).toMatchObject({ previous: 5, next: null, position: 3, total: 3 });
});

const came: WalkAddress = {
  from: "images",
  search: "?from=images&state=boxes&order=-name",
  order: "/api/projects/2/gallery/?state=boxes&order=-name",
  back: "/projects/2/images/?state=boxes&order=-name",
};

test("the address keeps the list", () => {
  expect(addressOf(5, came)).toBe("/images/5/?from=images&state=boxes&order=-name");
});

const none: WalkAddress = { from: "", search: "", order: "", back: "/projects/2/images/?dataset=3" };
test.each<[string, WalkAddress, string, string]>([
  ["to the image in the list", came, "https://hub/projects/2/", "/projects/2/images/?state=boxes&order=-name#image=5"],
  ["to the page before where there is no list", none, "https://hub/runs/7/similar/?p=2", "/runs/7/similar/?p=2"],
  ["to the dataset from another image", none, "https://hub/images/4/", none.back],
  ["to the dataset after signing in", none, "https://hub/accounts/login/?next=/", none.back],
  ["to the dataset from another site", none, "https://hub.example.org/x", none.back],
  ["to the dataset without a page before", none, "", none.back],
])("back leads %s", (_name, from, referrer, expected) => {
  expect(backTo(5, from, referrer, "https://hub")).toBe(expected);
});

describe("the list", () => {
  const store = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
  };
  const answers = (...stretches: [number, number][][]) => {
    const fetch = vi.fn();
    for (const one of stretches) fetch.mockResolvedValueOnce(new Response(JSON.stringify({ stretches: one })));
    vi.stubGlobal("fetch", fetch);
    return fetch;
  };
  afterEach(() => vi.unstubAllGlobals());

  test("is the same after a reload, though an image is drawn on and would not be found again", async () => {
    const fetch = answers([[5, 3]], [[6, 2]]);
    const kept = store();
    expect((await walkOf(came, 5, false, kept))?.ids).toEqual([5, 6, 7]);
    expect((await walkOf(came, 5, true, kept))?.ids).toEqual([5, 6, 7]);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test("is the list of now for who comes anew", async () => {
    answers([[5, 3]], [[6, 2]]);
    const kept = store();
    await walkOf(came, 5, false, kept);
    expect((await walkOf(came, 6, false, kept))?.ids).toEqual([6, 7]);
  });

  test("is empty until it is there: nobody goes to an image that is not of it", () => {
    expect(new Walk([]).around(5)).toEqual({ previous: null, next: null, position: null, total: 0 });
  });

  test("is none without one in the address", async () => {
    expect(await walkOf({ ...came, order: "" }, 5, false, store())).toBeNull();
  });
});
