// The sync queue, pure: what the server has, what is on its way, what waits; and what to do with each of its answers.
import type { Box, Change, ImageState } from "../../lib/types";
import { boxIn, coalesced } from "../model/changes";
import { applicable, applied, docOf, isOpen, suggestionOf, type Doc, type Offer } from "../model/document";
import { rebase, type Notice } from "./rebase";

export interface Queue {
  readonly base: ImageState;
  /** Suggestions of this image that we answered and the server took. */
  readonly answered: readonly Offer[];
  /** What runs dropped in this image, once somebody asked for it. */
  readonly dropped: readonly Offer[];
  /** The request under way, or the one to be repeated unchanged after no answer came. */
  readonly batch: readonly Change[];
  readonly sending: boolean;
  readonly pending: readonly Change[];
  /** After a refusal changes go one by one, so that one bad one does not hold up the rest. */
  readonly oneByOne: boolean;
}

export interface SettledQueue {
  readonly queue: Queue;
  readonly notices: readonly Notice[];
  readonly renamed: ReadonlyMap<string, string>;
}

/** What is kept across a reload: the changes, and what they were made on. */
export interface StoredQueue {
  readonly boxes: readonly Box[];
  readonly suggestions: readonly Offer[];
  readonly changes: readonly Change[];
}

const LARGEST_BATCH = 200;
const SAME_NAMES: ReadonlyMap<string, string> = new Map();

export const queueOf = (base: ImageState): Queue => ({
  base,
  answered: [],
  dropped: [],
  batch: [],
  sending: false,
  pending: [],
  oneByOne: false,
});
/** As far as the server knows. */
const savedDoc = (queue: Queue): Doc => docOf(queue.base, queue.answered, queue.dropped);
export const unsent = (queue: Queue): readonly Change[] => [...queue.batch, ...queue.pending];
export const isIdle = (queue: Queue): boolean => queue.batch.length === 0 && queue.pending.length === 0;

export function localDoc(queue: Queue, author: string | null = null): Doc {
  return applied(savedDoc(queue), unsent(queue), author);
}

export function enqueued(queue: Queue, changes: readonly Change[]): Queue {
  return { ...queue, pending: coalesced([...queue.pending, ...changes]) };
}

/** The next request, or null while one is under way or nothing waits. */
export function taken(queue: Queue): Queue | null {
  if (queue.sending || isIdle(queue)) return null;
  if (queue.batch.length > 0) return { ...queue, sending: true };
  const size = queue.oneByOne ? 1 : LARGEST_BATCH;
  return { ...queue, sending: true, batch: queue.pending.slice(0, size), pending: queue.pending.slice(size) };
}

export function succeeded(queue: Queue, state: ImageState): Queue {
  const answered = remembered(queue, queue.batch);
  return {
    ...queue,
    base: state,
    answered,
    batch: [],
    sending: false,
    oneByOne: queue.oneByOne && queue.pending.length > 0,
  };
}

/** What the server makes us aware of, after a save. */
export function doubles({ warnings = [], boxes }: ImageState): readonly Notice[] {
  return warnings.flatMap(({ suggestion, box }): Notice[] => {
    const label = boxes.find((one) => one.id === box)?.class;
    return label === undefined ? [] : [{ kind: "double", class: label, suggestion }];
  });
}

/** No answer: the same request goes again, for the server may have taken it. */
export const unanswered = (queue: Queue): Queue => ({ ...queue, sending: false });

/** 400: alone it is dropped and named; in company it is first found. */
export function refused(queue: Queue, detail: string): SettledQueue {
  if (queue.batch.length > 1)
    return settled({ ...queue, batch: [], sending: false, oneByOne: true, pending: unsent(queue) });
  const base = savedDoc(queue);
  return settled({ ...queue, batch: [], sending: false, pending: applicable(base, queue.pending) }, [
    { kind: "refused", detail },
  ]);
}

/** 409, or another person's save: our changes on top of what is there now. */
export function rebased(queue: Queue, current: ImageState, newId: () => string): SettledQueue {
  const dropped = stillDropped(queue, current);
  const result = rebase(queue.base, queue.answered, unsent(queue), current, newId, {
    before: queue.dropped,
    now: dropped,
  });
  const changes = coalesced(result.changes);
  const next: Queue = {
    ...queue,
    base: current,
    answered: result.answered,
    dropped,
    batch: [],
    sending: false,
    pending: changes,
  };
  return { queue: next, notices: result.notices, renamed: result.renamed };
}

/**
 * The server refused although our version is its own: what runs dropped, and we want to answer, was answered or
 * replaced meanwhile.
 * It is in no image's state, so only this tells.
 */
function stillDropped(queue: Queue, current: ImageState): readonly Offer[] {
  if (current.version !== queue.base.version) return queue.dropped;
  const asked = new Set(unsent(queue).map((change) => ("suggestion" in change ? change.suggestion : null)));
  return queue.dropped.filter((one) => !asked.has(one.id));
}

/** What runs dropped in this image, as it was asked for. */
export const withDropped = (queue: Queue, dropped: readonly Offer[]): Queue => ({ ...queue, dropped });

/** A newer state that we were told of. While a request is under way its own answer will bring it. */
export function refreshed(queue: Queue, state: ImageState, newId: () => string): SettledQueue {
  if (queue.sending || state.version < queue.base.version) return settled(queue);
  if (state.version === queue.base.version) return settled({ ...queue, base: state });
  return rebased(queue, state, newId);
}

export function stored(queue: Queue): StoredQueue | null {
  if (isIdle(queue)) return null;
  const changes = unsent(queue);
  const ids = new Set(changes.map(boxIn));
  const asked = new Set(changes.map((change) => ("suggestion" in change ? change.suggestion : null)));
  return {
    boxes: queue.base.boxes.filter((box) => ids.has(box.id)),
    suggestions: savedDoc(queue).suggestions.filter((one) => asked.has(one.id)),
    changes,
  };
}

/** What a reload brings back, on top of what the server has by now. */
export function restored(state: ImageState, kept: StoredQueue, newId: () => string): SettledQueue {
  const open = kept.suggestions.filter((one) => one.state === "pending");
  const dropped = kept.suggestions.filter((one) => one.state === "dropped");
  const answered = kept.suggestions.filter((one) => !isOpen(one));
  const then: ImageState = { ...state, version: -1, boxes: kept.boxes, suggestions: open };
  return rebased({ ...queueOf(then), answered, dropped, pending: kept.changes }, state, newId);
}

function settled(queue: Queue, notices: readonly Notice[] = []): SettledQueue {
  return { queue, notices, renamed: SAME_NAMES };
}

/** Our answers among these changes, with the boxes that came of them. */
function remembered(queue: Queue, changes: readonly Change[]): readonly Offer[] {
  const before = savedDoc(queue);
  const after = applied(before, changes);
  const known = new Map(queue.answered.map((one) => [one.id, one]));
  for (const change of changes) {
    if (!("suggestion" in change)) continue;
    const offer = suggestionOf(after, change.suggestion);
    if (!offer) continue;
    if (offer.state === "pending") known.delete(offer.id);
    else known.set(offer.id, offer);
  }
  return [...known.values()];
}
