// The classes in the panel: which is in hand, how many boxes each has, what is hidden, locked and complete; many are
// searched.
import { isRegion } from "../model/document";
import { h, icon, need, Rows, setText, swatch } from "../../lib/dom";
import type { LabelClass } from "../../lib/types";
import type { Editor } from "../editor";
import { keyOf } from "../model/classKeys";
import { found } from "../model/classes";
import * as commands from "../model/commands";
import { nothing, type Makers } from "./classPalette";
import { switchButton } from "./displayPanel";

/** From so many classes on there is a search. */
const MANY = 12;

export function startClassList(root: HTMLElement, editor: Editor, makers: Makers): () => void {
  const list = need("[data-role=class-list]", root);
  const search = need<HTMLInputElement>("[data-role=class-search]", root);
  const none = need("[data-role=no-class]", root);
  const rows = new Rows<LabelClass, number>(
    list,
    (one) => one.id,
    (one) => classRow(editor, one),
  );
  let current: number | null = null;
  const show = (): void => {
    const { state } = editor;
    search.hidden = state.classes.length <= MANY;
    const hits = search.hidden ? state.classes : found(state.classes, search.value);
    rows.show(hits);
    none.hidden = hits.length > 0;
    if (hits.length === 0) setText(none, nothing(state, makers));
    if (state.currentClass !== current && state.currentClass !== null)
      rows.element(state.currentClass)?.scrollIntoView({ block: "nearest" });
    current = state.currentClass;
  };
  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => {
    const [first] = found(editor.state.classes, search.value);
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    if (event.key === "Enter" && first) editor.setClass(first.id);
    search.value = "";
    search.blur();
    show();
  });
  return show;
}

function classRow(editor: Editor, one: LabelClass): { element: HTMLElement; update: () => void } {
  const count = h("span.count", { "data-testid": `class-count-${one.id}` });
  const key = h("kbd");
  const choose = h(
    "button.class-choose",
    { type: "button", "data-testid": `class-${one.id}`, onclick: () => editor.setClass(one.id) },
    swatch(one.color),
    h("span.name", { title: one.name }, one.name),
    key,
    count,
  );
  const eye = h("button.icon-button.eye", {
    type: "button",
    "data-testid": `eye-${one.id}`,
    "aria-label": interpolate(gettext("Show %s"), [one.name]),
    onclick: () => editor.flip("hiddenClasses", one.id),
  });
  eye.append(icon("eye"), icon("eye-off"));
  const complete = h("input", {
    type: "checkbox",
    "data-testid": `complete-${one.id}`,
    "aria-label": interpolate(gettext("This image is complete for %s"), [one.name]),
    title: gettext("Every object of this class in this image has its box"),
    disabled: !editor.state.can.label,
    onchange: () => editor.run(commands.completed(editor.state, one.id, complete.checked)),
  });
  const lock = switchButton("lock", interpolate(gettext("Lock %s"), [one.name]), icon("lock-open"), icon("lock"), () =>
    editor.flip("lockedClasses", one.id),
  );
  lock.dataset.testid = `lock-${one.id}`;
  const element = h("li.class-row", {}, choose, lock, eye, complete);
  const update = (): void => {
    const { state } = editor;
    const cap = keyOf(state.classes, one.id);
    key.hidden = cap === undefined;
    setText(key, cap?.toUpperCase() ?? "");
    setText(count, String(state.doc.boxes.filter((box) => box.class === one.id && !isRegion(box)).length));
    complete.checked = state.doc.complete.has(one.id);
    const hidden = state.hiddenClasses.has(one.id);
    lock.setAttribute("aria-pressed", String(state.lockedClasses.has(one.id)));
    element.classList.toggle("class-hidden", hidden);
    element.classList.toggle("current", state.currentClass === one.id);
    choose.setAttribute("aria-pressed", String(state.currentClass === one.id));
    eye.setAttribute("aria-pressed", String(!hidden));
  };
  return { element, update };
}
