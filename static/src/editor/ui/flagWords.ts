// What flags are called where people read them.
import type { Flag } from "../../lib/types";

export function flagWord(flag: Flag): string {
  switch (flag) {
    case "occluded":
      return gettext("occluded");
    case "truncated":
      return gettext("cut off");
    case "difficult":
      return gettext("difficult");
    case "crowd":
      return gettext("group");
    case "ignore":
      return gettext("ignore");
  }
}

export function flagTitle(flag: Flag): string {
  switch (flag) {
    case "occluded":
      return gettext("Something lies before it");
    case "truncated":
      return gettext("Part of it lies outside the image");
    case "difficult":
      return gettext("Hard to tell, also for people");
    case "crowd":
      return gettext("Several objects in one box: no run learns from it");
    case "ignore":
      return gettext("A region where nobody looks for this class: it counts as no box, and runs learn nothing from it");
  }
}
