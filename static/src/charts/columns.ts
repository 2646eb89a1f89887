// Boxes per day, stacked by where they came from.
import { longDay, plot, shape } from "./plot";
import { ticks } from "./scale";

export interface Day {
  readonly day: string;
  readonly drawn: number;
  readonly accepted: number;
  readonly imported: number;
}

const PARTS = ["drawn", "accepted", "imported"] as const;

export function columns(place: HTMLElement, days: readonly Day[]): void {
  const whole = (day: Day): number => PARTS.reduce((sum, part) => sum + day[part], 0);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const short = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" });
  plot(place, {
    days: days.map((day) => day.day),
    ticks: ticks(Math.max(...days.map(whole))),
    word: (value) => short.format(value),
    said: (index) => {
      const day = days[index];
      if (!day) return "";
      const names = { drawn: gettext("%s drawn"), accepted: gettext("%s accepted"), imported: gettext("%s imported") };
      const parts = PARTS.filter((part) => day[part] > 0).map((part) =>
        interpolate(names[part], [number.format(day[part])]),
      );
      return `${longDay(day.day)}: ${parts.join(", ") || gettext("no new boxes")}`;
    },
    xs: ({ left, right }) => days.map((_day, index) => left + ((index + 0.5) * (right - left)) / days.length),
    paint: (inside, xs) => {
      const width = Math.max(2, ((inside.right - inside.left) / days.length) * 0.68);
      return days.flatMap((day, index) => {
        let below = 0;
        return PARTS.filter((part) => day[part] > 0).map((part) => {
          const top = inside.y(below + day[part]);
          const bar = shape("rect", {
            class: `fill-${part}`,
            x: (xs[index] ?? 0) - width / 2,
            width,
            y: top,
            height: Math.max(1, inside.y(below) - top),
            rx: 1.5,
          });
          below += day[part];
          return bar;
        });
      });
    },
  });
}
