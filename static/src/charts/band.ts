// A share over time with how sure it is: a line inside its interval.
import { percent } from "../lib/format";
import { longDay, plot, shape } from "./plot";
import { daysBetween } from "./scale";

export interface Share {
  readonly day: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

export function band(place: HTMLElement, shares: readonly Share[]): void {
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const first = shares[0]?.day ?? "";
  const span = daysBetween(first, shares.at(-1)?.day ?? first);
  plot(place, {
    days: shares.map((share) => share.day),
    ticks: [0, 0.5, 1],
    word: percent,
    said: (index) => {
      const share = shares[index];
      if (!share) return "";
      const words = [
        longDay(share.day),
        percent(share.value),
        percent(share.low),
        percent(share.high),
        number.format(share.n),
      ];
      return interpolate(gettext("%s: %s right (likely %s to %s, of %s answers)"), words);
    },
    xs: ({ left, right }) =>
      shares.map((share) =>
        span === 0 ? (left + right) / 2 : left + 6 + (daysBetween(first, share.day) / span) * (right - left - 12),
      ),
    paint: (inside, xs) => {
      const at = (index: number, value: number): string =>
        `${(xs[index] ?? 0).toFixed(1)},${inside.y(value).toFixed(1)}`;
      const upper = shares.map((share, index) => at(index, share.high));
      const lower = shares.map((share, index) => at(index, share.low)).reverse();
      const dots = shares.map((share, index) =>
        shape("circle", {
          class: "plot-dot",
          cx: xs[index] ?? 0,
          cy: inside.y(share.value),
          r: shares.length > 20 ? 2 : 3.5,
        }),
      );
      const whiskers =
        shares.length === 1
          ? [
              shape("line", {
                class: "plot-whisker",
                x1: xs[0] ?? 0,
                x2: xs[0] ?? 0,
                y1: inside.y(shares[0]?.low ?? 0),
                y2: inside.y(shares[0]?.high ?? 0),
              }),
            ]
          : [];
      return [
        ...whiskers,
        shape("polygon", { class: "plot-band", points: [...upper, ...lower].join(" ") }),
        shape("polyline", {
          class: "plot-line",
          points: shares.map((share, index) => at(index, share.value)).join(" "),
        }),
        ...dots,
      ];
    },
  });
}
