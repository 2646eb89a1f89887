// Asks which class suggestions or boxes are of: by press, by name, or by the class's own key.
import { h, icon, swatch } from "../lib/dom";
import type { LabelClass } from "../lib/types";

/** Resolves to the class, or null where the person thinks better of it. */
export function askClass(classes: readonly LabelClass[], title: string): Promise<number | null> {
  return new Promise((resolve) => {
    let answer: number | null = null;
    const choose = (id: number): void => {
      answer = id;
      dialog.close();
    };
    const choices = classes.map((one) =>
      h(
        "button.button.relabel-choice",
        { type: "button", "data-testid": `relabel-${one.id}`, onclick: () => choose(one.id) },
        swatch(one.color),
        h("span.clip", {}, one.name),
        one.hotkey !== "" && h("kbd", {}, one.hotkey.toUpperCase()),
      ),
    );
    const search = h("input.input", {
      type: "search",
      placeholder: gettext("Find a class"),
      "aria-label": gettext("Find a class"),
    });
    search.addEventListener("input", () => {
      const text = search.value.trim().toLowerCase();
      choices.forEach((choice, at) => (choice.hidden = !classes[at]?.name.toLowerCase().includes(text)));
    });
    search.addEventListener("keydown", (event) => {
      const first = classes[choices.findIndex((choice) => !choice.hidden)];
      if (event.key === "Enter" && !event.isComposing && first) choose(first.id);
    });
    const dialog = h(
      "dialog.dialog",
      { "aria-label": title, "data-testid": "relabel" },
      h(
        "div.dialog-head",
        {},
        h("h2", {}, title),
        h("button.icon-button", { type: "button", "data-close": true, "aria-label": gettext("Close") }, icon("x")),
      ),
      h("div.dialog-body", {}, classes.length > 9 && search, h("div.relabel-choices", {}, ...choices)),
    );
    dialog.addEventListener("keydown", (event) => {
      if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
      const one = classes.find(({ hotkey }) => hotkey !== "" && hotkey.toLowerCase() === event.key.toLowerCase());
      if (one) choose(one.id);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
