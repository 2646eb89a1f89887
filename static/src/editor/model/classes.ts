// The classes of the project as the editor looks them up: by id, by what somebody types, and those it has not heard of.
import type { LabelClass } from "../../lib/types";
import type { Doc } from "./document";

const known = new WeakMap<readonly LabelClass[], ReadonlyMap<number, LabelClass>>();

export function byId(classes: readonly LabelClass[]): ReadonlyMap<number, LabelClass> {
  let map = known.get(classes);
  if (!map) known.set(classes, (map = new Map(classes.map((one) => [one.id, one]))));
  return map;
}

/**
 * Those whose name has all that was typed: first what begins with it, then what has a word that does, then the others.
 */
export function found(classes: readonly LabelClass[], typed: string): readonly LabelClass[] {
  const wanted = plain(typed);
  const words = wanted.split(" ");
  const hits = classes.filter((one) => words.every((word) => plain(one.name).includes(word)));
  const rank = (one: LabelClass): number => {
    const name = plain(one.name);
    if (name.startsWith(wanted)) return 0;
    return words.every((word) => ` ${name}`.includes(` ${word}`)) ? 1 : 2;
  };
  return hits.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * The name of the class that could be made of what was typed; null where there is one of that name, or nothing was
 * typed.
 */
export function newName(classes: readonly LabelClass[], typed: string): string | null {
  const name = typed.trim().replace(/\s+/g, " ");
  const taken = classes.some((one) => plain(one.name) === plain(name));
  return name === "" || taken ? null : name;
}

/** Whether the image has something of a class that was made after the page was opened. */
export function hasUnknown(doc: Doc, classes: readonly LabelClass[]): boolean {
  const map = byId(classes);
  return [...doc.boxes, ...doc.suggestions].some((one) => !map.has(one.class));
}

const plain = (text: string): string => text.trim().replace(/\s+/g, " ").toLocaleLowerCase();
