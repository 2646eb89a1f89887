// A box drawn on a picture of a part of its image: as an outline on a card, and with handles where it can be adjusted.
import { at } from "../lib/address";
import { h, SVG } from "../lib/dom";
import { dragged, HANDLES, partAround, type Handle } from "../lib/part";
import type { NamedImage, Xyxy } from "../lib/types";

const CURSORS: Record<string, string> = {
  "-1-1": "nwse-resize",
  "11": "nwse-resize",
  "1-1": "nesw-resize",
  "-11": "nesw-resize",
  "0-1": "ns-resize",
  "01": "ns-resize",
  "-10": "ew-resize",
  "10": "ew-resize",
  "00": "move",
};
const STEP = 100; // a key moves an edge by this part of what is shown

function shape<K extends "svg" | "rect" | "g">(name: K, attributes: Record<string, string | number>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

function rectangle(part: Xyxy, [x1, y1, x2, y2]: Xyxy, name: string): SVGElement {
  return shape("rect", { class: name, x: x1 - part[0], y: y1 - part[1], width: x2 - x1, height: y2 - y1 });
}

function drawing(part: Xyxy, look = ""): SVGElement {
  const size = `0 0 ${part[2] - part[0]} ${part[3] - part[1]}`;
  return shape("svg", { class: `box-drawing ${look}`.trimEnd(), viewBox: size, "aria-hidden": "true" });
}

/**
 * The outline of a box over a picture that shows `part` of its image; twice, so that it stands out on light and dark.
 * look: a class of its own.
 */
export function outline(part: Xyxy, box: Xyxy, look = ""): SVGElement {
  const svg = drawing(part, look);
  svg.append(rectangle(part, box, "box-halo"), rectangle(part, box, "box-line"));
  return svg;
}

export interface Adjustable {
  readonly image: NamedImage;
  /** Its own corners: the picture is of their surroundings, whatever becomes of them. */
  readonly own: Xyxy;
  readonly box: Xyxy;
}

/** A larger picture of a box in its surroundings; with `adjust` its corners follow the pointer and the arrow keys. */
export function adjuster({ image, own, box }: Adjustable, adjust: ((box: Xyxy) => void) | null): HTMLElement {
  const part = partAround(own, image);
  const address = part.map((edge) => edge.toFixed(1)).join(",");
  const picture = h("img", { src: at(`/files/images/${image.id}/crop/?part=${address}`), alt: "", draggable: "false" });
  const svg = drawing(part);
  let current = box;
  const show = (): void => {
    svg.replaceChildren(rectangle(part, current, "box-halo"), rectangle(part, current, "box-line"));
    if (adjust) svg.append(grip({ x: 0, y: 0 }), ...HANDLES.map(grip));
  };
  const grip = (handle: Handle): SVGElement => {
    const [x1, y1, x2, y2] = current;
    const size = (part[2] - part[0]) / 12; // a finger's width of what is shown
    const middle = (low: number, high: number, at: number): number => (at < 0 ? low : at > 0 ? high : (low + high) / 2);
    const still = handle.x === 0 && handle.y === 0;
    const around = (at: number): [number, number] => [at - size / 2, at + size / 2];
    const [left, right] = around(middle(x1, x2, handle.x));
    const [top, bottom] = around(middle(y1, y2, handle.y));
    const element = rectangle(part, still ? current : [left, top, right, bottom], still ? "box-inside" : "box-grip");
    element.style.cursor = CURSORS[`${handle.x}${handle.y}`] ?? "";
    if (!still) {
      const dot = rectangle(
        part,
        [left + 0.3 * size, top + 0.3 * size, right - 0.3 * size, bottom - 0.3 * size],
        "box-dot",
      );
      const both = shape("g", {});
      both.append(dot, element);
      element.addEventListener("pointerdown", (event) => hold(event, handle));
      return both;
    }
    element.addEventListener("pointerdown", (event) => hold(event, handle));
    return element;
  };
  const hold = (down: PointerEvent, handle: Handle): void => {
    if (down.button !== 0) return;
    down.preventDefault();
    const from = current;
    const scale = (part[2] - part[0]) / svg.getBoundingClientRect().width;
    const move = (event: PointerEvent): void => {
      const [dx, dy] = [(event.clientX - down.clientX) * scale, (event.clientY - down.clientY) * scale];
      current = dragged(from, handle, dx, dy, part);
      show();
    };
    const end = (): void => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      if (current !== from) adjust?.(current);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  };
  const frame = h("div.box-frame", {}, picture, svg);
  frame.style.setProperty("--aspect", String((part[2] - part[0]) / (part[3] - part[1])));
  if (adjust) {
    frame.tabIndex = 0;
    frame.setAttribute("role", "application");
    frame.setAttribute("aria-label", gettext("The box: arrows move it, with Shift they move its right and lower edge"));
    frame.addEventListener("keydown", (event) => {
      const ways: Record<string, readonly [number, number]> = {
        ArrowLeft: [-1, 0],
        ArrowRight: [1, 0],
        ArrowUp: [0, -1],
        ArrowDown: [0, 1],
      };
      const way = ways[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const by = (part[2] - part[0]) / STEP;
      current = dragged(current, event.shiftKey ? { x: 1, y: 1 } : { x: 0, y: 0 }, way[0] * by, way[1] * by, part);
      show();
      adjust(current);
    });
  }
  show();
  return frame;
}
