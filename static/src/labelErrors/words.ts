// What the list says of a label error, and what its key would do.
import type { LabelClass } from "../lib/types";
import type { LabelError } from "./client";

type Names = ReadonlyMap<number, LabelClass>;

const nameOf = (names: Names, id: number | null): string => (id === null ? "?" : (names.get(id)?.name ?? "?"));

/** What is likely wrong, short enough for a tile. */
export function faultOf(error: LabelError, names: Names): string {
  const name = nameOf(names, error.class);
  switch (error.kind) {
    case "wrong_class":
      return `${name} → ${nameOf(names, error.proposed)}`;
    case "spurious":
      return interpolate(gettext("No %s"), [name]);
    case "missing":
      return interpolate(gettext("%s missing"), [name]);
    case "loose":
      return interpolate(gettext("%s, loose"), [name]);
  }
}

/** What taking the proposal does. */
export function cureOf(error: LabelError, names: Names): string {
  switch (error.kind) {
    case "wrong_class":
      return interpolate(gettext("Make it “%s”"), [nameOf(names, error.proposed)]);
    case "spurious":
      return gettext("Delete the box");
    case "missing":
      return interpolate(gettext("Add a box of “%s”"), [nameOf(names, error.class)]);
    case "loose":
      return gettext("Tighten the box");
  }
}
