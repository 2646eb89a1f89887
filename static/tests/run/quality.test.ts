import { expect, test } from "vitest";
import { learnedFrom, measuredFigures, sinceFigures } from "../../src/run/quality";
import type { ClassResult } from "../../src/run/types";

const measured: ClassResult = {
  shots: 8,
  measured: "loo",
  precision: 0.9,
  precision_low: 0.7,
  precision_high: 0.97,
  recall: 0.8,
  recall_low: 0.6,
  f1: 0.85,
  ap50: null,
  corrected: true,
  held_out_iou: { before: 0.7, after: 0.82 },
};

test("figures come with how sure they are", () => {
  expect(measuredFigures(measured)).toEqual([
    ["Precision", "90%", "likely 70% to 97%"],
    ["Recall", "80%", "at least 60%"],
    ["F1", "85%"],
    ["AP50", "–"],
    ["Overlap of boxes", "82%", "70% before correction"],
  ]);
});

test("an overlap that no correction changed has no note", () => {
  expect(measuredFigures({ ...measured, corrected: false })?.at(-1)).toEqual(["Overlap of boxes", "82%", ""]);
  expect(measuredFigures({ ...measured, held_out_iou: null })?.at(-1)).toEqual(["Overlap of boxes", "–", ""]);
});

test.each([[{ shots: 4 }], [{ ...measured, measured: "none" }], [{ ...measured, precision: null }]])(
  "%j is not measured",
  (found: ClassResult) => expect(measuredFigures(found)).toBeNull(),
);

test.each([
  [{}, "learned from 0 boxes"],
  [{ shots: 1 }, "learned from 1 box"],
  [{ shots: 8 }, "learned from 8 boxes"],
])("%j has %s", (found, text) => expect(learnedFrom(found)).toBe(text));

test("what people found since", () => {
  const since = {
    images: 3,
    boxes: 12,
    suggested: 10,
    precision: 1,
    precision_low: 0.72,
    precision_high: 1,
    recall: null,
    recall_low: 0,
    recall_high: 1,
  };
  expect(sinceFigures(since)).toEqual([
    ["Precision", "100%", "likely 72% to 100%"],
    ["Recall", "–", "likely 0% to 100%"],
    ["Suggestions", "10"],
    ["Boxes of people", "12"],
  ]);
});
