import { expect, test } from "vitest";
import type { LabelClass } from "../../src/lib/types";
import { aroundBoth, claimOf, cureOf, doneWords, editorUrl, faultOf, keepOf } from "../../src/labelErrors/words";
import { labelError } from "../make";

const name = (id: number, name: string): [number, LabelClass] => [id, { id, name, color: "", hotkey: "" }];
const names = new Map([name(1, "fox"), name(2, "badger")]);
const wrong = labelError({ kind: "wrong_class", proposed: 2, probability: 0.914 });
const loose = labelError({ kind: "loose", xyxy: [4, 4, 20, 20], tight: [6, 2, 18, 18] });
const missing = labelError({ kind: "missing", box: null });

test.each([
  [wrong, "fox → badger", "This box says “fox” but shows “badger”: 91% likely.", "Make it “badger”"],
  [labelError({ kind: "spurious" }), "No fox", "This box shows no “fox”: 80% likely.", "Delete the box"],
  [missing, "fox missing", "“fox” is here and has no box: 80% likely.", "Add a box of “fox”"],
  [loose, "fox, loose", "This box of “fox” is too loose: 80% likely.", "Tighten the box"],
])("a label error is said in words: %#", (error, fault, claim, cure) => {
  expect([faultOf(error, names), claimOf(error, names), cureOf(error, names)]).toEqual([fault, claim, cure]);
});

test("no to the proposal says what is right", () => {
  expect([keepOf(wrong), keepOf(missing)]).toEqual(["The label is right", "No box is missing"]);
});

test("the picture shows the label and the proposal", () => {
  expect([aroundBoth(loose), aroundBoth(wrong)]).toEqual([[4, 2, 20, 20], wrong.xyxy]);
});

test("the image opens with the box selected, where there is one", () => {
  expect([editorUrl(wrong), editorUrl(missing)]).toEqual(["/images/7/#box=b", "/images/7/"]);
});

test("the end says what was said", () => {
  expect(doneWords({ fixed: 1, right: 2 })).toBe("1 label mended, 2 were right.");
});
