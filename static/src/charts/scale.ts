// Where things stand on an axis. Pure.

/** Round numbers from 0 to at least `most`, about `count` of them; whole ones only, since boxes are counted. */
export function ticks(most: number, count = 3): number[] {
  const rough = Math.max(1, most / count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? 10 * power);
  const found = [0];
  while ((found.at(-1) ?? 0) < most) found.push(found.length * step);
  return found.length > 1 ? found : [0, step];
}

/** The place in `xs` (rising) that is nearest to x; -1 where there is none. */
export function nearest(xs: readonly number[], x: number): number {
  return xs.reduce(
    (best, at, index) => (best < 0 || Math.abs(at - x) < Math.abs((xs[best] ?? 0) - x) ? index : best),
    -1,
  );
}

/** Whole days from one ISO date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}
