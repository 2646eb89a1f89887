// The button that ends a selection.
import { h, icon } from "./dom";

export function noneButton(onclick: () => void): HTMLElement {
  const name = gettext("Select none");
  return h("button.icon-button", { type: "button", "aria-label": name, title: `${name} (Esc)`, onclick }, icon("x"));
}
