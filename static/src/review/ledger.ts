// The queue's decisions, pure: what the server has of each suggestion, what the person wants of it, and the next
// request between the two.
import type { ListedSuggestion, Suggestion, SuggestionState, Xyxy } from "../lib/types";

export interface Entry {
  readonly suggestion: ListedSuggestion;
  /** What the person sees; the suggestion's own state is what the server last said. */
  readonly wanted: SuggestionState;
  /** The class of the box that an accepted one becomes: as the person wants it, and as the server has it. */
  readonly as: number;
  readonly savedAs: number;
  /** Its corners, where a person made other ones of them: as wanted, and as the server has them. */
  readonly corners: Xyxy | null;
  readonly savedCorners: Xyxy | null;
}

export type Ledger = ReadonlyMap<number, Entry>;
export type Verb = "accept" | "reject" | "relabel" | "reopen";
export type Decision = "accepted" | "rejected" | "pending";

export interface DecisionRequest {
  readonly verb: Verb;
  /** Of a relabel. */
  readonly class?: number;
  readonly items: readonly { readonly id: number; readonly version: number; readonly xyxy?: Xyxy }[];
}

export const LARGEST = 200;
const RESULT: Record<Verb, SuggestionState> = {
  accept: "accepted",
  reject: "rejected",
  relabel: "accepted",
  reopen: "pending",
};

/** It waits for an answer: as a suggestion, or as a find that the run itself dropped. */
export const isOpen = (state: SuggestionState): boolean => state === "pending" || state === "dropped";

/** New rows of a list; what the person has decided about known ones stays. */
export function listed(ledger: Ledger, rows: readonly ListedSuggestion[]): Ledger {
  const next = new Map(ledger);
  for (const suggestion of rows)
    if (!next.has(suggestion.id))
      next.set(suggestion.id, {
        suggestion,
        wanted: suggestion.state,
        as: suggestion.class,
        savedAs: suggestion.class,
        corners: null,
        savedCorners: null,
      });
  return next;
}

/** Other corners for the box of a suggestion; null brings its own back. */
export function adjusted(ledger: Ledger, id: number, corners: Xyxy | null): Ledger {
  const entry = ledger.get(id);
  return entry ? new Map(ledger).set(id, { ...entry, corners }) : ledger;
}

/** `as`: another class than the run believed in. */
export function decided(ledger: Ledger, ids: readonly number[], wanted: Decision, as?: number): Ledger {
  const next = new Map(ledger);
  for (const id of ids) {
    const entry = next.get(id);
    if (entry && entry.suggestion.state !== "withdrawn")
      next.set(id, { ...entry, wanted, as: as ?? entry.suggestion.class });
  }
  return next;
}

/** Undo: what was wanted of each comes back; what the server has since then stays known. */
export function restored(ledger: Ledger, before: readonly Entry[]): Ledger {
  const next = new Map(ledger);
  for (const { suggestion, wanted, as, corners } of before) {
    const entry = next.get(suggestion.id);
    if (entry) next.set(suggestion.id, { ...entry, wanted, as, corners });
  }
  return next;
}

/** What undo of a change brings back: the entries of `ids` as they were, where the person wants something else now. */
export function replaced(before: Ledger, after: Ledger, ids: readonly number[]): readonly Entry[] {
  return ids.flatMap((id) => {
    const [was, is] = [before.get(id), after.get(id)];
    return was && is && (was.wanted !== is.wanted || was.as !== is.as || was.corners !== is.corners) ? [was] : [];
  });
}

/** Those of `items` that nobody has answered since: an answer gives another version. */
export function unanswered<T extends { readonly id: number; readonly version: number }>(
  ledger: Ledger,
  items: readonly T[],
): readonly T[] {
  return items.filter(({ id, version }) => (ledger.get(id)?.suggestion.version ?? version) === version);
}

/** An answer that changes is first taken back: yes to no goes through waiting. */
function verbOf({ suggestion, wanted, as, savedAs, corners, savedCorners }: Entry): Verb | null {
  if (suggestion.state === "withdrawn" || (isOpen(suggestion.state) && isOpen(wanted))) return null;
  const same = wanted !== "accepted" || (as === savedAs && corners === savedCorners);
  if (suggestion.state === wanted && same) return null;
  if (!isOpen(suggestion.state)) return "reopen";
  if (wanted !== "accepted") return "reject";
  return as === suggestion.class ? "accept" : "relabel";
}

