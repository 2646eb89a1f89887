// What is said of the selected boxes, as buttons above their list.
import { h, need } from "../../lib/dom";
import { FLAGS, type Flag } from "../../lib/types";
import type { Editor } from "../editor";
import * as commands from "../model/commands";
import { chosen } from "../model/state";
import { flagTitle, flagWord } from "./flagWords";
import type { Binding } from "./keys";

const KEYS: Readonly<Record<Flag, string>> = {
  occluded: "shift+o",
  truncated: "shift+t",
  difficult: "shift+d",
  crowd: "shift+g",
  ignore: "shift+i",
};

export function flagBindings(editor: Editor): readonly Binding[] {
  const group = gettext("Flags of the selected boxes");
  return FLAGS.map((flag) => ({
    keys: [KEYS[flag]],
    group,
    text: `${flagWord(flag)}: ${flagTitle(flag)}`,
    run: () => editor.run(commands.flagged(editor.state, flag)),
  }));
}

/** Returns what shows them as they are now. */
export function startFlagBar(panel: HTMLElement, editor: Editor): () => void {
  const bar = need("[data-role=flags]", panel);
  const buttons = FLAGS.map((flag) => {
    const button = h(
      "button.chip",
      {
        type: "button",
        "data-testid": `flag-${flag}`,
        title: `${flagTitle(flag)} (Shift+${KEYS[flag].slice(-1).toUpperCase()})`,
        onclick: () => editor.run(commands.flagged(editor.state, flag)),
      },
      flagWord(flag),
    );
    bar.append(button);
    return { flag, button };
  });
  return () => {
    const { state } = editor;
    const boxes = chosen(state).filter((item) => item.what.kind === "box");
    // It stays while nothing is selected: the list below must not jump away from the pointer.
    bar.hidden = state.doc.boxes.length === 0 || !state.can.label;
    for (const { flag, button } of buttons) {
      button.disabled = boxes.length === 0;
      const said = boxes.filter((item) => item.flags?.includes(flag)).length;
      button.setAttribute("aria-pressed", said === 0 ? "false" : said === boxes.length ? "true" : "mixed");
    }
  };
}
