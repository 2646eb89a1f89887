// The sheet of how things look: sliders for picture and boxes, and what is hidden or locked by how it came to be.
import { h, icon, need } from "../../lib/dom";
import type { Editor } from "../editor";
import { LIMITS, PLAIN, type Amount } from "../model/display";
import { KINDS, type Kind } from "../model/state";

export function startLook(place: HTMLElement, editor: Editor): () => void {
  const updates: (() => void)[] = [];
  const amounts: Record<Amount, string> = {
    brightness: gettext("Brightness of the picture"),
    contrast: gettext("Contrast of the picture"),
    opacity: gettext("Opacity of the boxes"),
    fill: gettext("Tint inside the boxes"),
  };
  const slider = (name: Amount): HTMLElement => {
    const [min, max] = LIMITS[name];
    const value = h("output.look-value");
    const input = h("input.range", { type: "range", min, max, step: 0.05, "data-testid": `look-${name}`, oninput: () => editor.setLook({ [name]: Number(input.value) }) });
    updates.push(() => {
      input.value = String(editor.look[name]);
      value.textContent = `${Math.round(editor.look[name] * 100)}%`;
    });
    return h("label.look-row", {}, h("span", {}, amounts[name]), value, input);
  };
  const tick = (name: "cross" | "names", text: string): HTMLElement => {
    const input = h("input", { type: "checkbox", "data-testid": `look-${name}`, onchange: () => editor.setLook({ [name]: input.checked }) });
    updates.push(() => (input.checked = editor.look[name]));
    return h("label.look-tick", {}, input, text);
  };
  const kinds: Record<Kind, string> = { drawn: gettext("Drawn or imported"), accepted: gettext("Accepted suggestions"), suggested: gettext("Open suggestions") };
  const kindRow = (kind: Kind): HTMLElement => {
    const eye = switchButton("eye", interpolate(gettext("Hide: %s"), [kinds[kind]]), icon("eye"), icon("eye-off"), () => editor.flip("hiddenKinds", kind));
    const lock = switchButton("lock", interpolate(gettext("Lock: %s"), [kinds[kind]]), icon("lock-open"), icon("lock"), () => editor.flip("lockedKinds", kind));
    eye.dataset["testid"] = `hide-${kind}`;
    lock.dataset["testid"] = `lock-${kind}`;
    updates.push(() => {
      eye.setAttribute("aria-pressed", String(editor.state.hiddenKinds.has(kind)));
      lock.setAttribute("aria-pressed", String(editor.state.lockedKinds.has(kind)));
    });
    return h("div.look-kind", {}, h("span", {}, kinds[kind]), eye, lock);
  };
  const reset = h("button.button.small", { type: "button", "data-testid": "look-reset", onclick: () => editor.setLook(PLAIN) }, icon("rotate-ccw"), gettext("As it was"));
  need("[data-role=look-body]", place).replaceChildren(
    ...(["brightness", "contrast", "opacity", "fill"] as const).map(slider),
    h("div.look-ticks", {}, tick("cross", gettext("Cross hair")), tick("names", gettext("Names on boxes"))),
    h("div.look-kinds", {}, ...KINDS.map(kindRow)),
    reset,
  );
  const update = (): void => updates.forEach((one) => one());
  let seen: unknown[] = [];
  editor.watch(() => {
    const now = [editor.look, editor.state.hiddenKinds, editor.state.lockedKinds];
    if (now.every((value, index) => value === seen[index])) return;
    seen = now;
    update();
  });
  update();
  return () => place.togglePopover();
}

/** A small button with two pictures: off, and on. */
export function switchButton(name: string, label: string, off: SVGSVGElement, on: SVGSVGElement, run: () => void): HTMLButtonElement {
  const button = h("button", { type: "button", class: `icon-button flip ${name}`, "aria-label": label, title: label, "aria-pressed": "false", onclick: run });
  off.classList.add("off");
  on.classList.add("on");
  button.append(off, on);
  return button;
}
