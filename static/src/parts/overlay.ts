// Curves of two runs on one axis: their points are brought onto the union of both.

export interface OverlaidCurves {
  readonly x: readonly number[];
  readonly first: readonly (number | null)[];
  readonly second: readonly (number | null)[];
}

type Pair = readonly [number, number];

/**
 * Points (x, y) of two curves in one table; of several y at one x the highest counts, where a curve has no point there
 * is a gap.
 */
export function overlay(first: readonly Pair[], second: readonly Pair[]): OverlaidCurves {
  const a = highest(first);
  const b = highest(second);
  const x = [...new Set([...a.keys(), ...b.keys()])].sort((one, other) => one - other);
  return { x, first: x.map((at) => a.get(at) ?? null), second: x.map((at) => b.get(at) ?? null) };
}

function highest(points: readonly Pair[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const [x, y] of points) found.set(x, Math.max(y, found.get(x) ?? -Infinity));
  return found;
}
