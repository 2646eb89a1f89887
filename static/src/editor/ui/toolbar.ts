// What surrounds the picture: the bar at the top, the tools, and the panel as a bottom sheet on a phone.
import { need, setText } from "../../lib/dom";
import { confidence } from "../../lib/format";
import { toast } from "../../lib/toast";
import { byId } from "../model/classes";
import * as commands from "../model/commands";
import type { Editor } from "../editor";
import type { Places } from "./keys";
import { chosen, items, same, selected, type EditorState, type Item } from "../model/state";
import { uuid4 } from "../../lib/uuid";

/** Where the links of the bar lead. */
export interface Addresses {
  readonly image: (id: number) => string;
  readonly back: (id: number) => string;
}

export function startChrome(root: HTMLElement, editor: Editor, go: Places, to: Addresses): void {
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const actions: Record<string, () => void> = {
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    fit: () => editor.stage.fit(),
    help: go.help,
    "zoom-in": () => editor.stage.zoom(1.25),
    "zoom-out": () => editor.stage.zoom(0.8),
    "tool-select": () => editor.setTool("select"),
    "tool-draw": () => editor.setTool("draw"),
    "tool-click": () => editor.setTool("click"),
    "tool-extreme": () => editor.setTool("extreme"),
    "tool-band": () => editor.setTool("band"),
    "tool-pan": () => editor.setTool("pan"),
    palette: go.palette,
    display: go.display,
    timeline: go.timeline,
    guidelines: go.guidelines,
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
    each(["tool-select", "tool-draw", "tool-click", "tool-extreme", "tool-band", "tool-pan"], (button, name) =>
      button.setAttribute("aria-pressed", String(name === `tool-${state.tool}`)),
    );
    each(["hide"], (button) => button.setAttribute("aria-pressed", String(state.allHidden)));
    each(["undo"], (button) => button.setAttribute("aria-disabled", String(!editor.canUndo)));
    each(["redo"], (button) => button.setAttribute("aria-disabled", String(!editor.canRedo)));
    const all = state.also.length > 0 ? chosen(state) : [];
    each(["delete"], (button) =>
      button.setAttribute("aria-disabled", String(chosen(state).every(({ what }) => what.kind !== "box"))),
    );
    role("answer").hidden = item?.what.kind !== "suggestion" || all.length > 0;
    role("answer-buttons").hidden = !state.can.answer;
    role("answer-reason").hidden = state.can.answer;
    role("several").hidden = all.length === 0;
    if (all.length > 0) setText(role("several-count"), interpolate(gettext("%s selected"), [all.length]));
    const offers = all.some((one) => one.what.kind === "suggestion");
    role("several-answers").hidden = !state.can.answer || !offers;
    role("several-reason").hidden = state.can.answer || !offers;
    role("extreme-hint").hidden = state.tool !== "extreme";
    if (state.tool === "extreme")
      setText(
        role("extreme-hint"),
        interpolate(gettext("Point %s of 4: the object's outermost points, in any order"), [state.extremes.length + 1]),
      );
    setText(role("zoom"), `${Math.round(editor.stage.view.scale * 100)}%`);
    const current = byId(state.classes).get(state.currentClass ?? 0);
    role("current-swatch").style.backgroundColor = current?.color ?? "";
    setText(role("current-name"), current?.name ?? gettext("No class"));
    showSaved(role("save-state"), role("save-text"), editor);
    setText(role("spoken"), item ? spoken(state, item) : "");
    if (!image) return;
    setText(role("name"), image.name);
    const { next, previous, position, total } = editor.neighbours ?? image;
    setText(role("position"), total > 0 ? `${position ?? "–"} / ${total.toLocaleString()}` : "");
    link(role<HTMLAnchorElement>("next"), next, to);
    link(role<HTMLAnchorElement>("previous"), previous, to);
    role<HTMLAnchorElement>("back").href = to.back(image.id);
  };
  editor.watch(show);
  show();
}

/** The selection in words, for those who do not see it. */
function spoken(state: EditorState, item: Item): string {
  if (state.also.length > 0) return interpolate(gettext("%s selected"), [chosen(state).length]);
  const all = items(state);
  const place = interpolate(gettext("%s of %s"), [all.findIndex((one) => same(one.what, item.what)) + 1, all.length]);
  const name = byId(state.classes).get(item.class)?.name ?? "?";
  const kind =
    item.probability === undefined ? gettext("box") : interpolate(gettext("suggestion, %s"), [confidence(item)]);
  return `${name}, ${kind}, ${place}`;
}

function link(anchor: HTMLAnchorElement, id: number | null, to: Addresses): void {
  anchor.setAttribute("aria-disabled", String(id === null));
  if (id === null) anchor.removeAttribute("href");
  else anchor.href = to.image(id);
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
