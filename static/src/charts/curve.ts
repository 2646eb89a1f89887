// Curves that grow while a run goes on, and the precision-recall curve, in the page's own colours.
import uPlot from "uplot";
import { percent } from "../lib/format";
import { ownPoint } from "./own";
import type { Point } from "./own";

export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** Single points rather than a line. */
  readonly marks?: boolean;
}

export interface Curve {
  set(x: readonly number[], lines: readonly Line[]): void;
}

interface Look {
  readonly xName: string;
  readonly yName?: string;
  /** Both axes are shares, from 0 to 100 %. */
  readonly unit?: boolean;
  /** Where the legend stands until the pointer asks: an index of x, else the last one. */
  readonly rest?: number;
}

const HEIGHT = 208;
const COLORS = ["--chart-1", "--chart-2", "--chart-3"];

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** One chart in `place`; it follows the place's width and the page's shade. */
export function curve(place: HTMLElement, look: Look): Curve {
  let plot: uPlot | null = null;
  let x: readonly number[] = [];
  let lines: readonly Line[] = [];

  const data = (): uPlot.AlignedData => [[...x], ...lines.map((line) => [...line.values])] as uPlot.AlignedData;
  const word = (value: number): string => (look.unit ? percent(value) : value.toFixed(3));
  const axis = (name: string | undefined, size: number): uPlot.Axis => ({
    ...(name ? { label: name, labelSize: 18, labelFont: `11px ${token("--font")}`, labelGap: 0 } : {}),
    ...(look.unit ? { values: (_plot: uPlot, splits: number[]) => splits.map(percent) } : {}),
    size,
    gap: 4,
    stroke: token("--ink-2"),
    font: `11px ${token("--font")}`,
    grid: { stroke: token("--chart-grid"), width: 1 },
    ticks: { show: false },
  });
  // The latest values, until the pointer asks for others.
  const rest = (): number => look.rest ?? Math.max(0, x.length - 1);
  const draw = (): void => {
    plot?.destroy();
    plot = null;
    if (lines.length === 0) return;
    plot = new uPlot(
      {
        width: Math.max(160, place.clientWidth),
        height: HEIGHT,
        hooks: {
          ready: [(made) => made.setLegend({ idx: rest() }, false)],
          setCursor: [(made) => made.cursor.idx == null && made.setLegend({ idx: rest() }, false)],
        },
        cursor: { y: false, points: { size: 7 } },
        scales: look.unit
          ? { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } }
          : { x: { time: false }, y: { range: (_plot, _low, high) => [0, (high || 1) * 1.08] } },
        series: [
          {
            label: look.xName,
            value: (_plot: uPlot, value: number | null) =>
              value === null ? "–" : look.unit ? percent(value) : String(value),
          },
          ...lines.map((line, index) => ({
            label: line.name,
            stroke: token(COLORS[index % COLORS.length] ?? "--chart-1"),
            width: line.marks ? 0 : 2,
            spanGaps: !line.marks,
            points: line.marks
              ? {
                  show: true,
                  size: 11,
                  width: 2,
                  fill: token("--surface"),
                  stroke: token(COLORS[index % COLORS.length] ?? "--chart-1"),
                }
              : { show: (drawn: uPlot) => drawn.data[0].length < 3, size: 6 },
            value: (_plot: uPlot, value: number | null) => (value === null ? "–" : word(value)),
          })),
        ],
        axes: [axis(look.xName, 26), axis(look.yName, 44)],
      },
      data(),
      place,
    );
  };
  new ResizeObserver(() => plot?.setSize({ width: Math.max(160, place.clientWidth), height: HEIGHT })).observe(place);
  document.addEventListener("shade", draw);

  return {
    set(nextX, nextLines) {
      const same =
        plot !== null &&
        nextLines.length === lines.length &&
        nextX.length > 3 &&
        nextLines.every((line, index) => line.name === lines[index]?.name);
      x = nextX;
      lines = nextLines;
      if (same) plot?.setData(data());
      else draw();
      plot?.setLegend({ idx: rest() }, false);
    },
  };
}

/** Points [recall, precision, threshold] of a class, and the threshold from which it suggests. */
export interface MeasuredClass {
  readonly pr_curve?: readonly Point[];
  readonly threshold_review?: number;
}

/**
 * The precision-recall curve with the own threshold as a point. Recall never falls along the points, so that they are
 * in order.
 */
export function precisionRecall(place: HTMLElement, measured: MeasuredClass): void {
  const points = [...(measured.pr_curve ?? [])].sort((a, b) => (b[2] ?? 0) - (a[2] ?? 0));
  const own = ownPoint(points, measured.threshold_review);
  const lines: Line[] = [{ name: gettext("Precision"), values: points.map((point) => point[1] ?? null) }];
  if (own >= 0)
    lines.push({
      name: interpolate(gettext("Own threshold (%s)"), [percent(measured.threshold_review)]),
      values: points.map((point, index) => (index === own ? (point[1] ?? null) : null)),
      marks: true,
    });
  place.setAttribute("role", "img");
  place.setAttribute(
    "aria-label",
    own < 0
      ? gettext("Curve of precision over recall")
      : interpolate(gettext("Curve of precision over recall; at its own threshold precision %s, recall %s"), [
          percent(points[own]?.[1]),
          percent(points[own]?.[0]),
        ]),
  );
  curve(place, {
    xName: gettext("Recall"),
    yName: gettext("Precision"),
    unit: true,
    ...(own >= 0 ? { rest: own } : {}),
  }).set(
    points.map((point) => point[0] ?? 0),
    lines,
  );
}
