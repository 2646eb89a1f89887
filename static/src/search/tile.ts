// A match as a tile of the grid, and larger at the side, where its box can be adjusted before it is added.
import { at } from "../lib/address";
import { h, icon, need } from "../lib/dom";
import { similarity } from "../lib/format";
import type { Xyxy } from "../lib/types";
import { adjuster, outline } from "../parts/boxOnPicture";
import { cornersOf, isBoxed, isChosen, type Match, type Results } from "./results";

/** What a page's grid is for. choosing: boxes can be made of tiles; ofImage: whole images were compared. */
export interface GridKind {
  readonly choosing: boolean;
  readonly ofImage: boolean;
}

export const editorUrl = (match: Match): string => at(`/images/${match.image.id}/`);

export function tileOf(match: Match, results: Results, kind: GridKind): HTMLElement {
  const foot = h(
    "span.tile-foot",
    {},
    h("span.name", { title: match.image.name }, match.image.name),
    h("span.tile-boxed.badge", { hidden: true }, gettext("boxed")),
    h("strong", {}, similarity(match.similarity)),
  );
  const picture = h(
    "span.box-frame",
    {},
    h("img", { src: match.crop_url, alt: "", loading: "lazy", decoding: "async", draggable: "false" }),
    kind.ofImage ? null : outline(match.crop, cornersOf(results, match)),
  );
  if (!kind.choosing) {
    const link = h("a.tile-button", { href: editorUrl(match) }, picture, foot, h("span.tile-boxed", { hidden: true }));
    return h("li.tile", { "data-index": match.index }, link);
  }
  const mark = h("span.tile-mark", { "aria-hidden": true }, icon("check"));
  const button = h("button.tile-button", { type: "button", "aria-pressed": "false" }, picture, foot, mark);
  return h("li.tile", { "data-index": match.index, "data-testid": "match" }, button);
}

export function showTile(tile: HTMLElement, match: Match, results: Results, kind: GridKind): void {
  const chosen = isChosen(results, match);
  const boxed = isBoxed(results, match);
  tile.classList.toggle("chosen", chosen);
  tile.classList.toggle("boxed", boxed);
  if (kind.choosing) need("button", tile).setAttribute("aria-pressed", String(chosen));
  need(".tile-boxed", tile).toggleAttribute("hidden", !boxed);
}

export function redraw(tile: HTMLElement, match: Match, box: Xyxy): void {
  need(".box-drawing", tile).replaceWith(outline(match.crop, box));
}

/** The children of the side panel. `adjust`: null where no box can be made. */
export function sideOf(match: Match, box: Xyxy, adjust: ((box: Xyxy) => void) | null): (HTMLElement | null)[] {
  return [
    h("div.side-picture", {}, adjuster({ image: match.image, own: match.xyxy, box }, adjust)),
    h(
      "a.side-image",
      { href: editorUrl(match), "data-testid": "open-image" },
      icon("image"),
      h("span.clip", {}, match.image.name),
      h("kbd", {}, "E"),
    ),
    adjust ? h("p.muted", {}, gettext("Drag the handles to fit the box before you add it.")) : null,
  ];
}
