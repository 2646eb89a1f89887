// The hotkeys: one table that the keyboard and the help sheet both read.
import { isTyping } from "../../lib/dom";
import { keyName } from "../../lib/keyName";
import { uuid4 } from "../../lib/uuid";
import { classKeys } from "../model/classKeys";
import * as commands from "../model/commands";
import type { Editor } from "../editor";
import type { PointerInput } from "./pointer";
import { chosen, selected, type Item, type Tool } from "../model/state";

export interface Binding {
  readonly keys: readonly string[];
  readonly group: string;
  readonly text: string;
  /** False: not now, and the browser may have the key. */
  readonly run: (event: KeyboardEvent) => unknown;
}

export interface Places {
  readonly next: () => void;
  readonly previous: () => void;
  readonly help: () => void;
  readonly palette: () => void;
  readonly display: () => void;
  readonly comment: () => void;
  readonly timeline: () => void;
  readonly guidelines: () => void;
  /** Another box of the last click; false where there is none. */
  readonly otherBox: (step: 1 | -1) => boolean;
}

const NUDGE_FAR = 10;

export function bindings(editor: Editor, pointing: PointerInput, go: Places): readonly Binding[] {
  const groups = {
    go: gettext("Images"),
    draw: gettext("Boxes"),
    several: gettext("Several at once"),
    answer: gettext("Suggestions"),
    see: gettext("View"),
  };
  const arrow = (dx: number, dy: number, otherwise?: () => void) => (event: KeyboardEvent) => {
    const far = event.shiftKey ? NUDGE_FAR : 1;
    const all = chosen(editor.state);
    const key = all.every(({ what }) => what.kind === "box")
      ? `nudge ${all.map(({ what }) => what.id).join()}`
      : undefined;
    if (all.length > 0) return void editor.run(commands.nudged(editor.state, dx * far, dy * far, uuid4), key);
    if (!otherwise) return false;
    otherwise();
  };
  const cycle = (step: 1 | -1) => {
    if (go.otherBox(step)) return;
    const next = commands.cycled(editor.state, step);
    if (!next) return false;
    editor.select(next, { reveal: "answer" });
  };
  let clip: readonly Item[] = [];
  const tool = (name: Tool) => () => editor.setTool(name);
  const copy = () => {
    // Words that somebody marked are copied as words.
    if (String(getSelection()) !== "") return false;
    clip = commands.copied(editor.state);
  };
  // prettier-ignore
  return [
    { keys: ["d", "pagedown"], group: groups.go, text: gettext("Next image"), run: go.next },
    { keys: ["s", "pageup"], group: groups.go, text: gettext("Previous image"), run: go.previous },
    { keys: ["arrowright"], group: groups.draw, text: gettext("Move what is selected by a pixel (Shift: 10); with nothing selected: next or previous image"), run: arrow(1, 0, go.next) },
    { keys: ["arrowleft"], group: "", text: "", run: arrow(-1, 0, go.previous) },
    { keys: ["arrowup"], group: "", text: "", run: arrow(0, -1) },
    { keys: ["arrowdown"], group: "", text: "", run: arrow(0, 1) },
    { keys: ["b", "n"], group: groups.draw, text: gettext("Draw tool (or hold Shift and drag)"), run: tool("draw") },
    { keys: ["shift+e"], group: groups.draw, text: gettext("Click to box: click an object, and its box comes; Tab, or a second click: another box"), run: tool("click") },
    { keys: ["e"], group: groups.draw, text: gettext("Extreme points: click an object's four outermost points"), run: tool("extreme") },
    { keys: ["v"], group: groups.draw, text: gettext("Select tool: drag draws; a click selects a box, and then a drag moves it"), run: tool("select") },
    { keys: ["/"], group: groups.draw, text: gettext("Find a class (or right-click, or hold a finger on a box)"), run: go.palette },
    { keys: ["delete", "backspace"], group: groups.draw, text: gettext("Delete the selected boxes"), run: () => editor.run(commands.removed(editor.state)) },
    { keys: ["ctrl+z"], group: groups.draw, text: gettext("Undo"), run: () => editor.undo() },
    { keys: ["ctrl+shift+z", "ctrl+y"], group: groups.draw, text: gettext("Redo"), run: () => editor.redo() },
    { keys: ["ctrl+c"], group: groups.draw, text: gettext("Copy what is selected, or all boxes of the image"), run: copy },
    { keys: ["ctrl+v"], group: groups.draw, text: gettext("Paste, also on another image"), run: () => editor.run(commands.pasted(editor.state, clip, uuid4)) },
    { keys: ["ctrl+d"], group: groups.draw, text: gettext("Duplicate what is selected"), run: () => editor.run(commands.duplicated(editor.state, uuid4)) },
    { keys: ["p"], group: groups.draw, text: gettext("Bring the boxes of the previous image"), run: () => void editor.bringPrevious() },
    { keys: ["t"], group: groups.draw, text: gettext("Comment on the selected box"), run: go.comment },
    { keys: ["m"], group: groups.several, text: gettext("Select several: drag around them, or click one by one (also Ctrl and drag, Shift and click)"), run: tool("band") },
    { keys: ["ctrl+a"], group: groups.several, text: gettext("Select all in sight"), run: () => editor.run(commands.everythingChosen(editor.state)) },
    { keys: ["i"], group: groups.several, text: gettext("Select what lies inside the selected box"), run: () => editor.run(commands.insideChosen(editor.state)) },
    { keys: ["tab"], group: groups.draw, text: gettext("Next box or suggestion (Shift: the one before)"), run: () => cycle(1) },
    { keys: ["shift+tab"], group: "", text: "", run: () => cycle(-1) },
    { keys: ["c"], group: groups.draw, text: gettext("This image is complete for the current class"), run: () => complete(editor) },
    { keys: ["escape"], group: groups.draw, text: gettext("Let go; then Tab leaves the picture"), run: () => letGo(editor, pointing) },
    { keys: ["a"], group: groups.answer, text: gettext("Accept the selected suggestion"), run: () => editor.run(commands.accepted(editor.state, uuid4)) },
    { keys: ["x"], group: groups.answer, text: gettext("Reject the selected suggestion"), run: () => editor.run(commands.rejected(editor.state)) },
    { keys: ["g"], group: groups.answer, text: gettext("Go to the best one"), run: () => editor.select(commands.best(editor.state), { reveal: "answer", loose: true }) },
    { keys: ["f"], group: groups.see, text: gettext("Fit the image"), run: () => editor.stage.fit() },
    { keys: ["+", "="], group: groups.see, text: gettext("Zoom in (or wheel)"), run: () => editor.stage.zoom(1.25) },
    { keys: ["-"], group: groups.see, text: gettext("Zoom out"), run: () => editor.stage.zoom(0.8) },
    { keys: ["0"], group: groups.see, text: gettext("Real size"), run: () => editor.stage.zoom(1 / editor.stage.view.scale) },
    { keys: [" "], group: groups.see, text: gettext("Hold and drag (or middle button): move the image"), run: () => pointing.holdSpace(true) },
    { keys: ["h"], group: groups.see, text: gettext("Hide or show all boxes"), run: () => editor.toggleAll() },
    { keys: ["shift+h"], group: groups.see, text: gettext("Hide or show the class of the selected box"), run: () => ofClass(editor, "hiddenClasses") },
    { keys: ["l"], group: groups.see, text: gettext("Lock or unlock the class of the selected box"), run: () => ofClass(editor, "lockedClasses") },
    { keys: ["k"], group: groups.see, text: gettext("Cross hair"), run: () => editor.setDisplay({ cross: !editor.display.cross }) },
    { keys: ["shift+v"], group: groups.see, text: gettext("Brightness, contrast, opacity, and what is hidden or locked"), run: go.display },
    { keys: ["shift+l"], group: groups.see, text: gettext("Timeline: what became of this image, and how it was; Esc leads back to now"), run: go.timeline },
    { keys: ["shift+b"], group: groups.see, text: gettext("Guidelines: how objects are labelled here"), run: go.guidelines },
    { keys: ["?"], group: groups.see, text: gettext("This list"), run: go.help },
  ];
}

