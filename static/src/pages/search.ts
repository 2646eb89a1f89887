// More like this: the search as it goes on, then a grid of what looks alike, to choose from and make boxes of.
import { ApiError, request } from "../lib/api";
import { isTyping, need, pageData, replace, setText } from "../lib/dom";
import { keyName } from "../lib/keyName";
import { listen } from "../lib/socket";
import { toast } from "../lib/toast";
import type { LabelClass, Xyxy } from "../lib/types";
import { watchDock } from "../parts/dock";
import { undoList } from "../parts/undoList";
import * as found from "../search/results";
import type { Match, Pointer } from "../search/results";
import type { SearchRun } from "../search/runLine";
import { editorUrl, redraw, showTile, sideOf, tileOf } from "../search/tile";

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
const side = need("[data-role=side]", root);
const bar = need<HTMLProgressElement>("[data-role=bar]", root);
const select = role<HTMLSelectElement>("class");
const add = role<HTMLButtonElement>("add");
const lines = undoList(need("[data-role=undo-list]", root));
const kind = { choosing: select !== null, ofImage: data.of_image };
if (select && data.label !== null) select.value = String(data.label);

let results = found.begun(data.run, select ? Number(select.value) : null);
const tiles = new Map<number, HTMLElement>();
let focused: Match | null = null;

const failed = (error: unknown): void =>
  toast(error instanceof ApiError ? error.detail : gettext("The server cannot be reached."), "error");

function become(next: found.Results): void {
  if (next === results) return;
  results = next;
  show();
}

function show(): void {
  const view = found.viewOf(results);
  bar.hidden = !view.live;
  bar.value = view.percent;
  role("cancel")?.toggleAttribute("hidden", !view.live || !data.can.label);
  role("again")?.toggleAttribute("hidden", view.live || !data.can.label);
  setText(need("[data-role=line]", root), view.line);
  setText(need("[data-role=total]", root), view.total);
  need("[data-role=empty]", root).hidden = !view.empty;
  need("[data-role=keys]", root).hidden = tiles.size === 0;
  for (const match of results.matches ?? []) {
    const tile = tiles.get(match.index);
    if (tile) showTile(tile, match, results, kind);
  }
  const chosen = role("chosen");
  if (chosen) setText(chosen, view.chosen);
  add?.setAttribute("aria-disabled", String(!view.canAdd));
}

function showSide(match: Match | undefined): void {
  if (match === undefined || match === focused || data.of_image) return;
  focused = match;
  side.hidden = false;
  const adjust = (box: Xyxy): void => {
    const tile = tiles.get(match.index);
    if (tile) redraw(tile, match, box);
    become(found.adjusted(results, match, box, kind.choosing));
  };
  replace(side, ...sideOf(match, found.cornersOf(results, match), kind.choosing ? adjust : null));
}

async function load(): Promise<void> {
  const { matches } = await request<{ matches: Match[] }>("GET", `/api/runs/${results.run.id}/matches/`);
  tiles.clear();
  for (const match of matches) tiles.set(match.index, tileOf(match, results, kind));
  grid.replaceChildren(...tiles.values());
  become(found.loaded(results, matches));
}

// ---- choosing ----
const matchAt = (target: EventTarget | null): Match | undefined => {
  const index = target instanceof Element ? target.closest<HTMLElement>(".tile")?.dataset.index : undefined;
  return index === undefined ? undefined : results.matches?.find((match) => match.index === Number(index));
};
const pointer = (event: PointerEvent | MouseEvent, byKey = false): Pointer => ({
  shift: event.shiftKey,
  late: byKey || (event instanceof PointerEvent && event.pointerType === "touch"),
});

grid.addEventListener("focusin", (event) => showSide(matchAt(event.target)));
if (select) {
  select.addEventListener("change", () => become(found.labelled(results, Number(select.value))));
  grid.addEventListener("pointerdown", (event) => {
    const match = matchAt(event.target);
    if (match && event.button === 0) become(found.pressed(results, match, pointer(event)));
  });
  grid.addEventListener("pointerover", (event) => {
    const match = matchAt(event.target);
    if (match) become(found.passed(results, match));
  });
  for (const end of ["pointerup", "pointercancel", "blur"])
    window.addEventListener(end, () => (results = found.released(results)));
  grid.addEventListener("click", (event) => {
    const match = matchAt(event.target);
    if (match) become(found.clicked(results, match, pointer(event, event.detail === 0)));
  });
}

function step(by: number): void {
  const all = [...grid.querySelectorAll<HTMLElement>(".tile-button")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
}

// ---- making boxes ----
async function make(): Promise<void> {
  const body = found.newBoxes(results);
  if (body === null || add?.disabled) return;
  if (add) add.disabled = true;
  try {
    const url = `/api/runs/${results.run.id}/matches/`;
    const { added, left_out } = await request<{ added: number; left_out: number }>("POST", url, { body });
    const words = found.addedText(added, left_out);
    if (data.can.run && added > 0) lines.add(words, undo);
    else toast(words, "success");
    become(found.chosenNone(results));
    await load();
  } catch (error) {
    failed(error);
  } finally {
    if (add) add.disabled = false;
  }
}

async function undo(): Promise<void> {
  try {
    const { boxes } = await request<{ boxes: number }>("POST", `/api/runs/${results.run.id}/undo/`);
    toast(interpolate(ngettext("%s box was taken back.", "%s boxes were taken back.", boxes), [boxes]), "success");
    await load();
  } catch (error) {
    failed(error);
    throw error;
  }
}

watchDock(need("[data-role=dock]", root));
add?.addEventListener("click", () => void make());
role("cancel")?.addEventListener(
  "click",
  () => void request("POST", `/api/runs/${results.run.id}/cancel/`).catch(failed),
);

const columns = (): number => getComputedStyle(grid).gridTemplateColumns.split(" ").length;
const keys: Record<string, () => void> = {
  arrowright: () => step(1),
  arrowleft: () => step(-1),
  arrowdown: () => step(columns()),
  arrowup: () => step(-columns()),
  "ctrl+a": () => kind.choosing && become(found.chosenAll(results)),
  escape: () => become(found.chosenNone(results)),
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
  if (!action || elsewhere || (name === "enter" && found.newBoxes(results) === null)) return;
  event.preventDefault();
  action();
});

listen<{ seq?: number; kind: string; payload: SearchRun }>(`/ws/runs/${data.run.id}/?since=0`, {
  onMessage: (message) => {
    if (message.kind !== "state") return;
    become({ ...results, run: message.payload });
    if (results.run.state === "done" && results.matches === null) void load().catch(failed);
  },
});
show();
if (results.run.state === "done") void load().catch(failed);
