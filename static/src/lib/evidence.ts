// Why a run believes in a suggestion: its crop, probability, detector score, source and nearest shots, for editor and review wall alike.
import { h, percent } from "./dom";
import type { Evidence, Suggestion } from "./types";

/** What runs call their sources, in words; a name that is not known here is shown as it is. */
function sourceName(source: string): string {
  const names: Record<string, string> = {
    head: gettext("class head"),
    generic: gettext("generic detector"),
    tuned: gettext("fine-tuned detector"),
    detector: gettext("detector"),
  };
  return names[source] ?? source;
}

export function evidencePanel(suggestion: Suggestion): HTMLElement {
  const near = suggestion.evidence;
  return h(
    "div.evidence",
    { "data-testid": "evidence" },
    h(
      "dl.evidence-facts",
      {},
      ...meter(gettext("Probability"), suggestion.probability, "evidence-probability"),
      ...meter(gettext("Detector score"), suggestion.score, "evidence-score"),
      h("dt", {}, gettext("Source")),
      h("dd", { "data-testid": "evidence-source" }, sourceName(suggestion.source)),
    ),
    near.length > 0 && h("p.evidence-title", {}, gettext("Nearest shots")),
    near.length > 0 && h("ul.evidence-shots", { "data-testid": "evidence-shots" }, ...near.map(shot)),
  );
}

function meter(name: string, value: number, testid: string): Node[] {
  const bar = h("span.meter-fill");
  bar.style.width = percent(Math.min(Math.max(value, 0), 1));
  return [h("dt", {}, name), h("dd", { "data-testid": testid }, h("span.meter", { "aria-hidden": true }, bar), percent(value))];
}

function shot(one: Evidence): HTMLElement {
  const kind = one.positive ? gettext("like this one") : gettext("not like this one");
  const title = `${kind}, ${interpolate(gettext("similarity %s"), [percent(one.similarity)])}`;
  const target = `/images/${one.image_id}/${one.box_id ? `#box=${one.box_id}` : ""}`;
  const picture = one.crop_url ? h("img", { src: one.crop_url, alt: "", loading: "lazy", decoding: "async" }) : h("span.evidence-none");
  return h(
    one.positive ? "li.evidence-shot.positive" : "li.evidence-shot.negative",
    {},
    h("a", { href: target, title, "aria-label": title }, picture, h("span", {}, `${one.positive ? "+" : "−"} ${one.similarity.toFixed(2)}`)),
  );
}
