import { describe, expect, test } from "vitest";
import { iou, moved, resized, spanned, type Handle } from "../../../src/editor/model/geometry";
import { fitted, shiftOf, shown, toImage, toScreen, zoomedAt } from "../../../src/editor/model/viewport";
import type { Xyxy } from "../../../src/lib/types";

const SIZE = { width: 200, height: 100 };

test.each<[string, [number, number], [number, number], Xyxy]>([
  ["down right", [10, 20], [30, 50], [10, 20, 30, 50]],
  ["up left", [30, 50], [10, 20], [10, 20, 30, 50]],
  ["out of the image", [150, 50], [500, -10], [150, 0, 200, 50]],
  ["to hundredths", [1.23456, 0], [9.87654, 5], [1.23, 0, 9.88, 5]],
])("a box is spanned %s", (_name, [ax, ay], [bx, by], expected) => {
  expect(spanned({ x: ax, y: ay }, { x: bx, y: by }, SIZE)).toEqual(expected);
});

test.each<[string, number, number, Xyxy]>([
  ["freely", 5, -5, [15, 15, 45, 45]],
  ["against the left edge", -50, 0, [0, 20, 30, 50]],
  ["into the far corner", 999, 999, [170, 70, 200, 100]],
])("a box moves %s and keeps its size", (_name, dx, dy, expected) => {
  expect(moved([10, 20, 40, 50], dx, dy, SIZE)).toEqual(expected);
});

test.each<[string, Handle, [number, number], Xyxy]>([
  ["a corner", "se", [60, 70], [10, 20, 60, 70]],
  ["an edge", "w", [5, 99], [5, 20, 40, 50]],
  ["a corner past the opposite one", "nw", [60, 80], [40, 50, 60, 80]],
  ["an edge out of the image", "n", [0, -30], [10, 0, 40, 50]],
])("a box is resized by %s", (_name, handle, [x, y], expected) => {
  expect(resized([10, 20, 40, 50], handle, { x, y }, SIZE)).toEqual(expected);
});

test.each<[Xyxy, Xyxy, number]>([
  [[0, 0, 10, 10], [0, 0, 10, 10], 1],
  [[0, 0, 10, 10], [10, 0, 20, 10], 0],
  [[0, 0, 10, 10], [5, 0, 15, 10], 1 / 3],
])("iou of %j and %j", (a, b, expected) => {
  expect(iou(a, b)).toBeCloseTo(expected);
});

describe("the view", () => {
  const screen = { width: 800, height: 600 };
  const view = fitted(SIZE, screen, 0);

  test("fits the image in the middle", () => {
    expect(view).toEqual({ scale: 4, x: 0, y: 100 });
  });

  test("zooms to the cursor: what is under it stays under it", () => {
    const at = { x: 300, y: 250 };
    const under = toImage(view, at);
    expect(toScreen(zoomedAt(view, at, 2, SIZE, screen), under)).toEqual(at);
  });

  test("leaves a box alone that can be seen, and shows one that cannot", () => {
    expect(shown(view, [10, 10, 50, 50], SIZE, screen, 20)).toBe(view);
    const close = zoomedAt(view, { x: 0, y: 100 }, 4, SIZE, screen);
    const there = toScreen(shown(close, [180, 80, 200, 100], SIZE, screen), { x: 190, y: 90 });
    expect(there).toEqual({ x: 400, y: 300 });
  });
});

describe("what is drawn can be shifted", () => {
  const screen = { width: 800, height: 600 };
  const inside = { scale: 2, x: 200, y: 200 };
  const wide = { scale: 2, x: -100, y: 200 };
  const large = { scale: 8, x: -400, y: -100 };

  test.each<[string, typeof inside, number, number]>([
    ["anywhere while all of it is on the screen", inside, -350, 90],
    ["out of sight on the side where it ends on the screen", wide, -50, 20],
    ["not at all", large, 0, 0],
  ])("%s", (_name, drawn, x, y) => {
    expect(shiftOf(drawn, { scale: drawn.scale, x: drawn.x + x, y: drawn.y + y }, SIZE, screen)).toEqual({ x, y });
  });

  test.each<[string, typeof inside, typeof inside]>([
    ["brings in what lay beyond the left edge", wide, { ...wide, x: -99 }],
    ["brings in what lay beyond the right edge", large, { ...large, x: -401 }],
    ["brings in what lay beyond the top", large, { ...large, y: -99 }],
    ["brings in what lay beyond the bottom", large, { ...large, y: -101 }],
    ["brings in half a handle that lay beyond the edge", { ...inside, x: 3 }, { ...inside, x: 9 }],
    ["is of another scale", inside, { ...inside, scale: 2.5 }],
  ])("but not where the new view %s", (_name, drawn, view) => {
    expect(shiftOf(drawn, view, SIZE, screen)).toBeNull();
  });
});
