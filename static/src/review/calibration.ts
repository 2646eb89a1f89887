// How far a run's probabilities can be believed: a calibration curve with its uncertainty, from people's answers. Pure.
//
// The log-odds of being right are a Gaussian process around the log-odds that the run states; answers are binomial.
// Posterior by Laplace's approximation (Rasmussen and Williams 2006, section 3.4). An answer tells of its own
// probability and of near ones, so far from every answer the curve stays as uncertain as before the first.

/** Suggestions of about one probability: what the run believes of them, and the answers that people gave. */
export interface Group {
  readonly belief: number;
  readonly yes: number;
  readonly no: number;
}

export interface Curve {
  /** The most probable share that is right, per group. */
  readonly share: readonly number[];
  /** Equally probable curves: per draw, the share of each group. Always the same ones for the same groups. */
  readonly draws: readonly (readonly number[])[];
}

type Matrix = readonly (readonly number[])[];

const DOUBT = 2; // least standard deviation, in log-odds, of how wrong a run may be: 50 % may be from 2 to 98 %
const FARTHEST = 0.3; // unasked, a run that says yes for sure may still be right so seldom; and no for sure, wrong so
const REACH = 0.1; // in probability: answers further away than about two of these say nothing
const OWN = 0.3; // standard deviation, in log-odds, of what a group has for itself
const BELIEVED = 0.995; // no run is believed to be surer than that
const STEPS = 50;
const HALF = 200; // draws; each comes with its mirror image, so that their middle is the curve itself
const Z = 1.96;

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const logit = (p: number): number => Math.log(p / (1 - p));

/** The curve at the beliefs of `groups`, which are a few dozen at most. */
export function curveOf(groups: readonly Group[]): Curve {
  const mean = groups.map(({ belief }) => logit(Math.min(Math.max(belief, 1 - BELIEVED), BELIEVED)));
  const doubt = mean.map((at) => Math.max(DOUBT, (Math.abs(at) - logit(FARTHEST)) / Z));
  const prior = groups.map((a, i) =>
    groups.map(
      (b, j) =>
        doubt[i]! * doubt[j]! * Math.exp(-((a.belief - b.belief) ** 2) / (2 * REACH ** 2)) + (i === j ? OWN ** 2 : 0),
    ),
  );
  const { mode, covariance } = laplace(groups, mean, prior);
  const root = cholesky(covariance.map((row, i) => row.map((value, j) => value + (i === j ? 1e-6 : 0))));
  // Where nobody looked the run may be wrong in one direction everywhere: that part of the doubt is one for all groups.
  const unknown = covariance.map((row, i) => Math.min(1, Math.max(0, row[i]! / prior[i]![i]!)));
  const together = covariance.map((row, i) => Math.sqrt(unknown[i]! * Math.max(0, row[i]!)));
  const size = groups.length + 1;
  const random = normals(HALF * size);
  const draws = Array.from({ length: HALF }, (_, n) => {
    const [common, ...noise] = random.slice(n * size, (n + 1) * size);
    const away = root.map((row, i) => together[i]! * common! + Math.sqrt(1 - unknown[i]!) * dot(row, noise));
    return [mode.map((at, i) => logistic(at + away[i]!)), mode.map((at, i) => logistic(at - away[i]!))];
  }).flat();
  return { share: mode.map(logistic), draws };
}

/** Mode and covariance of the log-odds after the answers: Newton's steps, halved where they go too far. */
function laplace(
  groups: readonly Group[],
  mean: readonly number[],
  prior: Matrix,
): { mode: readonly number[]; covariance: Matrix } {
  const count = groups.map(({ yes, no }) => yes + no);
  const at = (dual: readonly number[]): readonly number[] => prior.map((row, i) => mean[i]! + dot(row, dual));
  const worth = (dual: readonly number[]): number =>
    at(dual).reduce((sum, x, i) => sum + groups[i]!.yes * x - count[i]! * Math.log1p(Math.exp(x)), 0) -
    dot(
      dual,
      at(dual).map((x, i) => x - mean[i]!),
    ) /
      2;
  let dual: readonly number[] = groups.map(() => 0); // inverse of the prior times (mode - mean)
  for (let step = 0; ; step += 1) {
    const mode = at(dual);
    const right = mode.map(logistic);
    const weight = right.map((p, i) => count[i]! * p * (1 - p));
    const half = weight.map(Math.sqrt);
    const factor = cholesky(
      prior.map((row, i) => row.map((value, j) => half[i]! * value * half[j]! + (i === j ? 1 : 0))),
    );
    const target = mode.map((x, i) => weight[i]! * (x - mean[i]!) + groups[i]!.yes - count[i]! * right[i]!);
    const solved = solve(
      factor,
      prior.map((row, i) => half[i]! * dot(row, target)),
    );
    const way = target.map((value, i) => value - half[i]! * solved[i]! - dual[i]!);
    let length = 1;
    const next = (): readonly number[] => dual.map((value, i) => value + length * way[i]!);
    while (length > 1e-4 && worth(next()) < worth(dual)) length /= 2;
    if (Math.max(0, ...way.map(Math.abs)) > 1e-6 && length > 1e-4 && step < STEPS) {
      dual = next();
      continue;
    }
    const columns = prior.map((row) =>
      forward(
        factor,
        row.map((value, j) => half[j]! * value),
      ),
    );
    return {
      mode,
      covariance: prior.map((row, i) => row.map((value, j) => value - dot(columns[i]!, columns[j]!))),
    };
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

/** The lower factor of a positive definite matrix. */
function cholesky(matrix: Matrix): Matrix {
  const lower = matrix.map((row) => row.map(() => 0));
  for (let i = 0; i < matrix.length; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k += 1) sum -= lower[i]![k]! * lower[j]![k]!;
      lower[i]![j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[j]![j]!;
    }
  }
  return lower;
}

function forward(lower: Matrix, right: readonly number[]): number[] {
  const found: number[] = [];
  for (let i = 0; i < lower.length; i += 1) {
    let sum = right[i]!;
    for (let k = 0; k < i; k += 1) sum -= lower[i]![k]! * found[k]!;
    found.push(sum / lower[i]![i]!);
  }
  return found;
}

function solve(lower: Matrix, right: readonly number[]): number[] {
  const found = forward(lower, right);
  for (let i = lower.length - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < lower.length; k += 1) found[i]! -= lower[k]![i]! * found[k]!;
    found[i]! /= lower[i]![i]!;
  }
  return found;
}

const made = new Map<string, readonly number[]>();

/** Standard normal numbers, always the same ones: what people read does not flicker. */
export function normals(count: number, seed = 7): readonly number[] {
  const key = `${seed} ${count}`;
  let found = made.get(key);
  if (!found) {
    const next = uniform(seed);
    const one = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    made.set(key, (found = Array.from({ length: count }, one)));
  }
  return found;
}

/** 0..1 by mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
