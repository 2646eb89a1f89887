// All images of the gallery in their order, as ids; it travels as stretches of ids that follow one another.

import type { Stretches } from "../lib/stretches";

export interface OrderAnswer {
  readonly total: number;
  readonly stretches: Stretches;
  /** Of copies, which lie side by side: how many there are of each picture; empty where nobody asked for copies. */
  readonly groups: readonly number[];
}

/** Which of how many copies of one picture an image is, by its place in the order. */
export interface Copy {
  readonly number: number;
  readonly of: number;
}

export function copiesOf(groups: readonly number[]): Copy[] {
  return groups.flatMap((of) => Array.from({ length: of }, (_, n) => ({ number: n + 1, of })));
}

export function* parts<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size);
}
