import { expect, test } from "vitest";
import { overlay } from "../../src/parts/overlay";

test.each([
  { first: [], second: [], expected: { x: [], first: [], second: [] } },
  { first: [[0.5, 1]], second: [[0.2, 0.9]], expected: { x: [0.2, 0.5], first: [null, 1], second: [0.9, null] } },
  {
    first: [
      [0.5, 0.8],
      [0.5, 0.9],
      [0.4, 1],
    ],
    second: [[0.5, 0.7]],
    expected: { x: [0.4, 0.5], first: [1, 0.9], second: [null, 0.7] },
  },
] as const)("two curves share one axis", ({ first, second, expected }) => {
  expect(overlay(first as never, second as never)).toEqual(expected);
});
