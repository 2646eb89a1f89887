import { expect, test } from "vitest";
import { logistic, uniform } from "../../src/review/calibration";
import { estimate, lowestWith, type Bin } from "../../src/review/cutoff";

const bin = (at: number, waiting: number, yes = 0, no = 0): Bin => ({
  at,
  waiting,
  sure: 0,
  dropped: 0,
  expected: waiting * at,
  yes,
  no,
  lot_yes: 0,
  lot_no: 0,
});

test.each<[string, Bin[], number, { count: number; precision: number | null; answers: number; ranged: boolean }]>([
  ["nothing above", [bin(0.3, 5, 9, 1)], 50, { count: 0, precision: null, answers: 10, ranged: false }],
  [
    "few answers: the run's own belief",
    [bin(0.9, 3), bin(0.5, 1, 4, 0), bin(0.1, 9)],
    50,
    { count: 4, precision: 0.8, answers: 4, ranged: false },
  ],
  [
    "a cut-off on the hundredth includes it",
    [bin(0.29, 2), bin(0.28, 1)],
    29,
    { count: 2, precision: 0.29, answers: 0, ranged: false },
  ],
])("%s", (_name, bins, cutoff, expected) => {
  const { interval, precision, byLot: _byLot, ...rest } = estimate(bins, cutoff);
  const { precision: wanted, ranged, ...counts } = expected;
  expect(rest).toEqual(counts);
  if (wanted === null) expect(precision).toBeNull();
  else expect(precision).toBeCloseTo(wanted, 6);
  expect(interval !== null).toBe(ranged);
});

// What was reported: five yeses at the top, 47 others all the way down.
const FIVE_AT_THE_TOP = [bin(0.97, 4, 5, 0), ...Array.from({ length: 43 }, (_, n) => bin((8 + 2 * n) / 100, 1))];

test("answers at the top say nothing of the bottom", () => {
  const all = estimate(FIVE_AT_THE_TOP, 0);
  expect(all.count).toBe(47);
  expect(all.precision).toBeLessThan(0.65); // the run itself expects 25 of 47
  expect(all.interval![0]).toBeLessThan(0.35);
  expect(lowestWith(FIVE_AT_THE_TOP, 0.95)).toBeGreaterThan(80);
});

test("nor do answers at the bottom of the top", () => {
  const bins = [bin(0.1, 20, 0, 10), bin(0.9, 20)];
  const { precision, interval } = estimate(bins, 80);
  expect(precision).toBeCloseTo(0.9, 2);
  expect(interval![0]).toBeLessThan(0.6);
});

test("the nearer an answer, the more it says", () => {
  const above = (at: number): number => {
    const [low, high] = estimate([bin(0.9, 50), bin(at, 0, 15, 5)], 85).interval!;
    return high - low;
  };
  expect([above(0.9), above(0.8), above(0.6), above(0.3)]).toEqual(
    [above(0.9), above(0.8), above(0.6), above(0.3)].sort((a, b) => a - b),
  );
});

test.each<[number, number, number]>([
  [50, 0.65, 0.95],
  [200, 0.72, 0.88],
])("%s answers where all wait: about their share, between %s and %s", (answers, least, most) => {
  const { precision, interval } = estimate([bin(0.9, 400, answers * 0.8, answers * 0.2)], 0);
  expect(precision).toBeCloseTo(0.8, 1);
  expect(interval![0]).toBeGreaterThan(least);
  expect(interval![1]).toBeLessThan(most);
});

