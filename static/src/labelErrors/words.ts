// What the list says of a label error, what its key would do, and where it is looked at closely.
import { at } from "../lib/address";
import { percent } from "../lib/format";
import type { LabelClass, Xyxy } from "../lib/types";
import type { Kind, LabelError } from "./client";
import type { Entry } from "./list";

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

/** What saying no to the proposal says. */
export const keepOf = ({ kind }: LabelError): string =>
  kind === "missing" ? gettext("No box is missing") : gettext("The label is right");

/** What the check says, in one sentence with its probability. */
export function claimOf(error: LabelError, names: Names): string {
  const values = {
    name: nameOf(names, error.class),
    other: nameOf(names, error.proposed),
    percent: percent(error.probability),
  };
  const sentences: Record<Kind, string> = {
    wrong_class: gettext("This box says “%(name)s” but shows “%(other)s”: %(percent)s likely."),
    spurious: gettext("This box shows no “%(name)s”: %(percent)s likely."),
    missing: gettext("“%(name)s” is here and has no box: %(percent)s likely."),
    loose: gettext("This box of “%(name)s” is too loose: %(percent)s likely."),
  };
  return interpolate(sentences[error.kind], values, true);
}

/** What became of it here. */
export function stateName(became: Entry["became"]): string {
  if (became === null) return gettext("waiting");
  return {
    fixed: gettext("mended"),
    right: gettext("label is right"),
    overtaken: gettext("changed by somebody else"),
  }[became];
}

/** After the last answer: what was said in this list. */
export function doneWords({ fixed, right }: { readonly fixed: number; readonly right: number }): string {
  const mended = interpolate(ngettext("%s label mended", "%s labels mended", fixed), [fixed.toLocaleString()]);
  const kept = interpolate(ngettext("%s was right", "%s were right", right), [right.toLocaleString()]);
  return `${mended}, ${kept}.`;
}

/** The smallest box that holds the label and its proposal. */
export function aroundBoth({ xyxy, tight }: LabelError): Xyxy {
  if (!tight) return xyxy;
  const [x1, y1, x2, y2] = tight;
  return [Math.min(xyxy[0], x1), Math.min(xyxy[1], y1), Math.max(xyxy[2], x2), Math.max(xyxy[3], y2)];
}

/** The image, with the box selected where there is one. */
export function editorUrl({ image, box }: LabelError): string {
  return at(`/images/${image.id}/${box === null ? "" : `#box=${box}`}`);
}
