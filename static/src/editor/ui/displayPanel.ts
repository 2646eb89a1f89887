// The sheet of how things look: sliders for picture and boxes, and what is hidden or locked by how it came to be.
import { h, icon, need } from "../../lib/dom";
import type { Editor } from "../editor";
import { LIMITS, PLAIN, type Amount } from "../model/display";
import { KINDS, type Kind } from "../model/state";

export function startDisplayPanel(place: HTMLElement, editor: Editor): () => void {
  const updates: (() => void)[] = [];
  const amounts: Record<Amount, string> = {
    brightness: gettext("Brightness of the picture"),
    contrast: gettext("Contrast of the picture"),
    opacity: gettext("Opacity of the boxes"),
    fill: gettext("Tint inside the boxes"),
  };
  const slider = (name: Amount): HTMLElement => {
    const [min, max] = LIMITS[name];
    const value = h("output.display-value");
    const input = h("input.range", {
      type: "range",
      min,
      max,
      step: 0.05,
      "data-testid": `display-${name}`,
      oninput: () => editor.setDisplay({ [name]: Number(input.value) }),
    });
    updates.push(() => {
      input.value = String(editor.display[name]);
      value.textContent = `${Math.round(editor.display[name] * 100)}%`;
    });
    return h("label.display-row", {}, h("span", {}, amounts[name]), value, input);
  };
  const tick = (name: "cross" | "names", text: string): HTMLElement => {
    const input = h("input", {
      type: "checkbox",
      "data-testid": `display-${name}`,
      onchange: () => editor.setDisplay({ [name]: input.checked }),
    });
    updates.push(() => (input.checked = editor.display[name]));
    return h("label.display-tick", {}, input, text);
  };
  const kinds: Record<Kind, string> = {
    drawn: gettext("Drawn or imported"),
    accepted: gettext("Accepted suggestions"),
    suggested: gettext("Open suggestions"),
  };
  const kindRow = (kind: Kind): HTMLElement => {
    const eye = switchButton("eye", interpolate(gettext("Hide: %s"), [kinds[kind]]), icon("eye"), icon("eye-off"), () =>
      editor.flip("hiddenKinds", kind),
    );
    const lock = switchButton(
      "lock",
      interpolate(gettext("Lock: %s"), [kinds[kind]]),
      icon("lock-open"),
      icon("lock"),
      () => editor.flip("lockedKinds", kind),
    );
    eye.dataset.testid = `hide-${kind}`;
    lock.dataset.testid = `lock-${kind}`;
    updates.push(() => {
      eye.setAttribute("aria-pressed", String(editor.state.hiddenKinds.has(kind)));
      lock.setAttribute("aria-pressed", String(editor.state.lockedKinds.has(kind)));
    });
    return h("div.display-kind", {}, h("span", {}, kinds[kind]), eye, lock);
  };
  const reset = h(
    "button.button.small",
    { type: "button", "data-testid": "display-reset", onclick: () => editor.setDisplay(PLAIN) },
    icon("rotate-ccw"),
    gettext("As it was"),
  );
  need("[data-role=display-body]", place).replaceChildren(
    ...(["brightness", "contrast", "opacity", "fill"] as const).map(slider),
    h("div.display-ticks", {}, tick("cross", gettext("Cross hair")), tick("names", gettext("Names on boxes"))),
    h("div.display-kinds", {}, ...KINDS.map(kindRow)),
    reset,
  );
  const update = (): void => updates.forEach((one) => one());
  let seen: unknown[] = [];
  editor.watch(() => {
    const now = [editor.display, editor.state.hiddenKinds, editor.state.lockedKinds];
    if (now.every((value, index) => value === seen[index])) return;
    seen = now;
    update();
  });
  update();
  return () => place.togglePopover();
}

/** A small button with two pictures: off, and on. */
export function switchButton(
  name: string,
  label: string,
  off: SVGSVGElement,
  on: SVGSVGElement,
  run: () => void,
): HTMLButtonElement {
  const button = h("button", {
    type: "button",
    class: `icon-button flip ${name}`,
    "aria-label": label,
    title: label,
    "aria-pressed": "false",
    onclick: run,
  });
  off.classList.add("off");
  on.classList.add("on");
  button.append(off, on);
  return button;
}
