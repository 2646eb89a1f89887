// What the rows of the timeline show: a step with who did it, and a version.
import { h, icon } from "../../lib/dom";
import type { LabelClass } from "../../lib/types";
import type { KeptVersion, Step } from "../model/steps";
import { deedIcon, deedLines } from "./deeds";

export function stepContent(step: Step, classes: readonly LabelClass[], time: Intl.DateTimeFormat): readonly Node[] {
  const who = h("span", { title: step.actor }, step.actor_name ?? gettext("somebody who left"));
  const when = h("time", { datetime: step.at }, time.format(new Date(step.at)));
  return [
    h("span.step-icon", {}, deedIcon(step.deeds[0]?.verb ?? "")),
    h("span.step-said", {}, ...deedLines(step, classes), h("span.step-who", {}, who, when)),
  ];
}

export function versionContent(version: KeptVersion): readonly Node[] {
  const words = interpolate(gettext("Version %s was made here"), [`v${version.number} “${version.name}”`]);
  return [h("span.step-icon", {}, icon("bookmark")), h("span", {}, words)];
}
