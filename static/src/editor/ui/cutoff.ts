// The cut-off of the suggestions in the panel: lowered, it shows what runs found and dropped as well.
import { need, setText } from "../../lib/dom";
import { percent } from "../../lib/format";
import type { Editor } from "../editor";
import { answerable, waiting } from "../model/document";
import { offered } from "../model/state";

/** Where nothing waits the slider begins in the middle. */
const MIDDLE = 0.5;

/** `ask` fetches what runs dropped in an image. */
export function startCutoff(panel: HTMLElement, editor: Editor, ask: (image: number) => Promise<void>): void {
  const button = need("[data-role=cutoff-open]", panel);
  const row = need("[data-role=cutoff-row]", panel);
  const input = need<HTMLInputElement>("input", row);
  const value = need("[data-role=cutoff-value]", row);
  const said = need("[data-role=cutoff-said]", row);
  let asked: number | null = null;

  button.addEventListener("click", () => {
    if (editor.state.cutoff !== null) return void editor.setCutoff(null);
    const least = waiting(editor.state.doc).at(-1)?.probability ?? MIDDLE;
    editor.setCutoff(Math.floor(least * 100) / 100);
    input.focus();
  });
  input.addEventListener("input", () => editor.setCutoff(Number(input.value) / 100));

  const show = (): void => {
    const { cutoff, doc } = editor.state;
    const open = cutoff !== null;
    row.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) {
      asked = null;
      return;
    }
    const image = editor.image?.id ?? null;
    if (image !== null && image !== asked) {
      asked = image;
      void ask(image).catch(() => (asked = null));
    }
    input.value = String(Math.round(cutoff * 100));
    setText(value, percent(cutoff));
    const below = answerable(doc).length - offered(editor.state).length;
    setText(
      said,
      below === 0
        ? gettext("Nothing more was found in this image.")
        : interpolate(ngettext("%s less sure find is below.", "%s less sure finds are below.", below), [below]),
    );
  };
  editor.watch(show);
  show();
}
