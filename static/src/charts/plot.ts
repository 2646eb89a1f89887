// The frame of a small chart in SVG: size, grid, the days below, and a line that reads out what is under the pointer or
// the arrow keys.
import { daysBetween, nearest } from "./scale";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 176;
const EDGE = { top: 10, right: 8, bottom: 22, left: 46 };

export function shape(name: string, values: Readonly<Record<string, string | number>>, text = ""): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) element.setAttribute(key, String(value));
  if (text) element.textContent = text;
  return element;
}

/** Numbers of the plot's inside, from left to right and from top to bottom. */
export interface Inside {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  y(value: number): number;
}

export interface Plot {
  readonly days: readonly string[];
  /** The day that is read out until somebody points; else the last. */
  readonly start?: number;
  readonly ticks: readonly number[];
  /** How a number of the axis is written. */
  readonly word: (value: number) => string;
  /** What is said of day `index`. */
  readonly said: (index: number) => string;
  /** The middles of the days, for an inside. */
  readonly xs: (inside: Inside) => number[];
  readonly paint: (inside: Inside, xs: readonly number[]) => SVGElement[];
}

const dayWord = (day: string, look: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(document.documentElement.lang, { ...look, timeZone: "UTC" }).format(new Date(day));

export const longDay = (day: string): string => dayWord(day, { dateStyle: "medium" });

/** Draws into `place`, whose [data-plot] takes the picture and whose [data-read] the words; follows its width. */
export function plot(place: HTMLElement, look: Plot): void {
  const stage = place.querySelector<HTMLElement>("[data-plot]");
  const read = place.querySelector<HTMLElement>("[data-read]");
  if (!stage || !read || look.days.length === 0) return;
  let at = look.start ?? look.days.length - 1;
  let marker: SVGElement | null = null;
  let xs: number[] = [];
  let asked = false; // until somebody points, the latest day is read out without a mark

  const point = (index: number): void => {
    at = Math.min(Math.max(index, 0), look.days.length - 1);
    read.textContent = look.said(at);
    const x = xs[at] ?? 0;
    marker?.setAttribute("x1", String(x));
    marker?.setAttribute("x2", String(x));
    marker?.toggleAttribute("data-shown", asked);
  };
  const draw = (): void => {
    const width = Math.max(220, stage.clientWidth);
    const top = look.ticks.at(-1) ?? 1;
    const inside: Inside = {
      left: EDGE.left,
      right: width - EDGE.right,
      top: EDGE.top,
      bottom: HEIGHT - EDGE.bottom,
      y: (value) => HEIGHT - EDGE.bottom - (value / top) * (HEIGHT - EDGE.bottom - EDGE.top),
    };
    xs = look.xs(inside);
    const svg = shape("svg", {
      class: "plot",
      width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      "aria-hidden": "true",
    });
    for (const tick of look.ticks) {
      const y = inside.y(tick);
      svg.append(shape("line", { class: "plot-grid", x1: inside.left, x2: inside.right, y1: y, y2: y }));
      svg.append(
        shape("text", { class: "plot-word", x: inside.left - 6, y: y + 4, "text-anchor": "end" }, look.word(tick)),
      );
    }
    svg.append(...look.paint(inside, xs));
    for (const index of edges(look.days)) {
      const x = xs[index] ?? 0;
      const anchor = x < inside.left + 30 ? "start" : x > inside.right - 30 ? "end" : "middle";
      svg.append(
        shape(
          "text",
          { class: "plot-word", x, y: HEIGHT - 5, "text-anchor": anchor },
          dayWord(look.days[index] ?? "", { day: "numeric", month: "short" }),
        ),
      );
    }
    marker = shape("line", { class: "plot-marker", y1: inside.top, y2: inside.bottom, x1: 0, x2: 0 });
    svg.append(marker);
    stage.replaceChildren(svg);
    point(at);
  };

  stage.tabIndex = 0;
  stage.addEventListener("pointermove", (event) => {
    asked = true;
    point(nearest(xs, event.clientX - stage.getBoundingClientRect().left));
  });
  stage.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -look.days.length, End: look.days.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    asked = true;
    point(at + step);
  });
  new ResizeObserver(draw).observe(stage);
  draw();
}

/** Which days are written below: the ends, and the middle where there is room between. */
function edges(days: readonly string[]): number[] {
  const last = days.length - 1;
  if (last === 0) return [0];
  return last >= 8 && daysBetween(days[0] ?? "", days[last] ?? "") >= 8 ? [0, Math.round(last / 2), last] : [0, last];
}
