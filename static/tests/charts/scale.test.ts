import { describe, expect, it } from "vitest";
import { daysBetween, nearest, ticks } from "../../src/charts/scale";

describe("ticks", () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [9, [0, 5, 10]],
    [39, [0, 20, 40]],
    [1234, [0, 500, 1000, 1500]],
  ])("are round, whole and reach %s", (most, expected) => {
    expect(ticks(most)).toEqual(expected);
  });
});

describe("nearest", () => {
  it("finds the closest place, and none among none", () => {
    expect([nearest([0, 10, 20], 14), nearest([0, 10, 20], 99), nearest([], 5)]).toEqual([1, 2, -1]);
  });
});

it("days are counted over a change of clocks", () => {
  expect(daysBetween("2026-03-28", "2026-03-30")).toBe(2);
});
