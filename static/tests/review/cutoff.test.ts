import { expect, test } from "vitest";
import { estimate, lowestWith, type Bin } from "../../src/review/cutoff";

const bin = (at: number, waiting: number, yes = 0, no = 0): Bin => ({
  at,
  waiting,
  sure: 0,
  expected: waiting * at,
  yes,
  no,
  lot_yes: 0,
  lot_no: 0,
});

test.each<[string, Bin[], number, { count: number; precision: number | null; answers: number; sure: boolean }]>([
  ["nothing above", [bin(0.3, 5, 9, 1)], 50, { count: 0, precision: null, answers: 0, sure: false }],
  [
    "few answers: the run's own belief",
    [bin(0.9, 3), bin(0.5, 1, 4, 0), bin(0.1, 9)],
    50,
    { count: 4, precision: 0.8, answers: 4, sure: false },
  ],
  [
    "a cut-off on the hundredth includes it",
    [bin(0.29, 2), bin(0.28, 1)],
    29,
    { count: 2, precision: 0.29, answers: 0, sure: false },
  ],
  [
    "answers weigh by what waits near them",
    [bin(0.9, 90, 10, 0), bin(0.5, 10, 5, 5)],
    0,
    { count: 100, precision: 0.95, answers: 20, sure: true },
  ],
  [
    "what has few answers joins its neighbour",
    [bin(0.9, 50, 8, 0), bin(0.5, 50, 0, 2)],
    0,
    { count: 100, precision: 0.8, answers: 10, sure: true },
  ],
])("%s", (_name, bins, cutoff, expected) => {
  const { interval, precision, byLot: _byLot, ...rest } = estimate(bins, cutoff);
  const { precision: wanted, sure, ...counts } = expected;
  expect(rest).toEqual(counts);
  if (wanted === null) expect(precision).toBeNull();
  else expect(precision).toBeCloseTo(wanted, 6);
  expect(interval !== null).toBe(sure);
});

test("the interval is Wilson's where answers lie as what waits does, and wider where they do not", () => {
  const [low, high] = estimate([bin(0.9, 50, 45, 5)], 0).interval!;
  expect([low, high].map((value) => value.toFixed(3))).toEqual(["0.786", "0.957"]);
  const even = estimate([bin(0.9, 50, 24, 1), bin(0.5, 50, 20, 5)], 0).interval!;
  const skewed = estimate([bin(0.9, 95, 4, 1), bin(0.5, 5, 40, 5)], 0).interval!;
  expect(skewed[1] - skewed[0]).toBeGreaterThan(even[1] - even[0]);
});

test.each<[Bin[], number]>([
  [[bin(0.2, 10), bin(0.97, 10), bin(0.99, 10)], 21],
  [[bin(0.5, 10)], 100],
  [[], 100],
])("the slider starts at the lowest cut-off that is good enough", (bins, expected) => {
  expect(lowestWith(bins, 0.95)).toBe(expected);
});

test.each<[string, number, number, { byLot: boolean; precision: number; answers: number }]>([
  ["enough answers drawn by lot count alone", 18, 2, { byLot: true, precision: 0.9, answers: 20 }],
  ["too few of them: all answers count", 17, 2, { byLot: false, precision: 0.5, answers: 100 }],
])("%s", (_name, lot_yes, lot_no, expected) => {
  const { byLot, precision, answers } = estimate([{ ...bin(0.9, 50, 50, 50), lot_yes, lot_no }], 50);
  expect({ byLot, precision, answers }).toEqual(expected);
});
