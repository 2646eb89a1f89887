// What a search found and what a person makes of it, pure: the run, its matches, what is chosen and adjusted in, what
// the page says of it out.
import type { NamedImage, Xyxy } from "../lib/types";
import * as choices from "./choice";
import { LIVE, lineOf, type SearchRun } from "./runLine";

export interface Match {
  readonly index: number;
  readonly image: NamedImage;
  readonly xyxy: Xyxy;
  /** The part of the image that the picture at `crop_url` shows. */
  readonly crop: Xyxy;
  readonly similarity: number;
  /** Classes that have a box there. */
  readonly boxed: readonly number[];
  readonly crop_url: string;
}

export interface Results {
  readonly run: SearchRun;
  /** Null until they are loaded. */
  readonly matches: readonly Match[] | null;
  /** The class that boxes are made of; null where there is none to choose. */
  readonly label: number | null;
  readonly choice: choices.Choice;
  /** Corners that the person made of some matches, by index. */
  readonly corners: ReadonlyMap<number, Xyxy>;
  /** While a stroke goes over the tiles: whether it puts them in or out. */
  readonly stroke: boolean | null;
}

export function begun(run: SearchRun, label: number | null): Results {
  return { run, matches: null, label, choice: choices.NONE, corners: new Map(), stroke: null };
}

// ---- what is there ----
export function isBoxed({ label }: Results, match: Match): boolean {
  return label !== null && match.boxed.includes(label);
}

export function isChosen({ choice }: Results, match: Match): boolean {
  return choice.chosen.has(match.index);
}

export function cornersOf({ corners }: Results, match: Match): Xyxy {
  return corners.get(match.index) ?? match.xyxy;
}

/** Indices of what can be chosen, in the order that is shown. */
function openOf(results: Results): number[] {
  return (results.matches ?? []).filter((match) => !isBoxed(results, match)).map((match) => match.index);
}

/** What can no longer be chosen is let go of. */
function kept(results: Results): Results {
  return { ...results, choice: choices.kept(results.choice, openOf(results)) };
}

export function loaded(results: Results, matches: readonly Match[]): Results {
  return kept({ ...results, matches });
}

export function labelled(results: Results, label: number | null): Results {
  return kept({ ...results, label });
}

// ---- choosing ----
export function chosenAll(results: Results): Results {
  return { ...results, choice: choices.all(openOf(results)) };
}

export function chosenNone(results: Results): Results {
  return { ...results, choice: choices.NONE };
}

export interface Pointer {
  readonly shift: boolean;
  /** By a finger or the keyboard: these choose with the click, a mouse on its way down. */
  readonly late: boolean;
}

/** A button goes down on a tile: a mouse begins a stroke that does to others what it does to this one. */
export function pressed(results: Results, match: Match, { shift, late }: Pointer): Results {
  if (isBoxed(results, match) || shift || late) return results;
  const stroke = !isChosen(results, match);
  return { ...results, stroke, choice: choices.set(results.choice, match.index, stroke) };
}

/** The stroke comes over a tile. */
export function passed(results: Results, match: Match): Results {
  if (results.stroke === null || isBoxed(results, match)) return results;
  return { ...results, choice: choices.set(results.choice, match.index, results.stroke) };
}

export function released(results: Results): Results {
  return { ...results, stroke: null };
}

export function clicked(results: Results, match: Match, { shift, late }: Pointer): Results {
  if (isBoxed(results, match) || (!shift && !late)) return results;
  const { choice } = results;
  const next = shift ? choices.ranged(choice, match.index, openOf(results)) : choices.toggled(choice, match.index);
  return { ...results, choice: next };
}

/** A box that somebody fits to the object is meant to be added. */
export function adjusted(results: Results, match: Match, box: Xyxy, chooses: boolean): Results {
  const corners = new Map(results.corners).set(match.index, box);
  const chosen = chooses && !isBoxed(results, match);
  return { ...results, corners, choice: chosen ? choices.set(results.choice, match.index, true) : results.choice };
}

// ---- what the page says ----
export interface View {
  /** Whether the search goes on, and how far it is. */
  readonly live: boolean;
  readonly percent: number;
  readonly line: string;
  readonly total: string;
  readonly empty: boolean;
  readonly chosen: string;
  readonly canAdd: boolean;
}

export function viewOf(results: Results): View {
  const { run, matches, choice, label } = results;
  const n = choice.chosen.size;
  return {
    live: LIVE.includes(run.state),
    percent: run.percent,
    line: lineOf(run, matches?.length ?? null),
    total: matches === null ? "" : String(matches.length),
    empty: matches?.length === 0,
    chosen: n === 0 ? "" : interpolate(ngettext("%s chosen", "%s chosen", n), [n]),
    canAdd: n > 0 && label !== null,
  };
}

export interface NewBoxes {
  readonly items: readonly number[];
  readonly label: number;
  readonly corners: Readonly<Record<number, Xyxy>>;
}

/** What the API is asked to make; null where nothing is chosen, or no class to make it of. */
export function newBoxes({ choice, corners, label }: Results): NewBoxes | null {
  if (choice.chosen.size === 0 || label === null) return null;
  const own = [...corners].filter(([index]) => choice.chosen.has(index));
  return { items: [...choice.chosen], label, corners: Object.fromEntries(own) };
}

export function addedText(added: number, leftOut: number): string {
  const words = [interpolate(ngettext("%s box added.", "%s boxes added.", added), [added])];
  if (leftOut > 0)
    words.push(interpolate(ngettext("%s place had one already.", "%s places had one already.", leftOut), [leftOut]));
  return words.join(" ");
}
