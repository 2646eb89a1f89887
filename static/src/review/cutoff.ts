// How many suggestions are above a cut-off, and how many of those are right: pure, on counts by hundredths of probability.

export interface Bin {
  readonly at: number;
  readonly waiting: number;
  readonly sure: number;
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
  readonly answers: number;
  /** They are the ones drawn by lot, which nobody's doubt chose; else all. */
  readonly byLot: boolean;
}

const ENOUGH = 5; // answers that make a group of neighbouring probabilities
const ENOUGH_BY_LOT = 20;
const Z = 1.96;

/** `cutoff` in whole hundredths. */
export function estimate(bins: readonly Bin[], cutoff: number): Estimate {
  const here = bins.filter((bin) => Math.round(bin.at * 100) >= cutoff);
  const byLot = total(here, (bin) => bin.lot_yes + bin.lot_no) >= ENOUGH_BY_LOT;
  const above = byLot ? here.map((bin) => ({ ...bin, yes: bin.lot_yes, no: bin.lot_no })) : here;
  const count = total(above, (bin) => bin.waiting);
  const answers = total(above, (bin) => bin.yes + bin.no);
  if (count === 0) return { count, precision: null, interval: null, answers, byLot };
  if (answers < ENOUGH)
    return { count, precision: total(above, (bin) => bin.expected) / count, interval: null, answers, byLot };
  // People answer the doubtful ones first, so each group of probabilities weighs as much as it has waiting, not answered.
  let [mean, spread] = [0, 0];
  for (const group of groups(above)) {
    const share = total(group, (bin) => bin.waiting) / count;
    const asked = total(group, (bin) => bin.yes + bin.no);
    mean += (share * total(group, (bin) => bin.yes)) / asked;
    spread += share ** 2 / asked;
  }
  return { count, precision: mean, interval: wilson(mean, 1 / spread), answers, byLot };
}

/** The lowest cut-off whose estimate is at least `wanted`; where none is, the highest place of the slider. */
export function lowestWith(bins: readonly Bin[], wanted: number): number {
  for (let cutoff = 0; cutoff < 100; cutoff += 1) if ((estimate(bins, cutoff).precision ?? 0) >= wanted) return cutoff;
  return 100;
}

/** Neighbouring probabilities from the top down, each group with answers enough; what is left over goes to the last. */
function groups(above: readonly Bin[]): readonly (readonly Bin[])[] {
  const found: Bin[][] = [];
  let open: Bin[] = [];
  for (const bin of [...above].sort((a, b) => b.at - a.at)) {
    open.push(bin);
    if (total(open, (one) => one.yes + one.no) < ENOUGH) continue;
    found.push(open);
    open = [];
  }
  found.at(-1)?.push(...open);
  return found;
}

function wilson(p: number, n: number): readonly [number, number] {
  const whole = 1 + Z ** 2 / n;
  const middle = p + Z ** 2 / (2 * n);
  const half = Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  return [Math.max(0, (middle - half) / whole), Math.min(1, (middle + half) / whole)];
}

function total(bins: readonly Bin[], of: (bin: Bin) => number): number {
  return bins.reduce((sum, bin) => sum + of(bin), 0);
}
