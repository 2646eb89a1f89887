import { expect, test } from "vitest";
import { dragged, HANDLES, partAround, type Handle } from "../../src/lib/part";
import type { Xyxy } from "../../src/lib/types";

test.each<[string, Xyxy, Xyxy]>([
  ["in the middle", [400, 300, 500, 350], [360, 235, 540, 415]],
  ["at the edge: pushed inside", [0, 0, 100, 50], [0, 0, 180, 180]],
  ["as large as the image: all of it", [0, 0, 900, 700], [0, 0, 1000, 800]],
  ["tiny: never less than 32 pixels", [400, 300, 402, 302], [385, 285, 417, 317]],
])("the part around a box %s", (_name, box, expected) => {
  partAround(box, { width: 1000, height: 800 }).forEach((edge, at) => expect(edge).toBeCloseTo(expected[at]!, 6));
});

const BOX: Xyxy = [40, 40, 60, 60];
const LIMITS: Xyxy = [0, 0, 100, 100];

test.each<[string, Handle, number, number, Xyxy]>([
  ["a corner takes two edges", { x: 1, y: 1 }, 5, -3, [40, 40, 65, 57]],
  ["an edge takes itself alone", { x: -1, y: 0 }, -5, 99, [35, 40, 60, 60]],
  ["the middle moves it", { x: 0, y: 0 }, 7, -7, [47, 33, 67, 53]],
  ["no edge passes the other", { x: -1, y: 0 }, 50, 0, [59, 40, 60, 60]],
  ["no edge leaves the part", { x: 1, y: 1 }, 500, 500, [40, 40, 100, 100]],
  ["nor does a box that is moved", { x: 0, y: 0 }, -500, 500, [0, 80, 20, 100]],
])("%s", (_name, handle, dx, dy, expected) => {
  expect(dragged(BOX, handle, dx, dy, LIMITS)).toEqual(expected);
});

test("there are eight handles", () => expect(HANDLES).toHaveLength(8));
