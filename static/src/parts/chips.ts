// Names as chips: a plain text field (commas or lines) that becomes easier to fill when scripts run.
import { h, icon } from "../lib/dom";
import { BREAKS, namesOf } from "./names";

export function startChips(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[data-chips]")) chips(input);
}

function chips(source: HTMLInputElement): void {
  const names = new Set<string>();
  const place = h("div.chip-input", {});
  const entry = h("input", {
    type: "text",
    autocomplete: "off",
    placeholder: source.placeholder,
    id: source.id,
  });
  for (const name of ["list", "aria-label"])
    if (source.hasAttribute(name)) entry.setAttribute(name, source.getAttribute(name) ?? "");
  if (source.getAttribute("aria-describedby"))
    entry.setAttribute("aria-describedby", source.getAttribute("aria-describedby") ?? "");

  const show = (): void => {
    place.replaceChildren(...[...names].map(chip), entry);
    source.value = [...names].join(", ");
    entry.placeholder = names.size > 0 ? "" : source.placeholder;
  };
  const add = (text: string): void => {
    for (const name of namesOf(text)) names.add(name);
    entry.value = "";
    show();
    entry.focus();
  };
  const remove = (name: string): void => {
    names.delete(name);
    show();
    entry.focus();
  };
  const chip = (name: string): HTMLElement =>
    h(
      "span.chip",
      {},
      name,
      h(
        "button",
        { type: "button", "aria-label": interpolate(gettext("Remove %s"), [name]), onclick: () => remove(name) },
        icon("x"),
      ),
    );

  entry.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // a Korean syllable in the making: Enter ends it, not the name
    if ((event.key === "Enter" || event.key === ",") && entry.value.trim()) {
      event.preventDefault();
      add(entry.value);
    } else if (event.key === "Backspace" && entry.value === "" && names.size > 0) {
      remove([...names].at(-1) ?? "");
    }
  });
  // A field of one line would join the lines of a pasted column to one name.
  entry.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!BREAKS.test(text.trim())) return;
    event.preventDefault();
    add(`${entry.value},${text}`);
  });
  entry.addEventListener("input", () => {
    if (BREAKS.test(entry.value)) add(entry.value);
  });
  entry.addEventListener("change", () => {
    if (entry.value.trim()) add(entry.value);
  });
  place.addEventListener("click", (event) => {
    if (event.target === place) entry.focus();
  });

  for (const name of namesOf(source.value)) names.add(name);
  source.type = "hidden";
  source.removeAttribute("id");
  source.after(place);
  show();
}
