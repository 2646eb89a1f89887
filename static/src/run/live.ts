// The parts of the page that grow while a run works: examples, curves, log, memory. Each draws only what is new.
import { at } from "../lib/address";
import { curve } from "../charts/curve";
import { h, need, setText } from "../lib/dom";
import { duration, percent } from "../lib/format";
import { crop } from "../parts/crop";
import { curves, isAtLeast, memoryCurves, secondsOf } from "./story";
import type { Story } from "./story";
import type { FoundBox } from "./types";

type Show = (story: Story) => void;

export function startExamples(names: (id: number) => string): Show {
  let shown = 0;
  const example = ({ image, class: id, xyxy, probability }: FoundBox): HTMLElement => {
    const label = interpolate(gettext("%s, %s: open the image"), [names(id), percent(probability)]);
    return h(
      "a",
      { href: at(`/images/${image}/`), "aria-label": label, title: label },
      crop(image, xyxy),
      h("span.badge", {}, percent(probability)),
    );
  };
  return ({ found }) => {
    need("#found-card").hidden = found.length === 0;
    if (found.length === shown) return;
    need("#found").prepend(...found.slice(shown).reverse().map(example));
    shown = found.length;
    setText(need("#found-count"), interpolate(ngettext("%s example", "%s examples", shown), [shown]));
  };
}

export function startTraining(): Show {
  const losses = curve(need("#losses"), { xName: gettext("Epoch") });
  const metrics = curve(need("#metrics"), { xName: gettext("Epoch") });
  return ({ epochs }) => {
    const last = epochs.at(-1);
    need("#losses-card").hidden = !last;
    if (!last) return;
    setText(need("#epoch-line"), interpolate(gettext("Epoch %s of %s"), [last.epoch, last.epochs]));
    const loss = curves(epochs, "losses");
    losses.set(loss.x, loss.lines);
    const quality = curves(epochs, "metrics");
    need("#metrics-figure").hidden = quality.lines.length === 0;
    if (quality.lines.length > 0) metrics.set(quality.x, quality.lines);
  };
}

/** `started`: when the run was, so that the log counts as the key figures do. */
export function startLog(started: () => string | null): Show {
  const level = need<HTMLSelectElement>("#log-level");
  const place = need("#log");
  let shown = 0;
  let latest: Story["log"] = [];
  const show = (log: Story["log"]): void => {
    const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
    for (const entry of log.slice(shown))
      if (isAtLeast(entry.level, level.value))
        place.append(
          h(
            "li",
            { class: entry.level },
            h("time", {}, duration(secondsOf(entry, started()))),
            h("span", {}, entry.text),
          ),
        );
    const fresh = log.length > shown;
    shown = log.length;
    latest = log;
    need("#log-empty").hidden = place.childElementCount > 0;
    if (fresh && atEnd) place.scrollTop = place.scrollHeight;
  };
  level.addEventListener("change", () => {
    place.replaceChildren();
    shown = 0;
    show(latest);
  });
  return ({ log }) => show(log);
}

export function startMemory(): Show {
  const memory = curve(need("#memory"), { xName: gettext("Seconds"), yName: gettext("GB") });
  let shown = 0;
  return ({ memories }) => {
    const points = memoryCurves(memories);
    need("#memory-card").hidden = points.x.length < 2;
    if (points.x.length < 2 || points.x.length === shown) return;
    shown = points.x.length;
    const lines = [
      { name: gettext("System memory"), values: points.system },
      { name: gettext("GPU memory"), values: points.gpu },
    ];
    memory.set(
      points.x,
      lines.filter(({ values }) => values.some((value) => value !== null)),
    );
  };
}