/** The next request: as many of one kind as go together, in the order of the queue. */
export function asked(ledger: Ledger): DecisionRequest | null {
  let verb: Verb | null = null;
  let as: number | undefined;
  const items = [];
  for (const entry of ledger.values()) {
    const needs = verbOf(entry);
    if (needs === null || (verb !== null && needs !== verb)) continue;
    if (needs === "relabel" && (as ??= entry.as) !== entry.as) continue;
    verb = needs;
    const { id, version } = entry.suggestion;
    const adjusts = entry.corners !== null && entry.wanted === "accepted" && needs !== "reopen";
    items.push(adjusts ? { id, version, xyxy: entry.corners } : { id, version });
    if (items.length === LARGEST) break;
  }
  return verb && (as === undefined ? { verb, items } : { verb, class: as, items });
}

export const isSettled = (ledger: Ledger): boolean => asked(ledger) === null;

/** The server did it; each suggestion has a new version. */
export function done(
  ledger: Ledger,
  { verb, items, class: label }: DecisionRequest,
  versions: readonly { id: number; version: number }[] = [],
): Ledger {
  const next = new Map(ledger);
  const reported = new Map(versions.map((one) => [one.id, one.version]));
  for (const { id, version, xyxy } of items) {
    const entry = next.get(id);
    if (entry)
      next.set(id, {
        ...entry,
        suggestion: { ...entry.suggestion, state: RESULT[verb], version: reported.get(id) ?? version + 1 },
        savedAs: label ?? entry.suggestion.class,
        savedCorners: xyxy ?? null,
      });
  }
  return next;
}

/** What the server decided on its own: all above a cut-off, or their undo. */
export function known(ledger: Ledger, items: readonly { id: number; version: number }[], state: Decision): Ledger {
  const next = new Map(ledger);
  for (const { id, version } of items) {
    const entry = next.get(id);
    if (entry)
      next.set(id, {
        suggestion: { ...entry.suggestion, state, version },
        wanted: state,
        as: entry.suggestion.class,
        savedAs: entry.suggestion.class,
        corners: null,
        savedCorners: null,
      });
  }
  return next;
}

export interface OvertakenDecisions {
  readonly ledger: Ledger;
  /** Suggestions that somebody else decided first: their decision stands. */
  readonly ids: readonly number[];
}

/** 409: the rows as they are now. What others decided is shown as they decided it; the rest is asked again. */
export function overtaken(ledger: Ledger, current: readonly Suggestion[]): OvertakenDecisions {
  const next = new Map(ledger);
  const ids: number[] = [];
  for (const row of current) {
    const entry = next.get(row.id);
    if (!entry) continue;
    const theirs = row.state !== entry.suggestion.state;
    const suggestion = { ...entry.suggestion, ...row };
    next.set(
      row.id,
      theirs
        ? { suggestion, wanted: row.state, as: row.class, savedAs: row.class, corners: null, savedCorners: null }
        : { ...entry, suggestion },
    );
    if (theirs && row.state !== entry.wanted) ids.push(row.id);
  }
  return { ledger: next, ids };
}

/** A request that can never succeed is forgotten: the queue shows what the server has. */
export function givenUp(ledger: Ledger, { items }: DecisionRequest): Ledger {
  const next = new Map(ledger);
  for (const { id } of items) {
    const entry = next.get(id);
    if (entry)
      next.set(id, { ...entry, wanted: entry.suggestion.state, as: entry.savedAs, corners: entry.savedCorners });
  }
  return next;
}

/** How many of the shown ones were decided since they were listed as waiting, by what was decided. */
export function tally(ledger: Ledger): Record<SuggestionState, number> {
  const counts: Record<SuggestionState, number> = { pending: 0, accepted: 0, rejected: 0, withdrawn: 0, dropped: 0 };
  for (const entry of ledger.values()) counts[entry.wanted] += 1;
  return counts;
}