test.each<[string, (believed: number) => number]>([
  ["says the truth", (p) => p],
  ["is too sure of itself", (p) => logistic(logit(p) - 1.5)],
  ["is far too sure of itself", (p) => logistic(logit(p) - 2.5)],
  ["believes too little", (p) => logistic(logit(p) + 1.5)],
  ["hardly tells right from wrong", (p) => 0.3 + 0.2 * p],
  ["is too extreme", (p) => logistic(0.4 * logit(p))],
  ["is too timid", (p) => logistic(2.5 * logit(p))],
  ["is wrong at the very top", (p) => (p > 0.9 ? 0.35 : p)],
  ["is now right and now wrong", (p) => logistic(logit(p) + 2 * Math.sin(9 * p))],
])("the range holds the truth in nine draws of ten where a run %s", (_name, truth) => {
  const random = uniform(5);
  let [held, all] = [0, 0];
  for (const [, order] of Object.entries(ORDERS))
    for (const answers of [5, 20, 80])
      for (let draw = 0; draw < 12; draw += 1) {
        const { bins, share } = reviewed(truth, order, answers, random);
        for (const cutoff of [0, 30, 50, 70, 85, 95]) {
          const { interval } = estimate(bins, cutoff);
          if (!interval) continue;
          all += 1;
          held += Number(share(cutoff) >= interval[0] - 1e-9 && share(cutoff) <= interval[1] + 1e-9);
        }
      }
  expect(all).toBeGreaterThan(700);
  expect(held / all).toBeGreaterThanOrEqual(0.9);
});

test.each<[Bin[], number]>([
  [[bin(0.2, 10), bin(0.97, 10), bin(0.99, 10)], 21],
  [[bin(0.5, 10)], 100],
  [[], 100],
])("the slider starts at the lowest cut-off that is good enough", (bins, expected) => {
  expect(lowestWith(bins, 0.95)).toBe(expected);
});

test.each<[string, number, number, { byLot: boolean; answers: number }, number]>([
  ["enough answers drawn by lot count alone", 18, 2, { byLot: true, answers: 20 }, 0.9],
  ["too few of them: all answers count", 17, 2, { byLot: false, answers: 100 }, 0.5],
])("%s", (_name, lot_yes, lot_no, expected, share) => {
  const { byLot, precision, answers } = estimate([{ ...bin(0.9, 50, 50, 50), lot_yes, lot_no }], 50);
  expect({ byLot, answers }).toEqual(expected);
  expect(precision).toBeCloseTo(share, 1);
});

// ---- simulated reviewers ----

interface SimulatedSuggestion {
  readonly believed: number;
  readonly right: boolean;
}

type Order = (all: readonly SimulatedSuggestion[]) => readonly SimulatedSuggestion[];

const by = (worth: (one: SimulatedSuggestion) => number): Order => {
  return (all) => [...all].sort((a, b) => worth(a) - worth(b));
};

/** In which order a person answers. */
const ORDERS: Record<string, Order> = {
  best: by((one) => -one.believed),
  lowest: by((one) => one.believed),
  doubtful: by((one) => Math.abs(one.believed - 0.5)),
  any: (all) => all,
};

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

/**
 * A run's suggestions, most near 0 or 1, after so many were answered; and the share of the waiting ones that is right.
 */
function reviewed(
  truth: (believed: number) => number,
  order: Order,
  answers: number,
  random: () => number,
): { readonly bins: readonly Bin[]; readonly share: (cutoff: number) => number } {
  const all = Array.from({ length: 60 + Math.floor(random() * 240) }, (): SimulatedSuggestion => {
    const believed = Math.min(0.995, Math.max(0.005, random() < 0.5 ? random() ** 2 : 1 - random() ** 2));
    return { believed, right: random() < truth(believed) };
  });
  const answered = new Set(order(all).slice(0, answers));
  const bins = Array.from({ length: 100 }, (_, n): Bin => {
    const here = all.filter((one) => Math.floor(one.believed * 100) === n);
    const waiting = here.filter((one) => !answered.has(one));
    const said = here.filter((one) => answered.has(one));
    return {
      ...bin(n / 100, waiting.length, said.filter((one) => one.right).length, said.filter((one) => !one.right).length),
      expected: waiting.reduce((sum, one) => sum + one.believed, 0),
    };
  });
  const share = (cutoff: number): number => {
    const above = all.filter((one) => !answered.has(one) && Math.floor(one.believed * 100) >= cutoff);
    return above.filter((one) => one.right).length / above.length;
  };
  return { bins, share };
}
