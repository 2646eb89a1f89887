import { describe, expect, it, test } from "vitest";
import type { Xyxy } from "../../src/lib/types";
import * as found from "../../src/search/results";
import type { Match, Results } from "../../src/search/results";
import type { SearchRun } from "../../src/search/runLine";

const CAT = 1;
const DOG = 2;
const BOX: Xyxy = [10, 10, 30, 30];
const FITTED: Xyxy = [12, 12, 28, 28];
const MOUSE = { shift: false, late: false };
const FINGER = { shift: false, late: true };
const SHIFT = { shift: true, late: false };

const run = (part: Partial<SearchRun> = {}): SearchRun => ({
  id: 7,
  state: "done",
  percent: 100,
  queue_position: null,
  error: null,
  ...part,
});
const match = (index: number, boxed: number[] = []): Match => ({
  index,
  image: { id: index, name: `${index}.jpg`, width: 64, height: 48, url: "", thumb_url: "" } as Match["image"],
  xyxy: BOX,
  crop: [0, 0, 40, 40],
  similarity: 0.9,
  boxed,
  crop_url: "",
});
const [one, two, three, cat] = [match(1), match(2), match(3), match(4, [CAT])] as const;
const results = found.loaded(found.begun(run(), CAT), [two, one, cat, three]);
const list = ({ choice }: Results): number[] => [...choice.chosen].sort();

describe("choosing", () => {
  test.each([
    ["a mouse, on its way down", found.pressed(results, one, MOUSE), [1]],
    ["a mouse, not again with its click", found.clicked(found.pressed(results, one, MOUSE), one, MOUSE), [1]],
    ["a finger, not on its way down", found.pressed(results, one, FINGER), []],
    ["a finger or a key, with the click", found.clicked(results, one, FINGER), [1]],
    ["twice is out again", found.clicked(found.clicked(results, one, FINGER), one, FINGER), []],
    ["a stroke over many", found.passed(found.passed(found.pressed(results, two, MOUSE), one), three), [1, 2, 3]],
    ["no stroke, no choice", found.passed(results, one), []],
    ["nothing after the stroke ends", found.passed(found.released(found.pressed(results, two, MOUSE)), one), [2]],
    [
      "a range with Shift, in the order shown",
      found.clicked(found.pressed(results, two, MOUSE), three, SHIFT),
      [1, 2, 3],
    ],
    ["what has a box of this class, by nothing", found.clicked(found.pressed(results, cat, MOUSE), cat, FINGER), []],
    ["all but what has one", found.chosenAll(results), [1, 2, 3]],
    ["none", found.chosenNone(found.chosenAll(results)), []],
  ])("%s", (_name, after, expected) => expect(list(after)).toEqual(expected));

  it("puts out with a stroke that began on a chosen one", () => {
    const all = found.chosenAll(results);
    expect(list(found.passed(found.pressed(all, two, MOUSE), one))).toEqual([3]);
  });

  it("goes by the class: another one's boxes may be made there, and its own no more", () => {
    const dogs = found.chosenAll(found.labelled(results, DOG));
    expect(list(dogs)).toEqual([1, 2, 3, 4]);
    expect(list(found.labelled(dogs, CAT))).toEqual([1, 2, 3]);
  });

  it("lets go of what got a box meanwhile", () =>
    expect(list(found.loaded(found.chosenAll(results), [match(1, [CAT]), two]))).toEqual([2]));
});

describe("adjusting", () => {
  it("chooses what is fitted, and sends its corners alone", () => {
    const after = found.adjusted(found.pressed(results, one, MOUSE), two, FITTED, true);
    expect(found.cornersOf(after, two)).toEqual(FITTED);
    expect(found.cornersOf(after, one)).toEqual(BOX);
    expect(found.newBoxes(after)).toEqual({ items: [1, 2], label: CAT, corners: { 2: FITTED } });
  });

  it("keeps the corners of what is no longer chosen to itself", () => {
    const after = found.clicked(found.adjusted(results, two, FITTED, true), two, FINGER);
    expect(found.newBoxes(found.clicked(after, one, FINGER))).toEqual({ items: [1], label: CAT, corners: {} });
  });

  it("chooses nothing that has a box, or where none can be made", () => {
    expect(list(found.adjusted(results, cat, FITTED, true))).toEqual([]);
    expect(list(found.adjusted(results, one, FITTED, false))).toEqual([]);
  });
});

describe("the page", () => {
  const view = found.viewOf(results);
  test.each<[string, Results, Partial<found.View>]>([
    ["is at work", found.begun(run({ state: "running", percent: 40 }), CAT), { live: true, percent: 40, total: "" }],
    ["is done and not loaded", found.begun(run(), CAT), { live: false, total: "", empty: false, line: "Loading…" }],
    ["found nothing", found.loaded(found.begun(run(), CAT), []), { total: "0", empty: true }],
    ["has matches", results, { total: "4", empty: false, chosen: "", canAdd: false }],
    ["has chosen ones", found.chosenAll(results), { chosen: "3 chosen", canAdd: true }],
    ["has no class to make", found.chosenAll(found.labelled(results, null)), { chosen: "4 chosen", canAdd: false }],
  ])("%s", (_name, state, expected) => expect(found.viewOf(state)).toMatchObject(expected));

  it("asks for nothing where nothing is chosen", () =>
    expect([view.canAdd, found.newBoxes(results)]).toEqual([false, null]));

  test.each([
    [1, 0, "1 box added."],
    [3, 0, "3 boxes added."],
    [2, 1, "2 boxes added. 1 place had one already."],
    [0, 2, "0 boxes added. 2 places had one already."],
  ])("%i made, %i left out", (added, leftOut, text) => expect(found.addedText(added, leftOut)).toBe(text));
});
