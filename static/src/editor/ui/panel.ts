// The right panel: classes, suggestions with their evidence, boxes. It shows the state and calls the editor; it keeps nothing.
import { h, icon, need, Rows, setText, swatch } from "../../lib/dom";
import { evidencePanel } from "../../lib/evidence";
import { confidence } from "../../lib/format";
import type { Box, LabelClass, Suggestion } from "../../lib/types";
import { uuid4 } from "../../lib/uuid";
import { classKeys } from "../model/classKeys";
import * as commands from "../model/commands";
import { waiting } from "../model/document";
import type { Editor } from "../editor";
import { counted, type Comments } from "../sync/comments";
import { switchButton } from "./displayPanel";
import { chosen, isChosen, itemOf, same, type EditorState, type Selection } from "../model/state";
import { selecting } from "../model/tools";

interface Row<T> {
  readonly element: HTMLElement;
  readonly update: (item: T) => void;
}

export function startPanel(root: HTMLElement, editor: Editor, comments: Comments): void {
  const role = (name: string): HTMLElement => need(`[data-role=${name}]`, root);
  const classes = new Map(editor.state.classes.map((one) => [one.id, one]));
  const classRows = new Rows<LabelClass, number>(
    role("class-list"),
    (one) => one.id,
    (one) => classRow(editor, one),
  );
  const offerRows = new Rows<Suggestion, number>(
    role("suggestion-list"),
    (one) => one.id,
    (one) => offerRow(editor, one, classes),
  );
  const boxRows = new Rows<Box, string>(
    role("box-list"),
    (one) => one.id,
    (one) => boxRow(editor, one, classes, counts),
  );
  let seen: Partial<EditorState> = {};
  let seenComments: unknown;
  const counts = (id: string): number => counted(comments.all).get(id) ?? 0;

  const show = (): void => {
    const { state } = editor;
    const shownHere = ["doc", "selection", "also", "currentClass", "hiddenClasses", "lockedClasses"] as const;
    if (seenComments === comments.all && shownHere.every((name) => state[name] === seen[name])) return;
    seenComments = comments.all;
    const moved = state.selection !== seen.selection;
    seen = state;
    const offers = waiting(state.doc);
    classRows.show(state.classes);
    offerRows.show(offers);
    boxRows.show(state.doc.boxes);
    role("suggestions").hidden = offers.length === 0;
    setText(role("suggestion-count"), String(offers.length));
    setText(role("box-count"), String(state.doc.boxes.length));
    role("no-boxes").hidden = state.doc.boxes.length > 0 || !state.can.label;
    if (moved) inSight(state.selection);
  };

  const inSight = (what: Selection | null): void => {
    const row = what?.kind === "box" ? boxRows.element(what.id) : what ? offerRows.element(what.id) : undefined;
    row?.scrollIntoView({ block: "nearest" });
  };

  editor.watch(show);
  comments.watch(show);
  show();
}

