// What surrounds the picture: the bar at the top, the tools, the help sheet, and the panel as a bottom sheet on a phone.
import { h, need, setText } from "../../lib/dom";
import { confidence } from "../../lib/format";
import { toast } from "../../lib/toast";
import { classKeys } from "../model/classKeys";
import * as commands from "../model/commands";
import type { Editor } from "../editor";
import type { Binding, Places } from "./keys";
import { chosen, items, same, selected, type EditorState, type Item } from "../model/state";
import { uuid4 } from "../../lib/uuid";

export function startChrome(root: HTMLElement, editor: Editor, go: Places): void {
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const actions: Record<string, () => void> = {
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    fit: () => editor.fit(),
    help: go.help,
    "zoom-in": () => editor.zoom(1.25),
    "zoom-out": () => editor.zoom(0.8),
    "tool-select": () => editor.setTool("select"),
    "tool-draw": () => editor.setTool("draw"),
    "tool-extreme": () => editor.setTool("extreme"),
    "tool-band": () => editor.setTool("band"),
    "tool-pan": () => editor.setTool("pan"),
    palette: go.palette,
    display: go.display,
    duplicate: () => editor.run(commands.duplicated(editor.state, uuid4)),
    "bring-previous": () => void editor.bringPrevious(),
    "select-none": () => editor.select(null),
    hide: () => editor.toggleAll(),
    delete: () => editor.run(commands.removed(editor.state)),
    accept: () => editor.run(commands.accepted(editor.state, uuid4)),
    reject: () => editor.run(commands.rejected(editor.state)),
    "help-complete": () =>
      toast(
        gettext(
          "Every object of this class in this image has its box. Only then does the rest of the image teach what the class is not.",
        ),
      ),
    panel: () => toggle(root, "panel", "panel-open"),
    "more-tools": () => toggle(root, "more-tools", "tools-open"),
  };
  root.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-do]");
    if (button?.dataset.do !== "more-tools") toggle(root, "more-tools", "tools-open", false);
    const action = button && actions[button.dataset.do ?? ""];
    if (action && !button.matches("[aria-disabled=true]")) action();
  });
  for (const [name, step] of [
    ["next", go.next],
    ["previous", go.previous],
  ] as const) {
    role(name).addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      step();
    });
  }
  for (const element of root.querySelectorAll<HTMLElement>(".label-only")) element.hidden = !editor.state.can.label;

  const each = (names: readonly string[], then: (button: HTMLElement, name: string) => void): void => {
    for (const name of names)
      for (const button of root.querySelectorAll<HTMLElement>(`[data-do=${name}]`)) then(button, name);
  };

  const show = (): void => {
    const { state, image } = editor;
    const item = selected(state);
    each(["tool-select", "tool-draw", "tool-extreme", "tool-band", "tool-pan"], (button, name) =>
      button.setAttribute("aria-pressed", String(name === `tool-${state.tool}`)),
    );
    each(["hide"], (button) => button.setAttribute("aria-pressed", String(state.allHidden)));
    each(["undo"], (button) => button.setAttribute("aria-disabled", String(!editor.canUndo)));
    each(["redo"], (button) => button.setAttribute("aria-disabled", String(!editor.canRedo)));
    const all = state.also.length > 0 ? chosen(state) : [];
    each(["delete"], (button) =>
      button.setAttribute("aria-disabled", String(item?.what.kind !== "box" && all.length === 0)),
    );
    role("answer").hidden = item?.what.kind !== "suggestion" || !state.can.review || all.length > 0;
    role("several").hidden = all.length === 0;
    if (all.length > 0) setText(role("several-count"), interpolate(gettext("%s selected"), [all.length]));
    role("several-answers").hidden = !state.can.review || all.every((one) => one.what.kind === "box");
    role("extreme-hint").hidden = state.tool !== "extreme";
    if (state.tool === "extreme")
      setText(
        role("extreme-hint"),
        interpolate(gettext("Point %s of 4: the object's outermost points, in any order"), [state.extremes.length + 1]),
      );
    setText(role("zoom"), `${Math.round(editor.view.scale * 100)}%`);
    const current = state.classes.find((one) => one.id === state.currentClass);
    role("current-swatch").style.backgroundColor = current?.color ?? "";
    setText(role("current-name"), current?.name ?? "");
    showSaved(role("save-state"), role("save-text"), editor);
    setText(role("spoken"), item ? spoken(state, item) : "");
    if (!image) return;
    setText(role("name"), image.name);
    setText(role("position"), `${image.position} / ${image.total}`);
    link(role<HTMLAnchorElement>("next"), image.next);
    link(role<HTMLAnchorElement>("previous"), image.previous);
  };
  editor.watch(show);
  show();
}

