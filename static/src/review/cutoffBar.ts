// The cut-off as a slider: how many suggestions are above it, how many of them are right, and the button that takes
// them all.
import { icon, need, replace, setText } from "../lib/dom";
import { percent } from "../lib/format";
import { estimate, lowestWith, type Bin, type Estimate } from "./cutoff";
import type { ReviewQueue } from "./queue";

const GOOD = 0.95; // where the slider starts: as low as may be with so many right
const BARS = 50;
const SVG = "http://www.w3.org/2000/svg";

export function startCutoff(
  root: HTMLElement,
  queue: ReviewQueue,
  canReview: boolean,
  acceptAbove: () => void,
): () => void {
  const slider = need<HTMLInputElement>("[data-role=cutoff]", root);
  const bars = need<SVGSVGElement>("[data-role=cutoff-bars]", root);
  const accept = need<HTMLButtonElement>("[data-role=accept-above]", root);
  let fresh = true; // a list that was just loaded: later counts move no slider under a person's hand
  let chosen = false;

  const show = (): void => {
    const place = need("[data-role=cutoff-box]", root);
    // As long as it is counted the place is kept, so that nothing jumps.
    const waiting = queue.bins.reduce((sum, bin) => sum + bin.waiting + bin.dropped, 0);
    place.hidden = queue.filters.state !== "pending" || (queue.total !== null && waiting === 0);
    if (queue.total === null) fresh = true;
    else if (fresh) {
      if (!chosen) queue.cutoff = lowestWith(queue.bins, GOOD) / 100;
      fresh = false;
      slider.value = String(Math.round(queue.cutoff * 100));
    }
    const cutoff = Number(slider.value);
    const found = estimate(queue.bins, cutoff);
    drawBars(bars, queue.bins, cutoff);
    setText(need("[data-role=cutoff-value]", root), `${cutoff}%`);
    slider.setAttribute("aria-valuetext", `${cutoff}%, ${described(found)}`);
    setText(
      need("[data-role=cutoff-count]", root),
      interpolate(ngettext("%s above", "%s above", found.count), [found.count]),
    );
    setText(need("[data-role=cutoff-precision]", root), found.precision === null ? "" : described(found));
    const said = found.precision === null ? [] : [sourceOf(found)];
    const dropped = queue.bins.reduce((sum, bin) => sum + (bin.at >= queue.cutoff ? bin.dropped : 0), 0);
    if (dropped > 0)
      said.push(
        interpolate(ngettext("%s the run dropped, to look at", "%s the run dropped, to look at", dropped), [dropped]),
      );
    setText(need("[data-role=cutoff-source]", root), said.join("; "));
    accept.hidden = !canReview;
    accept.disabled = found.count === 0;
    replace(
      accept,
      icon("check-check"),
      interpolate(ngettext("Accept %s above", "Accept %s above", found.count), [found.count]),
    );
  };
  slider.addEventListener("input", () => {
    chosen = true;
    queue.setCutoff(Number(slider.value) / 100);
  });
  accept.addEventListener("click", acceptAbove);
  return show;
}

function described({ precision, interval }: Estimate): string {
  if (precision === null) return gettext("nothing above");
  if (interval === null) return interpolate(gettext("about %s right"), [percent(precision)]);
  return interpolate(
    gettext("about %(right)s right (%(low)s to %(high)s)"),
    { right: percent(precision), low: percent(interval[0]), high: percent(interval[1]) },
    true,
  );
}

function sourceOf({ interval, answers, byLot }: Estimate): string {
  if (interval === null) return gettext("estimated by the run; no range before 5 answers");
  if (byLot)
    return interpolate(
      ngettext(
        "from %s answer drawn by lot, wide where nobody looked",
        "from %s answers drawn by lot, wide where nobody looked",
        answers,
      ),
      [answers],
    );
  return interpolate(
    ngettext(
      "from the run and %s answer, wide where nobody looked",
      "from the run and %s answers, wide where nobody looked",
      answers,
    ),
    [answers],
  );
}

/** Height by the number that waits; what is above the cut-off stands out. */
function drawBars(svg: SVGSVGElement, bins: readonly Bin[], cutoff: number): void {
  const counts = new Array<number>(BARS).fill(0);
  for (const bin of bins) {
    const at = Math.min(BARS - 1, Math.floor((Math.round(bin.at * 100) * BARS) / 100));
    counts[at] = (counts[at] ?? 0) + bin.waiting;
  }
  const most = Math.max(1, ...counts);
  while (svg.childElementCount < BARS) svg.append(document.createElementNS(SVG, "rect"));
  counts.forEach((count, at) => {
    const height = count === 0 ? 0 : 2 + (18 * count) / most;
    const bar = svg.children[at];
    if (!bar) return;
    for (const [name, value] of Object.entries({ x: at * 4, y: 20 - height, width: 3, height }))
      bar.setAttribute(name, String(value));
    bar.classList.toggle("above", (at * 100) / BARS >= cutoff);
  });
}
