// Dragging over tiles selects them; a press with shift selects up to it, with ctrl one more.
import { toggled } from "./selection";

/** What has tiles that are selected: each has its id in `data-id`. */
export interface Selectable<K> {
  readonly focus: K | null;
  readonly selected: ReadonlySet<K>;
  extend: (from: K | null, id: K) => void;
  select: (ids: Iterable<K>) => void;
}

const EDGE = 48; // pixels of the window's edge within which dragging scrolls
const SCROLL = 24;

export function startDrag<K>(grid: HTMLElement, queue: Selectable<K>, read: (id: string) => K): void {
  let from: K | null = null;
  let dragged = false;
  const idOf = (target: EventTarget | null): K | null => {
    const tile = target instanceof Element ? target.closest<HTMLElement>(".tile") : null;
    return tile && grid.contains(tile) ? read(tile.dataset.id ?? "") : null;
  };

  grid.addEventListener("pointerdown", (event) => {
    dragged = false;
    // A finger scrolls; it selects by the buttons of the sheet.
    if (event.button !== 0 || event.pointerType === "touch" || (event.target as Element).closest(".tile-quick")) return;
    const id = idOf(event.target);
    if (id === null) return;
    if (event.shiftKey) queue.extend(queue.focus, id);
    else if (event.ctrlKey || event.metaKey) queue.select(toggled(queue.selected, id));
    else from = id;
    dragged = event.shiftKey || event.ctrlKey || event.metaKey;
    if (dragged) event.preventDefault();
  });
  window.addEventListener("pointermove", (event) => {
    if (from === null || event.buttons === 0) return;
    const id = idOf(document.elementFromPoint(event.clientX, event.clientY));
    if (id !== null && (id !== from || dragged) && id !== queue.focus) {
      dragged = true;
      queue.extend(from, id);
    }
    if (event.clientY > window.innerHeight - EDGE) window.scrollBy(0, SCROLL);
    else if (dragged && event.clientY < EDGE) window.scrollBy(0, -SCROLL);
  });
  window.addEventListener("pointerup", () => (from = null));
  // The press that ends a drag is no press on the tile under it.
  grid.addEventListener(
    "click",
    (event) => {
      if (!dragged) return;
      dragged = false;
      event.stopPropagation();
      event.preventDefault();
    },
    { capture: true },
  );
}
