// Where on a precision-recall curve a class works.

/** A point of a curve: recall, precision, threshold. */
export type Point = readonly number[];

/**
 * The index of the last point that the own threshold lets through, of points with falling thresholds; -1 where there is
 * none.
 */
export function ownPoint(points: readonly Point[], threshold: number | undefined): number {
  return threshold === undefined
    ? -1
    : points.reduce((found, point, index) => ((point[2] ?? -1) >= threshold ? index : found), -1);
}
