// Why a mistake is shown, and where the own threshold lies on a curve.
import { describe, expect, it } from "vitest";
import { ownPoint } from "../../src/charts/own";
import { why } from "../../src/run/heldOutErrors";
import type { Mistake } from "../../src/run/heldOutErrors";

const mistake = (fields: Partial<Mistake>): Mistake => ({
  kind: "false",
  image_id: 1,
  name: "a.jpg",
  xyxy: [0, 0, 9, 9],
  drawn: null,
  probability: 0.87,
  iou: 0,
  crop_url: "/",
  window: [0, 0, 20, 20],
  ...fields,
});

describe("why", () => {
  it.each([
    [{ kind: "false" }, "False find", "87% sure, but nobody drew a box here"],
    [{ kind: "false", iou: 0.4 }, "Beside the object", "agrees by only 40% with the drawn box"],
    [{ kind: "false", iou: 0.6 }, "Found twice", "87% sure, but a better box has it"],
    [{ kind: "missed", probability: null }, "Missed", "nothing was suggested here"],
    [{ kind: "missed", probability: null, iou: 0.3 }, "Missed", "the nearest suggestion agrees by only 30%"],
    [{ kind: "loose", iou: 0.58 }, "Loose box", "agrees by only 58% with the drawn box"],
  ] as const)("%o", (fields, title, detail) => {
    expect(why(mistake(fields))).toEqual({ title, detail });
  });
});

describe("the own threshold", () => {
  const points = [
    [0.2, 1, 0.9],
    [0.4, 1, 0.7],
    [0.4, 0.8, 0.4],
  ];
  it.each([
    [0.95, -1],
    [0.9, 0],
    [0.5, 1],
    [0.1, 2],
    [undefined, -1],
  ])("%s is at point %s", (threshold, place) => {
    expect(ownPoint(points, threshold)).toBe(place);
  });
});
