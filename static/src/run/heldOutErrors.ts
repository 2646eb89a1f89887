// The worst mistakes on held-out images, as pictures: what was found, what a person drew, and why it is shown.
import { at } from "../lib/address";
import { h } from "../lib/dom";
import type { Xyxy } from "../lib/types";
import { percent } from "../lib/format";

export interface Mistake {
  readonly kind: "false" | "missed" | "loose";
  readonly image_id: number;
  readonly name: string;
  readonly xyxy: Xyxy;
  readonly drawn: Xyxy | null;
  readonly probability: number | null;
  readonly iou: number;
  readonly crop_url: string;
  readonly window: Xyxy;
}

/** From this overlap on two boxes are of one object; below the other they have nothing to do with each other. */
const SAME = 0.5;
const NEAR = 0.1;

/** What is wrong, in two or three words, and what is known of it. */
export function why(mistake: Mistake): { readonly title: string; readonly detail: string } {
  const overlap = percent(mistake.iou);
  const sure = percent(mistake.probability);
  switch (mistake.kind) {
    case "missed":
      return {
        title: gettext("Missed"),
        detail:
          mistake.iou < NEAR
            ? gettext("nothing was suggested here")
            : interpolate(gettext("the nearest suggestion agrees by only %s"), [overlap]),
      };
    case "loose":
      return {
        title: gettext("Loose box"),
        detail: interpolate(gettext("agrees by only %s with the drawn box"), [overlap]),
      };
    case "false":
      if (mistake.iou >= SAME)
        return {
          title: gettext("Found twice"),
          detail: interpolate(gettext("%s sure, but a better box has it"), [sure]),
        };
      if (mistake.iou >= NEAR)
        return {
          title: gettext("Beside the object"),
          detail: interpolate(gettext("agrees by only %s with the drawn box"), [overlap]),
        };
      return {
        title: gettext("False find"),
        detail: interpolate(gettext("%s sure, but nobody drew a box here"), [sure]),
      };
  }
}

/** The row of pictures with its caption, or nothing where nothing went wrong. As a card of its own it has a heading. */
export function heldOutErrors(
  mistakes: readonly Mistake[] | undefined,
  title: "h2" | "strong" = "strong",
): HTMLElement | null {
  if (!mistakes || mistakes.length === 0) return null;
  return h(
    "figure.errors",
    { "data-testid": "held-out-errors" },
    h(
      "figcaption",
      {},
      h(title, {}, gettext("Worst mistakes")),
      h(
        "span.hint",
        {},
        gettext("On images that were left out in turn. Solid: what was found. Dashed: what a person drew."),
      ),
    ),
    h("ul.errors-row", {}, ...mistakes.map((mistake) => h("li", {}, picture(mistake)))),
  );
}

function picture(mistake: Mistake): HTMLElement {
  const { title, detail } = why(mistake);
  return h(
    "a",
    { href: at(`/images/${mistake.image_id}/`), title: mistake.name },
    h(
      "span.errors-picture",
      {},
      h("img", { src: mistake.crop_url, alt: "", loading: "lazy", decoding: "async" }),
      outlines(mistake),
    ),
    h("strong", {}, title),
    h("span.hint", {}, detail),
    h("span.visually-hidden", {}, interpolate(gettext("Open %s"), [mistake.name])),
  );
}

const SVG = "http://www.w3.org/2000/svg";

/** The boxes over the picture, in the image's own pixels. */
function outlines({ kind, xyxy, drawn, window: [left, top, right, bottom] }: Mistake): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `${left} ${top} ${right - left} ${bottom - top}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(outline(xyxy, kind === "missed" ? "drawn" : "found"));
  // On top: its gaps let the other one be seen where edges lie on each other.
  if (drawn) svg.append(outline(drawn, "drawn"));
  return svg;
}

function outline([x1, y1, x2, y2]: Xyxy, name: string): SVGRectElement {
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("class", name);
  for (const [key, value] of Object.entries({ x: x1, y: y1, width: x2 - x1, height: y2 - y1 }))
    rect.setAttribute(key, String(value));
  return rect;
}
