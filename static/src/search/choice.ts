// Which tiles are chosen, pure: a click, a range from the last one, a stroke over many, all, none.
export interface Choice {
  readonly chosen: ReadonlySet<number>;
  /** Where a range with Shift begins. */
  readonly anchor: number | null;
}

export const NONE: Choice = { chosen: new Set(), anchor: null };

export function toggled(choice: Choice, index: number): Choice {
  return set(choice, index, !choice.chosen.has(index));
}

/** Puts one tile in or out; a stroke over many does so with each. */
export function set(choice: Choice, index: number, on: boolean): Choice {
  const chosen = new Set(choice.chosen);
  if (on) chosen.add(index);
  else chosen.delete(index);
  return { chosen, anchor: index };
}

/** Adds all from the anchor to this one, in the order that is shown. */
export function ranged(choice: Choice, index: number, order: readonly number[]): Choice {
  const from = choice.anchor === null ? -1 : order.indexOf(choice.anchor);
  const to = order.indexOf(index);
  if (from < 0 || to < 0) return toggled(choice, index);
  const span = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { chosen: new Set([...choice.chosen, ...span]), anchor: choice.anchor };
}

export function all(order: readonly number[]): Choice {
  return { chosen: new Set(order), anchor: order[0] ?? null };
}

/** What can still be chosen stays chosen. */
export function kept(choice: Choice, order: readonly number[]): Choice {
  const there = new Set(order);
  return { chosen: new Set([...choice.chosen].filter((one) => there.has(one))), anchor: choice.anchor };
}
