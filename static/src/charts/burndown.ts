// What is left of a team's work, day by day: two areas, and the wedge in which the forecast sees it end.
import { longDay, plot, shape } from "./plot";
import { daysBetween, ticks } from "./scale";

export interface Burndown {
  readonly days: readonly string[];
  /** Images that are left to label, and that are not final, at the end of each day. */
  readonly label: readonly number[];
  readonly final: readonly number[];
  /** Days of the forecast, null where it says nothing. */
  readonly first: string | null;
  readonly last: string | null;
}

/** The days below: those that were, and those of the forecast, at most twice as far as the picture has been. */
export function shownDays({ days, first, last }: Burndown): string[] {
  const today = days.at(-1);
  if (!today || !first) return [...days];
  const most = Math.max(14, 2 * daysBetween(days[0] ?? today, today));
  const ends = [first, last].filter((day): day is string => day !== null && daysBetween(today, day) <= most);
  return [...days, ...new Set(ends)];
}

export function burndown(place: HTMLElement, data: Burndown): void {
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const short = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" });
  const days = shownDays(data);
  const [begin, end] = [days[0] ?? "", days.at(-1) ?? ""];
  const span = Math.max(1, daysBetween(begin, end));
  const now = data.days.length - 1;
  plot(place, {
    days,
    start: now,
    ticks: ticks(Math.max(...data.final, ...data.label)),
    word: (value) => short.format(value),
    said: (index) => {
      const day = longDay(days[index] ?? "");
      if (index > now)
        return interpolate(
          days[index] === data.first ? gettext("%s: final at the earliest") : gettext("%s: final at the latest"),
          [day],
        );
      const words = [day, number.format(data.label[index] ?? 0), number.format(data.final[index] ?? 0)];
      return interpolate(gettext("%s: %s left to label, %s not final"), words);
    },
    xs: ({ left, right }) => days.map((day) => left + 4 + (daysBetween(begin, day) / span) * (right - left - 8)),
    paint: (inside, xs) => {
      const at = (x: number | undefined, value: number): string =>
        `${(x ?? 0).toFixed(1)},${inside.y(value).toFixed(1)}`;
      const line = (values: readonly number[]): string[] => values.map((value, index) => at(xs[index], value));
      const floor = [at(xs[now], 0), at(xs[0], 0)];
      const left = data.final.at(-1) ?? 0;
      const ends = xs.slice(now + 1).map((x) => at(x, 0));
      const wedge =
        ends.length === 0
          ? []
          : [shape("polygon", { class: "fill-forecast", points: [at(xs[now], left), ...ends].join(" ") })];
      if (ends.length === 1)
        wedge.push(shape("polyline", { class: "plot-ahead", points: [at(xs[now], left), ...ends].join(" ") }));
      return [
        ...wedge,
        shape("polygon", { class: "fill-review", points: [...line(data.final), ...floor].join(" ") }),
        shape("polygon", { class: "fill-label", points: [...line(data.label), ...floor].join(" ") }),
      ];
    },
  });
}
