import { describe, expect, it, vi } from "vitest";
import { heightOf, visible, stepOf, touched } from "../../src/gallery/layout";
import type { Grid } from "../../src/gallery/layout";
import { unfold } from "../../src/lib/stretches";
import { copiesOf, parts } from "../../src/gallery/order";
import { Selection } from "../../src/gallery/selection";

const grid: Grid = { columns: 5, count: 50_003, width: 110, height: 210, gap: 10 };

describe("the order", () => {
  it.each([
    [[], []],
    [[[7, 1]], [7]],
    [
      [
        [1, 3],
        [9, 1],
        [4, 2],
      ],
      [1, 2, 3, 9, 4, 5],
    ],
  ])("unfolds %j", (stretches, ids) => {
    expect(unfold({ stretches: stretches as [number, number][] })).toEqual(ids);
  });

  it("counts copies within their picture", () => {
    expect(copiesOf([])).toEqual([]);
    expect(copiesOf([2, 1])).toEqual([
      { number: 1, of: 2 },
      { number: 2, of: 2 },
      { number: 1, of: 1 },
    ]);
  });

  it("goes out by the hundred", () => {
    expect([...parts([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
    expect([...parts([], 2)]).toEqual([]);
  });
});

describe("the grid", () => {
  it("is as high as its rows without the last gap", () => {
    expect(heightOf(grid)).toBe(10_001 * 210 - 10);
    expect(heightOf({ ...grid, count: 0 })).toBe(0);
  });

  it.each([
    ["at the top", 0, 0, 8 * 5],
    ["above the grid", -300, 0, 6 * 5],
    ["in the middle", 1_050_000, 4997 * 5, 5008 * 5],
    ["at the end", 2_100_000, 9997 * 5, 50_003],
    ["far behind the end", 9_999_999, 10_000 * 5, 50_003],
  ])("draws only what is in sight %s", (_name, scrolled, first, end) => {
    const reveal = visible(grid, scrolled, 900);
    expect([reveal.first, reveal.end, reveal.top]).toEqual([first, end, (first / 5) * 210]);
    expect(reveal.end - reveal.first).toBeLessThanOrEqual(60);
  });

  it.each([
    ["one cell", [10, 10, 50, 50], [0]],
    ["backwards", [150, 250, 50, 50], [0, 1, 5, 6]],
    ["a gap alone", [102, 10, 108, 50], []],
    ["over the right edge", [450, 0, 900, 10], [4]],
    ["over the last row", [0, 2_099_000, 900, 2_200_000], [49_975, 49_976, 49_977, 49_978, 49_979, 49_980]],
  ])("is touched by a band: %s", (_name, [x1, y1, x2, y2], begin) => {
    const found = touched(grid, { x1: x1!, y1: y1!, x2: x2!, y2: y2! });
    expect(found.slice(0, begin.length)).toEqual(begin);
    if (begin.length < 6) expect(found).toHaveLength(begin.length);
    expect(Math.max(-1, ...found)).toBeLessThan(grid.count);
  });

  it.each([
    ["ArrowRight", 0, 1],
    ["ArrowLeft", 0, 0],
    ["ArrowDown", 7, 12],
    ["ArrowDown", 50_001, 50_001],
    ["ArrowUp", 3, 3],
    ["PageDown", 0, 20],
    ["PageUp", 7, 0],
    ["End", 3, 50_002],
    ["Home", 50_002, 0],
    ["x", 3, null],
  ])("%s leads from %i to %s", (key, from, to) => {
    expect(stepOf(key, from, grid, 900)).toBe(to);
  });
});

describe("the selection", () => {
  const order = [30, 10, 20, 50, 40];

  it("reaches from the last choice, either way, and keeps what was chosen", () => {
    const changed = vi.fn();
    const selection = new Selection(changed);
    selection.toggle(order, 4);
    selection.toggle(order, 2);
    selection.reach(order, 0);
    expect([...selection.ids].sort()).toEqual([10, 20, 30, 40]);
    selection.toggle(order, 4);
    expect(selection.ids.has(40)).toBe(false);
    expect(changed).toHaveBeenCalledTimes(4);
  });

  it("starts where an image was opened, and ends with nothing", () => {
    const selection = new Selection(() => undefined);
    selection.startAt(3);
    selection.reach(order, 4);
    expect([...selection.ids]).toEqual([50, 40]);
    selection.toggle(order, 99);
    selection.set([]);
    expect(selection.ids.size).toBe(0);
  });
});
