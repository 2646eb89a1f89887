// How many suggestions are above a cut-off, and how many of those are right: pure, on counts by hundredths of
// probability.
import { curveOf, normals, type Curve, type Group } from "./calibration";

export interface Bin {
  readonly at: number;
  readonly waiting: number;
  readonly sure: number;
  /** Finds that the runs dropped: to be looked at one by one, and in no estimate. */
  readonly dropped: number;
  /** How many of the waiting ones are right, as the runs believe. */
  readonly expected: number;
  /** Answers of people who looked. */
  readonly yes: number;
  readonly no: number;
  /** Of these, the answers to what was drawn by lot. */
  readonly lot_yes: number;
  readonly lot_no: number;
}

export interface Estimate {
  readonly count: number;
  /** Null where nothing is above. */
  readonly precision: number | null;
  /** 95 %, only where people's answers carry the estimate. */
  readonly interval: readonly [number, number] | null;
  /** How many answers the estimate knows. */
  readonly answers: number;
  /** They are the ones drawn by lot, which nobody's doubt chose; else all. */
  readonly byLot: boolean;
}

const ENOUGH = 5; // answers before a range is said
const ENOUGH_BY_LOT = 20;
const WIDTH = 5; // hundredths of probability that one group of the calibration curve covers
const LOW = 0.025;

/** `cutoff` in whole hundredths. */
export function estimate(bins: readonly Bin[], cutoff: number): Estimate {
  const { groups, curve, answers, byLot } = calibrationOf(bins);
  const waiting = groups.map(() => 0);
  let count = 0;
  let expected = 0;
  for (const bin of bins) {
    if (hundredth(bin) < cutoff) continue;
    waiting[groupOf(bin)]! += bin.waiting;
    count += bin.waiting;
    expected += bin.expected;
  }
  if (count === 0) return { count, precision: null, interval: null, answers, byLot };
  if (answers < ENOUGH) return { count, precision: expected / count, interval: null, answers, byLot };
  const precision = rightOf(waiting, curve.share) / count;
  return { count, precision, interval: range(waiting, count, curve.draws, precision), answers, byLot };
}

/** The lowest cut-off whose estimate is at least `wanted`; where none is, the highest place of the slider. */
export function lowestWith(bins: readonly Bin[], wanted: number): number {
  for (let cutoff = 0; cutoff < 100; cutoff += 1) if ((estimate(bins, cutoff).precision ?? 0) >= wanted) return cutoff;
  return 100;
}

interface Calibration {
  readonly groups: readonly Group[];
  readonly curve: Curve;
  readonly answers: number;
  readonly byLot: boolean;
}

const known = new WeakMap<readonly Bin[], Calibration>();

/** Made once for the counts of a moment: the slider asks for a hundred cut-offs of them. */
function calibrationOf(bins: readonly Bin[]): Calibration {
  let found = known.get(bins);
  if (!found) known.set(bins, (found = calibrated(bins)));
  return found;
}

function calibrated(bins: readonly Bin[]): Calibration {
  const byLot = total(bins, (bin) => bin.lot_yes + bin.lot_no) >= ENOUGH_BY_LOT;
  const parts: Bin[][] = Array.from({ length: 100 / WIDTH }, () => []);
  for (const bin of bins) parts[groupOf(bin)]!.push(bin);
  const groups = parts.map((part, n): Group => {
    const waiting = total(part, (bin) => bin.waiting);
    return {
      belief: waiting > 0 ? total(part, (bin) => bin.expected) / waiting : ((n + 0.5) * WIDTH) / 100,
      yes: total(part, (bin) => (byLot ? bin.lot_yes : bin.yes)),
      no: total(part, (bin) => (byLot ? bin.lot_no : bin.no)),
    };
  });
  const answers = groups.reduce((sum, { yes, no }) => sum + yes + no, 0);
  return { groups, curve: curveOf(groups), answers, byLot };
}

const hundredth = (bin: Bin): number => Math.round(bin.at * 100);
const groupOf = (bin: Bin): number => Math.min(100 / WIDTH - 1, Math.floor(hundredth(bin) / WIDTH));

const rightOf = (waiting: readonly number[], share: readonly number[]): number =>
  waiting.reduce((sum, n, at) => sum + n * share[at]!, 0);

/** What 95 of 100 curves say of those that wait; and of one curve, so many of them are right by chance. */
function range(
  waiting: readonly number[],
  count: number,
  draws: readonly (readonly number[])[],
  precision: number,
): readonly [number, number] {
  const chance = normals(draws.length, 11);
  const shares = draws
    .map((share, n) => {
      const spread = Math.sqrt(waiting.reduce((sum, all, at) => sum + all * share[at]! * (1 - share[at]!), 0));
      return (rightOf(waiting, share) + spread * chance[n]!) / count;
    })
    .sort((a, b) => a - b);
  const end = (part: number): number => Math.min(1, Math.max(0, shares[Math.round(part * (shares.length - 1))]!));
  return [Math.min(precision, end(LOW)), Math.max(precision, end(1 - LOW))];
}

function total(bins: readonly Bin[], of: (bin: Bin) => number): number {
  return bins.reduce((sum, bin) => sum + of(bin), 0);
}
