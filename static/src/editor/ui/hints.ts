// What was not done, and why, in words.
import { toast } from "../../lib/toast";
import type { Hint } from "../model/tools";

export function sayHint(hint: Hint): void {
  toast(words(hint));
}

/** Why answers are grey for somebody. */
export const noReview = (): string => gettext("You cannot answer suggestions here.");

function words(hint: Hint): string {
  switch (hint) {
    case "suggestions-stay":
      return gettext("Suggestions stay: Delete removes boxes. Press X to reject a suggestion.");
    case "twins":
      return gettext("A box of this class is here already. Press A again to have both, or X to reject the suggestion.");
    case "no-review":
      return noReview();
    case "looking-back":
      return gettext("This is how the image was. Esc leads back to now, where you can change it.");
    case "lacking":
      return gettext("This box lacks what its class requires (Shift+A). Say it, then the class can be complete.");
    case "too-narrow":
      return gettext("Too narrow for a box. Zoom in to draw something this small.");
  }
}
