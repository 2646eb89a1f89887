// All images of the gallery in their order, as ids; it travels as stretches of ids that follow one another.

export interface OrderAnswer {
  readonly total: number;
  readonly stretches: readonly (readonly [first: number, length: number])[];
}

export function unfold({ stretches }: OrderAnswer): number[] {
  const ids: number[] = [];
  for (const [first, length] of stretches) for (let n = 0; n < length; n += 1) ids.push(first + n);
  return ids;
}

export function* parts<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size);
}