function classRow(editor: Editor, one: LabelClass): Row<LabelClass> {
  const key = [...classKeys(editor.state.classes)].find(([, id]) => id === one.id)?.[0];
  const count = h("span.count", { "data-testid": `class-count-${one.id}` });
  const choose = h(
    "button.class-choose",
    { type: "button", "data-testid": `class-${one.id}`, onclick: () => editor.setClass(one.id) },
    swatch(one.color),
    h("span.name", { title: one.name }, one.name),
    key && h("kbd", {}, key.toUpperCase()),
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
    setText(count, String(state.doc.boxes.filter((box) => box.class === one.id).length));
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

function boxRow(
  editor: Editor,
  first: Box,
  classes: ReadonlyMap<number, LabelClass>,
  counts: (id: string) => number,
): Row<Box> {
  const what: Selection = { kind: "box", id: first.id };
  const said = h("span.badge.said", { title: gettext("Open comments") });
  const dot = h("span.class-dot", { "aria-hidden": true });
  const name = h("span.name");
  const size = h("span.size");
  const choose = h(
    "button.row-choose",
    { type: "button", onclick: (event: MouseEvent) => choosing(editor, what, event) },
    dot,
    name,
    said,
    size,
  );
  const remove = h(
    "button.icon-button.danger",
    {
      type: "button",
      "aria-label": gettext("Delete this box"),
      title: gettext("Delete this box"),
      onclick: () =>
        !editor.state.lockedClasses.has(first.class) && editor.run({ changes: [{ op: "delete", id: first.id }] }),
    },
    icon("trash-2"),
  );
  const element = h(
    "li.panel-row",
    { "data-testid": "box-item", "data-id": first.id },
    choose,
    editor.state.can.label && remove,
  );
  element.addEventListener("pointerenter", () => editor.setHover(what));
  element.addEventListener("pointerleave", () => editor.setHover(null));
  const update = (box: Box): void => {
    const label = classes.get(box.class);
    dot.style.backgroundColor = label?.color ?? "";
    setText(name, label?.name ?? "?");
    setText(size, `${Math.round(box.xyxy[2] - box.xyxy[0])} × ${Math.round(box.xyxy[3] - box.xyxy[1])}`);
    choose.title = boxTitle(box);
    const count = counts(box.id);
    said.hidden = count === 0;
    setText(said, String(count));
    mark(element, choose, isChosen(editor.state, what));
  };
  return { element, update };
}

/** A click in the list; with Shift or Ctrl the box joins what is selected, or leaves it. */
function choosing(editor: Editor, what: Selection, event: MouseEvent): void {
  if (!event.shiftKey && !event.ctrlKey && !event.metaKey) return editor.select(what, "judge");
  const all = chosen(editor.state);
  const item = itemOf(editor.state.doc, what);
  if (!item) return;
  editor.run(selecting(isChosen(editor.state, what) ? all.filter((one) => !same(one.what, what)) : [...all, item]));
}

function boxTitle(box: Box): string {
  const origins = { person: gettext("drawn"), suggestion: gettext("accepted suggestion"), import: gettext("imported") };
  return [origins[box.origin], box.author].filter(Boolean).join(" · ");
}

function offerRow(editor: Editor, first: Suggestion, classes: ReadonlyMap<number, LabelClass>): Row<Suggestion> {
  const what: Selection = { kind: "suggestion", id: first.id };
  const label = classes.get(first.class);
  const choose = h(
    "button.row-choose",
    { type: "button", onclick: () => editor.select(what, "judge") },
    swatch(label?.color ?? ""),
    h("span.name", {}, label?.name ?? "?"),
    first.sure && h("span.badge.ok", {}, gettext("sure")),
    h("span.chance", {}, confidence(first)),
  );
  const details = h("div.offer-details");
  const element = h("li.panel-row.offer", { "data-testid": "suggestion-item", "data-id": first.id }, choose, details);
  element.addEventListener("pointerenter", () => editor.setHover(what));
  element.addEventListener("pointerleave", () => editor.setHover(null));
  const update = (offer: Suggestion): void => {
    const open = editor.state.selection?.kind === "suggestion" && editor.state.selection.id === offer.id;
    mark(element, choose, open);
    choose.setAttribute("aria-expanded", String(open));
    if (open && details.childElementCount === 0) details.append(...offerDetails(editor, offer));
    if (!open) details.replaceChildren();
  };
  return { element, update };
}

function offerDetails(editor: Editor, offer: Suggestion): HTMLElement[] {
  const answer = (name: string, text: string, key: string, picture: SVGSVGElement, run: () => void): HTMLElement =>
    h(
      "button.button.small",
      {
        type: "button",
        "data-testid": name,
        class: `button small ${name}`,
        disabled: !editor.state.can.review,
        onclick: run,
      },
      picture,
      text,
      h("kbd", {}, key),
    );
  return [
    h(
      "div.offer-answers",
      {},
      answer("accept", gettext("Accept"), "A", icon("check"), () => editor.run(commands.accepted(editor.state, uuid4))),
      answer("reject", gettext("Reject"), "X", icon("x"), () => editor.run(commands.rejected(editor.state))),
    ),
    h(
      "div.offer-why",
      {},
      h("img.offer-crop", { src: offer.crop_url, alt: "", decoding: "async" }),
      evidencePanel(offer),
    ),
  ];
}

function mark(element: HTMLElement, button: HTMLElement, selected: boolean): void {
  element.classList.toggle("selected", selected);
  if (selected) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}
