import { describe, expect, it } from "vitest";
import { asked, parsed, spelled, type ModelChoice } from "../../src/editor/ui/detectionChoice";
import { all, kept, NONE, ranged, set, toggled } from "../../src/search/choice";

const ORDER = [4, 2, 7, 1];
const list = (choice: { chosen: ReadonlySet<number> }): number[] => [...choice.chosen].sort();

describe("choosing tiles", () => {
  it("takes one in and out again", () => {
    expect(list(toggled(NONE, 2))).toEqual([2]);
    expect(list(toggled(toggled(NONE, 2), 2))).toEqual([]);
  });
  it("takes a range in the order that is shown, either way", () => {
    expect(list(ranged(toggled(NONE, 2), 1, ORDER))).toEqual([1, 2, 7]);
    expect(list(ranged(toggled(NONE, 1), 2, ORDER))).toEqual([1, 2, 7]);
  });
  it("begins a range where there is nothing to begin from", () => expect(list(ranged(NONE, 7, ORDER))).toEqual([7]));
  it("goes on with a stroke whatever was there", () =>
    expect(list(set(set(toggled(NONE, 4), 4, true), 2, true))).toEqual([2, 4]));
  it("lets go of what can no longer be chosen", () => expect(list(kept(all(ORDER), [7, 1]))).toEqual([1, 7]));
});

describe("the model for one image", () => {
  const choices: ModelChoice[] = [
    { kind: "class" },
    { kind: "current" },
    { kind: "version", id: 3 },
    { kind: "model", id: 12 },
    { kind: "detector", name: "yolo26n" },
  ];
  it.each(choices)("is remembered as it was: %o", (choice) => expect(parsed(spelled(choice))).toEqual(choice));
  it.each(["", "model:", "model:x", "class:1", "current:1", "version:", "detector:", "other:1"])(
    "is asked for again after %o",
    (text) => expect(parsed(text)).toBeNull(),
  );
  it("learns the class in hand from its boxes", () =>
    expect(asked({ kind: "class" }, 3, 9)).toEqual({
      kind: "run",
      body: { kind: "autolabel", classes: [3], images: [9], train: "never" },
    }));
  it("needs a class for that", () => expect(asked({ kind: "class" }, null, 9)).toBeNull());
  it("lets class models look without a run", () => {
    expect(asked({ kind: "current" }, null, 9)).toEqual({ kind: "look", body: {} });
    expect(asked({ kind: "version", id: 3 }, 5, 9)).toEqual({ kind: "look", body: { models: [3] } });
  });
  it("runs a detector on the one image", () =>
    expect(asked({ kind: "model", id: 12 }, null, 9)).toEqual({
      kind: "run",
      body: { kind: "detect", model: 12, images: [9] },
    }));
});
