// What a step of the timeline did, in words and with a picture.
import { h, icon, swatch } from "../../lib/dom";
import type { LabelClass } from "../../lib/types";
import { byId } from "../model/classes";
import { linesOf, type Deed, type Line, type Step } from "../model/steps";

export function deedLines(step: Step, classes: readonly LabelClass[]): readonly HTMLElement[] {
  return linesOf(step).map((line) => h("span.step-line", {}, words(line), ...classNames(line, classes)));
}

function classNames({ verb, classes, count }: Line, known: readonly LabelClass[]): HTMLElement[] {
  if (verb === "tagged" || verb === "untagged") return classes.map((deed) => h("span.step-class", {}, deed.class_name));
  return classes.map((deed) =>
    h(
      "span.step-class",
      {},
      swatch(byId(known).get(deed.class ?? 0)?.color ?? "var(--ink-3)"),
      nameOf(deed, known),
      count > classes.length && classes.length > 1 && h("span.count", {}, String(deed.count)),
    ),
  );
}

/** As it was called then, and what has become of it. */
function nameOf(deed: Deed, known: readonly LabelClass[]): string {
  if (deed.class === null) return interpolate(gettext("%s (deleted)"), [deed.class_name]);
  const now = byId(known).get(deed.class)?.name ?? deed.class_name;
  return now === deed.class_name ? now : interpolate(gettext("%s (now %s)"), [deed.class_name, now]);
}

function words({ verb, count: n }: Line): string {
  const counted = (text: string): string => interpolate(text, [n]);
  switch (verb) {
    case "uploaded":
      return gettext("Image uploaded");
    case "created":
      return counted(ngettext("%s box added", "%s boxes added", n));
    case "changed":
      return counted(ngettext("%s box changed", "%s boxes changed", n));
    case "deleted":
      return counted(ngettext("%s box deleted", "%s boxes deleted", n));
    case "imported":
      return counted(ngettext("%s box imported", "%s boxes imported", n));
    case "restored":
      return counted(ngettext("%s box brought back", "%s boxes brought back", n));
    case "accepted":
      return counted(ngettext("%s suggestion accepted", "%s suggestions accepted", n));
    case "answered":
      return counted(ngettext("%s suggestion answered by drawing", "%s suggestions answered by drawing", n));
    case "rejected":
      return counted(ngettext("%s suggestion rejected", "%s suggestions rejected", n));
    case "reconsidered":
      return counted(ngettext("%s decision taken back", "%s decisions taken back", n));
    case "withdrawn":
      return counted(ngettext("%s suggestion withdrawn", "%s suggestions withdrawn", n));
    case "offered":
      return counted(ngettext("%s suggestion offered again", "%s suggestions offered again", n));
    case "completed":
      return gettext("Marked complete");
    case "reopened":
      return gettext("No longer complete");
    case "commented":
      return gettext("Comment");
    case "resolved":
      return gettext("Comment resolved");
    case "unresolved":
      return gettext("Comment opened again");
    case "reworded":
      return gettext("Comment changed");
    case "unsaid":
      return gettext("Comment deleted");
    case "train":
      return gettext("Put into the train split");
    case "val":
      return gettext("Put into the validation split");
    case "test":
      return gettext("Put into the test split");
    case "unsplit":
      return gettext("Taken out of its split");
    case "tagged":
      return gettext("Tagged");
    case "untagged":
      return gettext("Tag taken off");
    case "handed":
      return gettext("Handed out in a job");
    case "taken":
      return gettext("Begun");
    case "submitted":
      return gettext("Submitted");
    case "skipped":
      return gettext("Skipped");
    case "freed":
      return gettext("Put back into its job");
    case "final":
      return gettext("Accepted as final");
    case "returned":
      return gettext("Returned");
    case "recalled":
      return gettext("Taken out of what is final");
    default:
      return verb;
  }
}

export function deedIcon(verb: string): SVGSVGElement {
  switch (verb) {
    case "uploaded":
      return icon("image-up");
    case "created":
    case "answered":
      return icon("plus");
    case "changed":
      return icon("move");
    case "deleted":
      return icon("trash-2");
    case "imported":
      return icon("file-down");
    case "restored":
      return icon("archive-restore");
    case "accepted":
    case "completed":
      return icon("check");
    case "rejected":
    case "withdrawn":
      return icon("x");
    case "reconsidered":
    case "reopened":
    case "offered":
      return icon("rotate-ccw");
    case "train":
    case "val":
    case "test":
    case "unsplit":
      return icon("split");
    case "tagged":
    case "untagged":
      return icon("tag");
    case "handed":
    case "taken":
    case "submitted":
    case "skipped":
    case "freed":
    case "final":
    case "returned":
    case "recalled":
      return icon("clipboard-list");
    default:
      return icon("message-square");
  }
}
