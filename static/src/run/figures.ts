// Measured shares with how sure they are, in words.
import { h } from "../lib/dom";
import { percent } from "../lib/format";

/** The ends of a 95 % interval as a note; of runs from before both were kept only the lower one is known. */
export function likely(low: number | null | undefined, high: number | null | undefined): string {
  if (low == null) return "";
  return high == null
    ? interpolate(gettext("at least %s"), [whole(low)])
    : interpolate(gettext("likely %s to %s"), [whole(low), whole(high)]);
}

/** A note is narrow: the sign stays with its number. */
function whole(value: number): string {
  return percent(value).replace(" ", "\u00a0");
}

/** Name, value, and a note. */
export type Figure = readonly [string, string, string?];

/** A row of figures; what has no value is left out. */
export function figures(rows: readonly Figure[]): HTMLElement {
  const known = rows.filter(([, value]) => value !== "–");
  return h("dl.figures", {}, ...known.map(figure));
}

export function figure([name, value, note]: Figure): HTMLElement {
  return h("div.figure", {}, h("dt", {}, name), h("dd", {}, value), note ? h("dd.note", {}, note) : null);
}
