// Why a run believes in a suggestion: its crop, probability, detector score, source and nearest shots, for editor and
// review page alike.
import { at } from "./address";
import { h } from "./dom";
import { percent } from "./format";
import type { Evidence, Suggestion } from "./types";

/** What runs call their sources, in words; a name that is not known here is shown as it is. */
function sourceName(source: string): string {
  const names: Record<string, string> = {
    head: gettext("class head"),
    generic: gettext("generic detector"),
    tuned: gettext("fine-tuned detector"),
    detector: gettext("detector"),
    dropped: gettext("below its run's threshold"),
    similar: gettext("search for similar objects"),
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
      ...(suggestion.source === "similar"
        ? meter(gettext("Similarity"), suggestion.score, "evidence-similarity")
        : believed(suggestion)),
      h("dt", {}, gettext("Source")),
      h("dd", { "data-testid": "evidence-source" }, sourceName(suggestion.source)),
    ),
    near.length > 0 && h("p.evidence-title", {}, gettext("Nearest shots")),
    near.length > 0 && h("ul.evidence-shots", { "data-testid": "evidence-shots" }, ...near.map(shot)),
  );
}

function believed(suggestion: Suggestion): Node[] {
  return [
    ...meter(gettext("Probability"), suggestion.probability, "evidence-probability"),
    ...meter(gettext("Detector score"), suggestion.score, "evidence-score"),
  ];
}

function meter(name: string, value: number, testid: string): Node[] {
  const bar = h("span.meter-fill");
  bar.style.width = percent(Math.min(Math.max(value, 0), 1));
  return [
    h("dt", {}, name),
    h("dd", { "data-testid": testid }, h("span.meter", { "aria-hidden": true }, bar), percent(value)),
  ];
}

function shot(one: Evidence): HTMLElement {
  const kind = one.positive ? gettext("like this one") : gettext("not like this one");
  const title = `${kind}, ${interpolate(gettext("similarity %s"), [percent(one.similarity)])}`;
  const figure = `${one.positive ? "+" : "−"} ${one.similarity.toFixed(2)}`;
  const target = at(`/images/${one.image_id}/${one.box_id ? `#box=${one.box_id}` : ""}`);
  const picture = one.crop_url
    ? h("img", { src: one.crop_url, alt: "", loading: "lazy", decoding: "async" })
    : cutOut(one);
  return h(
    one.positive ? "li.evidence-shot.positive" : "li.evidence-shot.negative",
    {},
    h("a", { href: target, title, "aria-label": `${figure}, ${title}` }, picture, h("span", {}, figure)),
  );
}

const SIDE = 128;

/** A place that is no box (a negative of the ground) has no crop of its own: it is cut out of its image here. */
function cutOut({ image_id, xyxy: [x1, y1, x2, y2] }: Evidence): HTMLCanvasElement {
  const canvas = h("canvas.evidence-none", { width: SIDE, height: SIDE });
  const image = new Image();
  image.onload = () => {
    const width = Math.max(x2 - x1, 1);
    const height = Math.max(y2 - y1, 1);
    const scale = SIDE / Math.max(width, height);
    const [w, t] = [width * scale, height * scale];
    canvas.getContext("2d")?.drawImage(image, x1, y1, width, height, (SIDE - w) / 2, (SIDE - t) / 2, w, t);
  };
  image.src = at(`/files/images/${image_id}/`);
  return canvas;
}
