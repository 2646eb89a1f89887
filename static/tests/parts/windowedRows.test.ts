import { expect, test } from "vitest";
import { visibleRows } from "../../src/parts/windowedRows";

test.each<[string, [number, number, number, number], [number, number]]>([
  ["few are all there", [60, 30, 0, 200], [0, 60]],
  ["of many those in sight and some below", [400, 30, 0, 300], [0, 20]],
  ["in the middle some on both sides", [400, 30, 3000, 3300], [90, 120]],
  ["at the end no more than there are", [400, 30, 11_900, 12_200], [386, 400]],
  ["none where the list is out of sight above", [400, 30, -900, -600], [0, 0]],
  ["the last where it is out of sight below", [400, 30, 20_000, 20_300], [390, 400]],
])("%s", (_name, [count, height, top, bottom], [first, end]) => {
  expect(visibleRows(count, height, top, bottom)).toEqual({ first, end });
});
