// More like this: the search as it goes on, then a grid of what looks alike, to choose from and make boxes of.
import { at } from "../lib/address";
import { ApiError, request } from "../lib/api";
import { h, icon, isTyping, need, pageData, replace, setText } from "../lib/dom";
import { keyName } from "../lib/keyName";
import { similarity } from "../lib/format";
import { listen } from "../lib/socket";
import { toast } from "../lib/toast";
import type { LabelClass, NamedImage, Xyxy } from "../lib/types";
import { adjuster, outline } from "../parts/boxOnPicture";
import { watchDock } from "../parts/dock";
import { undoList } from "../parts/undoList";
import { LIVE, lineOf, type SearchRun } from "../search/runLine";
import * as choices from "../search/choice";

interface Match {
  readonly index: number;
  readonly image: NamedImage;
  readonly xyxy: Xyxy;
  /** The part of the image that the picture at `crop_url` shows. */
  readonly crop: Xyxy;
  readonly similarity: number;
  readonly boxed: readonly number[];
  readonly crop_url: string;
}

interface PageData {
  readonly run: SearchRun;
  readonly can: { readonly label: boolean; readonly run: boolean };
  readonly label: number | null;
  /** Whole images were compared: there is no box. */
  readonly of_image: boolean;
  readonly classes: readonly LabelClass[];
}

const data = pageData<PageData>();
const root = need(".review");
const role = <E extends HTMLElement = HTMLElement>(name: string): E | null =>
  root.querySelector<E>(`[data-role=${name}]`);
const grid = need("[data-role=grid]", root);
const select = role<HTMLSelectElement>("class");
const ofImage = data.of_image;
const add = role<HTMLButtonElement>("add");
let run = data.run;
let matches: readonly Match[] = [];
let loaded = false;
let choice = choices.NONE;
/** While a stroke goes over the tiles: whether it puts them in or out. */
let stroke: boolean | null = null;

const tiles = new Map<number, HTMLElement>();
/** Corners that the person made of some matches, by index. */
const corners = new Map<number, Xyxy>();
const side = need("[data-role=side]", root);
const lines = undoList(need("[data-role=undo-list]", root));
let focused: Match | null = null;
const label = (): number | null => (select ? Number(select.value) : null);
const boxed = (match: Match): boolean => match.boxed.includes(label() ?? -1);
const order = (): number[] => matches.filter((match) => !boxed(match)).map((match) => match.index);
const editorUrl = (match: Match): string => at(`/images/${match.image.id}/`);
const failed = (error: unknown): void =>
  toast(error instanceof ApiError ? error.detail : gettext("The server cannot be reached."), "error");

// ---- showing ----
function show(): void {
  const live = LIVE.includes(run.state);
  const bar = need<HTMLProgressElement>("[data-role=bar]", root);
  bar.hidden = !live;
  bar.value = run.percent;
  const cancel = role("cancel");
  if (cancel) cancel.hidden = !live || !data.can.label;
  const again = role("again");
  if (again) again.hidden = live || !data.can.label;
  setText(need("[data-role=line]", root), lineOf(run, loaded ? matches.length : null));
  setText(need("[data-role=total]", root), loaded ? String(matches.length) : "");
  need("[data-role=empty]", root).hidden = !loaded || matches.length > 0;
  need("[data-role=keys]", root).hidden = matches.length === 0;
  showChoice();
}

function showChoice(): void {
  choice = choices.kept(choice, order());
  for (const match of matches) {
    const tile = tiles.get(match.index);
    if (!tile) continue;
    const chosen = choice.chosen.has(match.index);
    tile.classList.toggle("chosen", chosen);
    tile.classList.toggle("boxed", boxed(match));
    if (select) need("button", tile).setAttribute("aria-pressed", String(chosen));
    need(".tile-boxed", tile).toggleAttribute("hidden", !boxed(match));
  }
  const place = role("chosen");
  const n = choice.chosen.size;
  if (place) setText(place, n === 0 ? "" : interpolate(ngettext("%s chosen", "%s chosen", n), [n]));
  add?.setAttribute("aria-disabled", String(n === 0 || label() === null));
}

function tileOf(match: Match): HTMLElement {
  const foot = h(
    "span.tile-foot",
    {},
    h("span.name", { title: match.image.name }, match.image.name),
    h("span.tile-boxed.badge", { hidden: true }, gettext("boxed")),
    h("strong", {}, similarity(match.similarity)),
  );
  const inner = [
    h(
      "span.box-frame",
      {},
      h("img", { src: match.crop_url, alt: "", loading: "lazy", decoding: "async", draggable: "false" }),
      ofImage ? null : outline(match.crop, corners.get(match.index) ?? match.xyxy),
    ),
    foot,
  ];
  if (!select)
    return h(
      "li.tile",
      { "data-index": match.index },
      h("a.tile-button", { href: editorUrl(match) }, ...inner, h("span.tile-boxed", { hidden: true })),
    );
  return h(
    "li.tile",
    { "data-index": match.index, "data-testid": "match" },
    h(
      "button.tile-button",
      { type: "button", "aria-pressed": "false" },
      ...inner,
      h("span.tile-mark", { "aria-hidden": true }, icon("check")),
    ),
  );
}

