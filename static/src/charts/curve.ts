// Curves that grow while a run goes on, and the precision-recall curve, in the page's own colours.
import uPlot from "uplot";

export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface Curve {
  set(x: readonly number[], lines: readonly Line[]): void;
}

interface Look {
  readonly xName: string;
  /** Fixed ends of the axes, for shares. */
  readonly unit?: boolean;
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
  const axis = (name?: string): uPlot.Axis => ({
    ...(name ? { label: name, labelSize: 18, labelFont: `11px ${token("--font")}`, labelGap: 0, size: 26, gap: 4 } : { size: 44 }),
    stroke: token("--ink-2"),
    font: `11px ${token("--font")}`,
    grid: { stroke: token("--chart-grid"), width: 1 },
    ticks: { show: false },
  });
  const draw = (): void => {
    plot?.destroy();
    plot = null;
    if (lines.length === 0) return;
    plot = new uPlot(
      {
        width: Math.max(160, place.clientWidth),
        height: HEIGHT,
        hooks: { ready: [(made) => made.setLegend({ idx: Math.max(0, x.length - 1) }, false)] },
        cursor: { y: false, points: { size: 7 } },
        scales: look.unit ? { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } } : { x: { time: false }, y: { range: (_plot, _low, high) => [0, (high || 1) * 1.08] } },
        series: [
          { label: look.xName },
          ...lines.map((line, index) => ({
            label: line.name,
            stroke: token(COLORS[index % COLORS.length] ?? "--chart-1"),
            width: 2,
            spanGaps: true,
            points: { show: (drawn: uPlot) => (drawn.data[0]?.length ?? 0) < 3, size: 6 },
            value: (_plot: uPlot, value: number | null) => (value === null ? "–" : value.toFixed(3)),
          })),
        ],
        axes: [axis(look.xName), axis()],
      },
      data(),
      place,
    );
  };
  new ResizeObserver(() => plot?.setSize({ width: Math.max(160, place.clientWidth), height: HEIGHT })).observe(place);
  document.addEventListener("shade", draw);

  return {
    set(nextX, nextLines) {
      const same = plot !== null && nextLines.length === lines.length && nextX.length > 3 && nextLines.every((line, index) => line.name === lines[index]?.name);
      x = nextX;
      lines = nextLines;
      if (same) plot?.setData(data());
      else draw();
      plot?.setLegend({ idx: Math.max(0, x.length - 1) }, false); // the latest values, until the pointer asks for others
    },
  };
}

/** [recall, precision, threshold] points, as the engine writes them. */
export function precisionRecall(place: HTMLElement, points: readonly (readonly number[])[]): void {
  const sorted = [...points].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  curve(place, { xName: gettext("Recall"), unit: true }).set(
    sorted.map((point) => point[0] ?? 0),
    [{ name: gettext("Precision"), values: sorted.map((point) => point[1] ?? null) }],
  );
}
