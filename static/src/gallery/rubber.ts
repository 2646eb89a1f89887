// Choosing by dragging a band over the images with the mouse; the page scrolls along at its edges.
import { h } from "../lib/dom";
import { touched } from "./layout";
import type { Selection } from "./selection";
import type { ImageGrid } from "./imageGrid";

const STARTS_AT = 6; // pixels: a hand that clicks moves less
const EDGE = 60;

export function startRubber(imageGrid: ImageGrid, selection: Selection): void {
  const { frame } = imageGrid;
  frame.addEventListener("dragstart", (event) => event.preventDefault());
  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType !== "mouse" || (event.target as Element).closest("input, label"))
      return;
    const before = event.shiftKey || event.ctrlKey || event.metaKey ? [...selection.ids] : [];
    const at = (x: number, y: number): [number, number] => {
      const box = frame.getBoundingClientRect();
      return [x - box.left, y - box.top];
    };
    const [x1, y1] = at(event.clientX, event.clientY);
    let last: PointerEvent = event;
    let band: HTMLElement | null = null;
    let tick = 0;

    const draw = (): void => {
      if (!band) return;
      const [x2, y2] = at(last.clientX, last.clientY);
      band.style.left = `${Math.min(x1, x2)}px`;
      band.style.top = `${Math.min(y1, y2)}px`;
      band.style.width = `${Math.abs(x2 - x1)}px`;
      band.style.height = `${Math.abs(y2 - y1)}px`;
      const ids = touched(imageGrid.grid, { x1, y1, x2, y2 }).flatMap((index) => imageGrid.order[index] ?? []);
      selection.set([...before, ...ids]);
    };
    const along = (): void => {
      const over =
        last.clientY > innerHeight - EDGE ? last.clientY - innerHeight + EDGE : Math.min(0, last.clientY - EDGE);
      if (over !== 0) {
        scrollBy(0, over / 3);
        draw();
      }
      tick = requestAnimationFrame(along);
    };
    const move = (moved: PointerEvent): void => {
      last = moved;
      if (!band) {
        if (Math.hypot(moved.clientX - event.clientX, moved.clientY - event.clientY) < STARTS_AT) return;
        frame.append((band = h("div.rubber", { "aria-hidden": true })));
        tick = requestAnimationFrame(along);
      }
      draw();
    };
    const end = (): void => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      cancelAnimationFrame(tick);
      if (!band) return;
      band.remove();
      const swallow = (click: Event): void => {
        click.preventDefault();
        click.stopPropagation();
      };
      frame.addEventListener("click", swallow, { capture: true, once: true }); // the end of a drag opens no image
      setTimeout(() => frame.removeEventListener("click", swallow, { capture: true }));
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  });
}
