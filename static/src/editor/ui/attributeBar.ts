// What the selected boxes' class asks for, as controls above the list of boxes. Shift+A leads to the first that is
// lacking; a digit takes a choice and leads on.
import { h, need, setText } from "../../lib/dom";
import type { Attribute, Value } from "../../lib/types";
import type { Editor } from "../editor";
import { asking, attributed, fits } from "../model/attributes";
import { chosen } from "../model/state";
import type { Binding } from "./keys";

/** From so many choices on they are a list to open. */
const MANY = 6;

interface Control {
  readonly element: HTMLElement;
  readonly focus: () => void;
  /** `values`: what the selected boxes say; several where they differ. */
  readonly show: (values: readonly (Value | undefined)[]) => void;
}

export function attributeBinding(editor: Editor, root: HTMLElement): Binding {
  return {
    keys: ["shift+a"],
    group: gettext("Flags of the selected boxes"),
    text: gettext("Attributes: go to the first that is not said; digits take choices, Esc leads back"),
    run: () => {
      const rows = [...root.querySelectorAll<HTMLElement>("[data-role=attributes] .attribute")];
      const row = rows.find((one) => one.classList.contains("lacking")) ?? rows[0];
      if (!row || asking(editor.state).asked.length === 0) return false;
      focusIn(row);
    },
  };
}

const focusIn = (row: HTMLElement): void => {
  const pressed = row.querySelector<HTMLElement>("[aria-pressed=true]");
  (pressed ?? row.querySelector<HTMLElement>("button, input, select"))?.focus();
};

/** Returns what shows them as they are now. */
export function startAttributeBar(panel: HTMLElement, editor: Editor): () => void {
  const bar = need("[data-role=attributes]", panel);
  const canvas = need("[data-testid=canvas]");
  let shown: readonly Attribute[] = [];
  let of = "";
  let controls: readonly Control[] = [];
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    canvas.focus();
    event.preventDefault();
  });
  const onward = (index: number): void => {
    const next = controls[index + 1];
    if (next) next.focus();
    else canvas.focus();
  };
  return () => {
    const { asked, held } = asking(editor.state);
    const who = chosen(editor.state)
      .map(({ what }) => what.id)
      .join();
    if (asked !== shown || who !== of) {
      shown = asked;
      of = who;
      controls = asked.map((one, index) => controlOf(editor, one, () => onward(index)));
      bar.replaceChildren(...controls.map(({ element }) => element));
    }
    bar.hidden = asked.length === 0 || !editor.state.can.label;
    asked.forEach((one, index) => controls[index]?.show(held.map((values) => values[one.name])));
  };
}

function controlOf(editor: Editor, one: Attribute, onward: () => void): Control {
  const say = (value: Value | null): void => editor.run(attributed(editor.state, one.name, value));
  const id = `attribute-${Math.random().toString(36).slice(2)}`;
  const name = h("span.attribute-name", { id, title: one.name }, one.name);
  const inner = innerOf(one, say, onward, id);
  const element = h("div.attribute", { "data-testid": `attribute-${one.name}` }, name, inner.element);
  const show = (values: readonly (Value | undefined)[]): void => {
    inner.show(values);
    const lacks = one.required && values.some((value) => !fits(one, value));
    element.classList.toggle("lacking", lacks);
    setText(name, lacks ? `${one.name} *` : one.name);
    name.title = lacks ? `${one.name}: ${gettext("required")}` : one.name;
  };
  return { element, focus: () => focusIn(element), show };
}

function innerOf(
  one: Attribute,
  say: (value: Value | null) => void,
  onward: () => void,
  id: string,
): Omit<Control, "focus"> {
  const options = optionsOf(one);
  if (options.length === 0) return typed(one, say, onward, id);
  return options.length < MANY ? chips(options, say, onward, id) : listed(options, say, onward, id);
}

const optionsOf = (one: Attribute): readonly (readonly [Value, string])[] => {
  if (one.kind === "choice") return one.choices.map((choice) => [choice, choice] as const);
  if (one.kind !== "yes_no") return [];
  return [
    [true, gettext("yes")],
    [false, gettext("no")],
  ];
};

type Options = readonly (readonly [Value, string])[];

function chips(
  options: Options,
  say: (value: Value | null) => void,
  onward: () => void,
  id: string,
): Omit<Control, "focus"> {
  const buttons = options.map(([value, word], index) => {
    const press = (): void => say(button.getAttribute("aria-pressed") === "true" ? null : value);
    const button = h("button.chip", { type: "button", title: `${word} (${index + 1})`, onclick: press }, word);
    return button;
  });
  const element = h("div.attribute-chips", { role: "group", "aria-labelledby": id }, ...buttons);
  element.addEventListener("keydown", (event) => {
    const option = event.ctrlKey || event.metaKey || event.altKey ? undefined : options[Number(event.key) - 1];
    if (!option) return;
    event.preventDefault();
    say(option[0]);
    onward();
  });
  const show = (values: readonly (Value | undefined)[]): void =>
    buttons.forEach((button, index) => {
      const said = values.filter((value) => value === options[index]?.[0]).length;
      button.setAttribute("aria-pressed", said === 0 ? "false" : said === values.length ? "true" : "mixed");
    });
  return { element, show };
}

const agreed = (values: readonly (Value | undefined)[]): Value | undefined =>
  values.every((value) => value === values[0]) ? values[0] : undefined;

function listed(
  options: Options,
  say: (value: Value | null) => void,
  onward: () => void,
  id: string,
): Omit<Control, "focus"> {
  const element = h(
    "select.input",
    { "aria-labelledby": id },
    h("option", { value: "" }, "–"),
    ...options.map(([, word], index) => h("option", { value: index + 1 }, word)),
  );
  element.addEventListener("change", () => say(options[Number(element.value) - 1]?.[0] ?? null));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    onward();
  });
  const show = (values: readonly (Value | undefined)[]): void => {
    const value = agreed(values);
    element.value = value === undefined ? "" : String(options.findIndex(([one]) => one === value) + 1 || "");
  };
  return { element, show };
}

function typed(
  one: Attribute,
  say: (value: Value | null) => void,
  onward: () => void,
  id: string,
): Omit<Control, "focus"> {
  const element = h("input.input", {
    type: one.kind === "number" ? "number" : "text",
    step: one.kind === "number" && "any",
    maxlength: one.kind === "text" && 500,
    autocomplete: "off",
    "aria-labelledby": id,
  });
  const value = (): Value | null => {
    const text = element.value.trim();
    if (text === "") return null;
    return one.kind === "number" ? Number(text) : text;
  };
  element.addEventListener("change", () => {
    if (element.validity.valid) say(value());
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    element.blur();
    onward();
  });
  const show = (values: readonly (Value | undefined)[]): void => {
    const text = String(agreed(values) ?? "");
    if (document.activeElement !== element && element.value !== text) element.value = text;
    element.placeholder = new Set(values).size > 1 ? gettext("several") : "";
  };
  return { element, show };
}
