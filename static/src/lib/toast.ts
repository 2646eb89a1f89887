// A sentence at the edge of the screen that goes away by itself; errors stay until they are read.
import { h, icon } from "./dom";

export type Tone = "info" | "success" | "error";

const STAYS_MS = 7000;

function picture(tone: Tone): SVGSVGElement {
  if (tone === "error") return icon("circle-alert");
  return tone === "success" ? icon("circle-check") : icon("info");
}

export function toast(text: string, tone: Tone = "info", action?: { label: string; run: () => void }): void {
  const place = document.getElementById("toasts");
  if (!place) return;
  const element = h("div", { class: `toast toast-${tone}`, "data-testid": "toast" }, picture(tone), h("p", {}, text));
  const close = (): void => element.remove();
  if (action) {
    const act = (): void => {
      close();
      action.run();
    };
    element.append(h("button.button.button-small", { type: "button", onclick: act }, action.label));
  }
  element.append(
    h("button.icon-button", { type: "button", "aria-label": gettext("Dismiss"), onclick: close }, icon("x")),
  );
  place.append(element);
  if (tone !== "error") setTimeout(close, STAYS_MS);
}
