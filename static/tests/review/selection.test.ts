import { expect, test } from "vitest";
import { between, toggled } from "../../src/review/selection";

test.each<[number, number, number[]]>([
  [2, 4, [2, 9, 4]],
  [4, 2, [2, 9, 4]],
  [9, 9, [9]],
  [77, 4, [4]],
  [4, 77, []],
])("from %s to %s", (from, to, expected) => {
  expect(between([1, 2, 9, 4, 5], from, to)).toEqual(expected);
});

test("one more, and not any more", () => {
  expect([...toggled(toggled(new Set([1]), 2), 1)]).toEqual([2]);
});
