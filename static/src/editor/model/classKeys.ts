// Which key stands for which class: the project's own choice where the editor does not need that key itself, else the
// next free digit.
import type { LabelClass } from "../../lib/types";

/**
 * Keys of the editor. annotations/classes/keys.py has the same ones, which no class gets, and tests hold both lists and
 * the table of hotkeys equal.
 */
export const RESERVED: ReadonlySet<string> = new Set("abcdefghijklmnprstvxz?#+-=/0 ");

const known = new WeakMap<readonly LabelClass[], ReadonlyMap<string, number>>();

export function classKeys(classes: readonly LabelClass[]): ReadonlyMap<string, number> {
  let keys = known.get(classes);
  if (!keys) known.set(classes, (keys = dealt(classes)));
  return keys;
}

/** The key of a class, if it has one. */
export function keyOf(classes: readonly LabelClass[], id: number): string | undefined {
  for (const [key, one] of classKeys(classes)) if (one === id) return key;
  return undefined;
}

function dealt(classes: readonly LabelClass[]): ReadonlyMap<string, number> {
  const keys = new Map<string, number>();
  const wanting: LabelClass[] = [];
  for (const one of classes) {
    const key = one.hotkey.toLowerCase();
    if (key !== "" && !RESERVED.has(key) && !keys.has(key)) keys.set(key, one.id);
    else wanting.push(one);
  }
  const digits = Array.from("123456789").filter((digit) => !keys.has(digit));
  for (const one of wanting) {
    const digit = digits.shift();
    if (digit === undefined) break;
    keys.set(digit, one.id);
  }
  return keys;
}
