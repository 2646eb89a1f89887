// What can be taken back, as lines that stay while the page is open: the latest is seen, earlier ones are behind a
// press.
import { h, icon, replace } from "../lib/dom";

export interface UndoLine {
  remove: () => void;
}

interface UndoEntry {
  readonly text: string;
  readonly undo: () => Promise<void>;
}

export interface UndoList {
  /** `undo` reports its own faults; a line whose undo came through goes. */
  add: (text: string, undo: () => Promise<void>) => UndoLine;
}

export function undoList(place: HTMLElement): UndoList {
  let lines: readonly UndoEntry[] = [];
  let open = false;
  place.classList.add("undo-list");
  place.setAttribute("role", "status");

  const remove = (line: UndoEntry): void => {
    lines = lines.filter((one) => one !== line);
    show();
  };
  const row = (line: UndoEntry): HTMLElement => {
    const back = h(
      "button.button.small",
      { type: "button", "data-testid": "undo-line" },
      icon("undo-2"),
      gettext("Undo"),
    );
    back.addEventListener("click", () => {
      back.disabled = true;
      line.undo().then(
        () => remove(line),
        () => (back.disabled = false),
      );
    });
    return h("p.undo-line", {}, icon("circle-check"), h("span", {}, line.text), back);
  };
  const show = (): void => {
    place.hidden = lines.length === 0;
    const earlier = lines.length - 1;
    const more = h(
      "button.button.small.quiet",
      { type: "button", "aria-expanded": String(open) },
      open ? gettext("Hide earlier ones") : interpolate(ngettext("%s earlier", "%s earlier", earlier), [earlier]),
    );
    more.addEventListener("click", () => {
      open = !open;
      show();
    });
    const [latest, ...rest] = lines.map(row);
    if (latest && earlier > 0) latest.append(more);
    replace(place, latest, ...(open ? rest : []));
  };

  show();
  return {
    add(text, undo) {
      const line = { text, undo };
      lines = [line, ...lines];
      show();
      return { remove: () => remove(line) };
    },
  };
}
