// The curves of two runs laid over each other.
import { curve } from "../charts/curve";
import { need, pageData } from "../lib/dom";
import { overlay } from "../parts/overlay";

type Points = readonly (readonly number[])[];
type Losses = Readonly<Record<string, readonly (number | null)[]>>;

interface Data {
  readonly runs?: readonly [number, number];
  readonly curves: readonly { readonly id: number; readonly a: Points; readonly b: Points }[];
  readonly losses?: readonly [Losses, Losses];
}

const data = pageData<Data>();

function lines(
  place: HTMLElement,
  look: Parameters<typeof curve>[1],
  a: readonly (readonly [number, number])[],
  b: readonly (readonly [number, number])[],
): void {
  const [first, second] = data.runs ?? [0, 0];
  const both = overlay(a, b);
  curve(place, look).set(both.x, [
    { name: `#${first}`, values: both.first },
    { name: `#${second}`, values: both.second },
  ]);
}

const pairs = (points: Points): [number, number][] => points.map((point) => [point[0] ?? 0, point[1] ?? 0]);

for (const one of data.curves) {
  const place = need(`#curve-${one.id}`);
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", gettext("Curves of precision over recall of both runs"));
  lines(place, { xName: gettext("Recall"), yName: gettext("Precision"), unit: true }, pairs(one.a), pairs(one.b));
}

/** All losses of an epoch together. */
function total(losses: Losses): [number, number][] {
  const parts = Object.entries(losses).filter(([name]) => ["box", "cls", "dfl", "l1"].includes(name));
  return (losses.epoch ?? []).map((epoch, index) => [
    Number(epoch),
    parts.reduce((sum, [, values]) => sum + (values[index] ?? 0), 0),
  ]);
}

const [a, b] = (data.losses ?? [{}, {}]).map(total) as [[number, number][], [number, number][]];
if (a.length + b.length > 0) {
  need("#losses-card").hidden = false;
  lines(need("#losses"), { xName: gettext("Epoch") }, a, b);
}
