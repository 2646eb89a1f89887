// Lists of ids as they travel: stretches of ids that follow one another.

export type Stretches = readonly (readonly [first: number, length: number])[];

export function unfold({ stretches }: { readonly stretches: Stretches }): number[] {
  const ids: number[] = [];
  for (const [first, length] of stretches) for (let n = 0; n < length; n += 1) ids.push(first + n);
  return ids;
}