/** The selection in words, for those who do not see it. */
function spoken(state: EditorState, item: Item): string {
  if (state.also.length > 0) return interpolate(gettext("%s selected"), [chosen(state).length]);
  const all = items(state);
  const place = interpolate(gettext("%s of %s"), [all.findIndex((one) => same(one.what, item.what)) + 1, all.length]);
  const name = state.classes.find((one) => one.id === item.class)?.name ?? "?";
  const kind =
    item.probability === undefined ? gettext("box") : interpolate(gettext("suggestion, %s"), [confidence(item)]);
  return `${name}, ${kind}, ${place}`;
}

function link(anchor: HTMLAnchorElement, id: number | null): void {
  anchor.setAttribute("aria-disabled", String(id === null));
  if (id === null) anchor.removeAttribute("href");
  else anchor.href = `/images/${id}/`;
}

function showSaved(element: HTMLElement, text: HTMLElement, editor: Editor): void {
  const state = editor.saveState;
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  const words = {
    saved: gettext("Saved"),
    saving: gettext("Saving…"),
    offline: gettext("Offline: will be sent"),
    blocked: gettext("Not saved"),
  };
  setText(text, words[state]);
  element.title = state === "blocked" ? editor.blockedBecause : "";
}

/** On a phone: the panel as a sheet, the further tools above the bar. */
function toggle(root: HTMLElement, name: string, className: string, wanted?: boolean): void {
  const open = root.classList.toggle(className, wanted);
  need(`[data-do=${name}]`, root).setAttribute("aria-expanded", String(open));
}

export function fillHelp(place: HTMLElement, table: readonly Binding[], editor: Editor): void {
  const keys = classKeys(editor.state.classes);
  const named = (id: number): string => editor.state.classes.find((one) => one.id === id)?.name ?? "";
  const groups = [...new Set(table.map((one) => one.group).filter(Boolean))];
  const rows = (group: string): Node[] =>
    table
      .filter((one) => one.group === group)
      .flatMap((one) => [h("dt", {}, ...one.keys.flatMap(keyCaps)), h("dd", {}, one.text)]);
  place.replaceChildren(
    ...groups.map((group) => h("section", {}, h("h3", {}, group), h("dl.keys", {}, ...rows(group)))),
    h(
      "section",
      {},
      h("h3", {}, gettext("Classes: for the next box, or the selected one")),
      h(
        "dl.keys",
        {},
        ...[...keys].flatMap(([key, id]) => [h("dt", {}, h("kbd", {}, key.toUpperCase())), h("dd", {}, named(id))]),
      ),
    ),
  );
}

function keyCaps(key: string, index: number): (Node | string)[] {
  const words: Record<string, string> = {
    arrowright: "← ↑ ↓ →",
    " ": "Space",
    escape: "Esc",
    delete: "Del",
    pagedown: "PgDn",
    pageup: "PgUp",
  };
  const caps = key === "+" ? ["+"] : key.split("+").filter((part) => part !== "");
  const names = caps.map((part) => words[part] ?? part.charAt(0).toUpperCase() + part.slice(1));
  return [...(index > 0 ? [" "] : []), ...names.map((name) => h("kbd", {}, name))];
}
