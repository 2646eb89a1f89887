// Keys of a page of tiles.
import { isTyping } from "../lib/dom";
import { keyName } from "../lib/keyName";

type Verbs = Readonly<Record<string, (event: KeyboardEvent) => void>>;

/** verbs: by the name of the key (see keyName); none while somebody types, or a dialog is open. */
export function startTileKeys(grid: HTMLElement, verbs: Verbs): void {
  window.addEventListener("keydown", (event) => {
    if (event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const name = keyName(event);
    // Enter and arrows belong to the control that has the focus, unless that is a tile.
    const elsewhere = event.target instanceof Element && event.target !== document.body && !grid.contains(event.target);
    if (elsewhere && (name === "enter" || name.startsWith("arrow") || name === "home" || name === "end")) return;
    const run = verbs[name];
    if (!run) return;
    event.preventDefault();
    run(event);
  });
}