/** The focused match at the side, larger, where its box can be adjusted before it is added. */
function showSide(match: Match | undefined): void {
  if (match === undefined || match === focused || ofImage) return;
  focused = match;
  side.hidden = false;
  const adjust = (box: Xyxy): void => {
    corners.set(match.index, box);
    const tile = tiles.get(match.index);
    if (tile) need(".box-drawing", tile).replaceWith(outline(match.crop, box));
    if (select && !boxed(match)) choose(choices.set(choice, match.index, true));
  };
  const box = corners.get(match.index) ?? match.xyxy;
  replace(
    side,
    h("div.side-picture", {}, adjuster({ image: match.image, own: match.xyxy, box }, select ? adjust : null)),
    h(
      "a.side-image",
      { href: editorUrl(match), "data-testid": "open-image" },
      icon("image"),
      h("span.clip", {}, match.image.name),
      h("kbd", {}, "E"),
    ),
    select ? h("p.muted", {}, gettext("Drag the handles to fit the box before you add it.")) : null,
  );
}

async function load(): Promise<void> {
  ({ matches } = await request<{ matches: Match[] }>("GET", `/api/runs/${run.id}/matches/`));
  loaded = true;
  tiles.clear();
  for (const match of matches) tiles.set(match.index, tileOf(match));
  grid.replaceChildren(...tiles.values());
  show();
}

// ---- choosing ----
const matchAt = (target: EventTarget | null): Match | undefined => {
  const index = target instanceof Element ? target.closest<HTMLElement>(".tile")?.dataset.index : undefined;
  return index === undefined ? undefined : matches.find((match) => match.index === Number(index));
};

grid.addEventListener("focusin", (event) => showSide(matchAt(event.target)));

function choose(next: choices.Choice): void {
  choice = next;
  showChoice();
}

if (select) {
  if (data.label !== null) select.value = String(data.label);
  select.addEventListener("change", showChoice);
  grid.addEventListener("pointerdown", (event) => {
    const match = matchAt(event.target);
    if (!match || boxed(match) || event.button !== 0 || event.pointerType === "touch" || event.shiftKey) return;
    stroke = !choice.chosen.has(match.index);
    choose(choices.set(choice, match.index, stroke));
  });
  grid.addEventListener("pointerover", (event) => {
    const match = stroke === null ? undefined : matchAt(event.target);
    if (match && stroke !== null && !boxed(match)) choose(choices.set(choice, match.index, stroke));
  });
  for (const end of ["pointerup", "pointercancel", "blur"]) window.addEventListener(end, () => (stroke = null));
  grid.addEventListener("click", (event) => {
    const match = matchAt(event.target);
    if (!match || boxed(match)) return;
    if (event.shiftKey) choose(choices.ranged(choice, match.index, order()));
    // A mouse has chosen on its way down; a finger and the keyboard choose now.
    else if (event.detail === 0 || event.pointerType === "touch") choose(choices.toggled(choice, match.index));
  });
}

function step(by: number): void {
  const all = [...grid.querySelectorAll<HTMLElement>(".tile-button")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
}

// ---- making boxes ----
async function make(): Promise<void> {
  const wanted = label();
  if (choice.chosen.size === 0 || wanted === null || add?.disabled) return;
  if (add) add.disabled = true;
  try {
    const { added, left_out } = await request<{ added: number; left_out: number }>(
      "POST",
      `/api/runs/${run.id}/matches/`,
      {
        body: {
          items: [...choice.chosen],
          label: wanted,
          corners: Object.fromEntries(
            [...choice.chosen].flatMap((item) => (corners.has(item) ? [[item, corners.get(item)]] : [])),
          ),
        },
      },
    );
    const words = [interpolate(ngettext("%s box added.", "%s boxes added.", added), [added])];
    if (left_out > 0)
      words.push(
        interpolate(ngettext("%s place had one already.", "%s places had one already.", left_out), [left_out]),
      );
    if (data.can.run && added > 0) lines.add(words.join(" "), undo);
    else toast(words.join(" "), "success");
    choose(choices.NONE);
    await load();
  } catch (error) {
    failed(error);
  } finally {
    if (add) add.disabled = false;
  }
}

async function undo(): Promise<void> {
  try {
    const { boxes } = await request<{ boxes: number }>("POST", `/api/runs/${run.id}/undo/`);
    toast(interpolate(ngettext("%s box was taken back.", "%s boxes were taken back.", boxes), [boxes]), "success");
    await load();
  } catch (error) {
    failed(error);
    throw error;
  }
}

watchDock(need("[data-role=dock]", root));
add?.addEventListener("click", () => void make());
role("cancel")?.addEventListener("click", () => void request("POST", `/api/runs/${run.id}/cancel/`).catch(failed));

const columns = (): number => getComputedStyle(grid).gridTemplateColumns.split(" ").length;
const keys: Record<string, () => void> = {
  arrowright: () => step(1),
  arrowleft: () => step(-1),
  arrowdown: () => step(columns()),
  arrowup: () => step(-columns()),
  "ctrl+a": () => select && choose(choices.all(order())),
  escape: () => choose(choices.NONE),
  enter: () => void make(),
  e: () => {
    const match = matchAt(document.activeElement);
    if (match) location.assign(editorUrl(match));
  },
};
window.addEventListener("keydown", (event) => {
  if (event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const name = keyName(event);
  const elsewhere = event.target instanceof Element && event.target !== document.body && !grid.contains(event.target);
  const action = keys[name];
  if (!action || elsewhere || (name === "enter" && (!select || choice.chosen.size === 0))) return;
  event.preventDefault();
  action();
});

listen<{ seq?: number; kind: string; payload: SearchRun }>(`/ws/runs/${run.id}/?since=0`, {
  onMessage: (message) => {
    if (message.kind !== "state") return;
    run = message.payload;
    show();
    if (run.state === "done" && !loaded) void load().catch(failed);
  },
});
show();
if (run.state === "done") void load().catch(failed);
