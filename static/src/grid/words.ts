// What the grid says of a change, and what its address says of its filters.
import type { LabelClass } from "../lib/types";
import type { Edit, Filters, Verb } from "./client";

const USUAL: Filters = { order: "-odd" };

/** What is usual goes without saying. */
export function queryOf(filters: Filters): string {
  const said = Object.entries(filters).filter(([name, value]) => value !== "" && value !== USUAL[name]);
  return new URLSearchParams(said).toString();
}

export function doneWords(verb: Verb, { count, stayed }: Edit, classes: readonly LabelClass[]): string {
  const words = [changed(verb, count, classes)];
  if (stayed > 0)
    words.push(
      interpolate(
        ngettext(
          "%s stayed as it was: somebody had changed it.",
          "%s stayed as they were: somebody had changed them.",
          stayed,
        ),
        [stayed],
      ),
    );
  return words.join(" ");
}

function changed(verb: Verb, count: number, classes: readonly LabelClass[]): string {
  switch (verb.kind) {
    case "relabel": {
      const name = classes.find(({ id }) => id === verb.to)?.name ?? "?";
      return interpolate(ngettext("%s box is “%s” now.", "%s boxes are “%s” now.", count), [count, name]);
    }
    case "delete":
      return interpolate(ngettext("%s box deleted.", "%s boxes deleted.", count), [count]);
    case "send_back":
      return interpolate(ngettext("%s box sent back.", "%s boxes sent back.", count), [count]);
  }
}