function complete(editor: Editor): void {
  const { currentClass, doc } = editor.state;
  if (currentClass !== null)
    editor.run(commands.completed(editor.state, currentClass, !doc.complete.has(currentClass)));
}

function ofClass(editor: Editor, which: "hiddenClasses" | "lockedClasses"): void {
  const classId = selected(editor.state)?.class ?? editor.state.currentClass;
  if (classId !== null) editor.flip(which, classId);
}

function letGo(editor: Editor, pointing: PointerInput): void {
  if (pointing.busy) pointing.cancel();
  else if (editor.state.past) editor.lookBack(null);
  else if (editor.state.extremes.length > 0) editor.run({ changes: [], extremes: [] });
  else if (editor.state.clicks.length > 0) editor.patch({ clicks: [] });
  else if (editor.state.selection) editor.select(null);
  else editor.setTool("select");
}

export function startKeys(
  editor: Editor,
  pointing: PointerInput,
  table: readonly Binding[],
  canvas: HTMLElement,
): void {
  const byKey = new Map(table.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)));
  let leaving = false;

  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]"))
      return;
    if (event.key === "Escape" && document.querySelector(":popover-open")) return; // the browser closes it
    const name = keyName(event);
    const onPicture = event.target === canvas || event.target === document.body;
    const tabbing = name === "tab" || name === "shift+tab";
    // After Escape with nothing selected, Tab goes on to the next control: nobody is trapped in the picture.
    if (tabbing && (!onPicture || leaving)) {
      leaving = false;
      return;
    }
    // Space presses the button that has the focus.
    if (name === " " && !onPicture) return;
    leaving = name === "escape" && !editor.state.selection && !pointing.busy;
    const classId = event.ctrlKey || event.metaKey ? undefined : classKeys(editor.state.classes).get(name);
    const binding = byKey.get(name);
    if (binding) {
      if (binding.run(event) === false) return;
    } else if (classId !== undefined) editor.setClass(classId);
    else return;
    event.preventDefault();
  });
  window.addEventListener("keyup", (event) => {
    if (event.key === " ") pointing.holdSpace(false);
  });
  window.addEventListener("blur", () => pointing.holdSpace(false));
}
