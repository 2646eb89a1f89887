// The document of one image, immutable: what is on it, what a change makes of it, and what takes a change back.
import type { Box, Change, Flags, ImageState, Suggestion, Values, Xyxy } from "../../lib/types";
import { iou, SAME_OBJECT, sameBox } from "./geometry";

/** A suggestion, and after a yes of ours the box that came of it. */
export type Offer = Suggestion & { readonly box?: string };

export interface Doc {
  readonly boxes: readonly Box[];
  readonly complete: ReadonlySet<number>;
  readonly tags: ReadonlySet<string>;
  readonly suggestions: readonly Offer[];
}

/**
 * The server lists only what waits for an answer; what we answered is remembered here, so that it can be taken back,
 * and what
 * runs dropped is here once somebody asked for it.
 */
export function docOf(state: ImageState, answered: readonly Offer[] = [], dropped: readonly Offer[] = []): Doc {
  const suggestions = new Map([...dropped, ...answered, ...state.suggestions].map((one) => [one.id, one]));
  return {
    boxes: state.boxes,
    complete: new Set(state.complete),
    tags: new Set(state.tags),
    suggestions: [...suggestions.values()],
  };
}

export const boxOf = (doc: Doc, id: string): Box | undefined => doc.boxes.find((box) => box.id === id);
export const suggestionOf = (doc: Doc, id: number): Offer | undefined => doc.suggestions.find((one) => one.id === id);

/** What waits for an answer, best first. */
export function waiting(doc: Doc): readonly Offer[] {
  return bestFirst(doc.suggestions.filter((one) => one.state === "pending"));
}

/** What can be answered, best first: what waits, and what runs dropped, save where a box of its class is by now. */
export function answerable(doc: Doc): readonly Offer[] {
  let found = known.get(doc);
  if (!found) {
    const open = doc.suggestions.filter(
      (one) => one.state === "pending" || (one.state === "dropped" && !twinBox(doc, one)),
    );
    known.set(doc, (found = bestFirst(open)));
  }
  return found;
}

/** Found once for a document: the pointer asks with each move. */
const known = new WeakMap<Doc, readonly Offer[]>();

const bestFirst = (all: readonly Offer[]): readonly Offer[] =>
  all.toSorted((a, b) => b.probability - a.probability || a.id - b.id);

export const isOpen = (one: Offer | undefined): boolean => one?.state === "pending" || one?.state === "dropped";

/** The open suggestion of the same object as a box would be. */
export function twinOffer(doc: Doc, label: number, xyxy: Xyxy): Offer | undefined {
  return twin(waiting(doc), label, xyxy);
}

/** The box of the same object as a suggestion. */
export function twinBox(doc: Doc, offer: Offer): Box | undefined {
  return twin(doc.boxes, offer.class, offer.xyxy);
}

function twin<T extends { class: number; xyxy: Xyxy }>(all: readonly T[], label: number, xyxy: Xyxy): T | undefined {
  const alike = all
    .filter((one) => one.class === label)
    .map((one) => ({ one, overlap: iou(one.xyxy, xyxy) }))
    .filter(({ overlap }) => overlap >= SAME_OBJECT)
    .sort((a, b) => b.overlap - a.overlap);
  return alike[0]?.one;
}

/** What people may change of a box. */
export type Content = Pick<Box, "class" | "xyxy" | "flags" | "attributes">;

export function sameContent(a: Content, b: Content): boolean {
  return (
    a.class === b.class &&
    sameBox(a.xyxy, b.xyxy) &&
    sameFlags(a.flags ?? [], b.flags ?? []) &&
    sameValues(a.attributes ?? {}, b.attributes ?? {})
  );
}

function sameValues(a: Values, b: Values): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

const sameFlags = (a: Flags, b: Flags): boolean => a.length === b.length && a.every((flag) => b.includes(flag));

/** What a change makes of a box's content. */
export function changed(box: Content, change: Partial<Content>): Content {
  const flags = change.flags ?? box.flags;
  const attributes = change.attributes ?? box.attributes;
  return {
    class: change.class ?? box.class,
    xyxy: change.xyxy ?? box.xyxy,
    ...(flags && { flags }),
    ...(attributes && { attributes }),
  };
}

/** No box of its class, but a place where nobody looks for it. */
export const isRegion = ({ flags }: Content): boolean => flags?.includes("ignore") === true;

/** A box's content as a change that makes it again says it. */
export const contentOf = ({ class: label, xyxy, flags, attributes }: Content): Content => ({
  class: label,
  xyxy,
  ...(flags && flags.length > 0 && { flags }),
  // None of them is said too, lest the box get the defaults of its class.
  ...(attributes && { attributes }),
});

/** Which person's changes these are; only the shown author of a new box depends on it. */
export function applied(doc: Doc, changes: readonly Change[], author: string | null = null): Doc {
  return changes.reduce((before, change) => appliedOne(before, change, author), doc);
}

function appliedOne(doc: Doc, change: Change, author: string | null): Doc {
  switch (change.op) {
    case "create": {
      const box: Box = { id: change.id, ...contentOf(change), author, origin: "person" };
      // As on the server: a drawn box answers the open suggestion of the same object.
      const several = isRegion(box) || box.flags?.includes("crowd");
      const offer = several ? undefined : twinOffer(doc, box.class, box.xyxy);
      const after = withBox(doc, box);
      return offer ? withSuggestion(after, { ...offer, state: "accepted", box: box.id }) : after;
    }
    case "update": {
      const box = boxOf(doc, change.id);
      if (!box) return doc;
      return withBox(doc, { ...box, ...changed(box, change) });
    }
    case "delete": {
      const gone = boxOf(doc, change.id);
      const after = { ...doc, boxes: doc.boxes.filter((box) => box.id !== change.id) };
      // What a drawn box answered is open again.
      const answered = gone?.origin === "person" ? doc.suggestions.find((one) => one.box === gone.id) : undefined;
      return answered ? reopened(after, answered) : after;
    }
    case "complete": {
      const complete = new Set(doc.complete);
      if (change.value) complete.add(change.class);
      else complete.delete(change.class);
      return { ...doc, complete };
    }
    case "tag": {
      const tags = new Set(doc.tags);
      if (change.value) tags.add(change.tag);
      else tags.delete(change.tag);
      return { ...doc, tags };
    }
    case "accept": {
      const suggestion = suggestionOf(doc, change.suggestion);
      if (!suggestion) return doc;
      const box: Box = {
        id: change.id,
        class: change.class ?? suggestion.class,
        xyxy: change.xyxy ?? suggestion.xyxy,
        ...(change.attributes && { attributes: change.attributes }),
        author,
        origin: "suggestion",
      };
      return withSuggestion(withBox(doc, box), { ...suggestion, state: "accepted", box: change.id });
    }
    case "reject": {
      const suggestion = suggestionOf(doc, change.suggestion);
      return suggestion ? withSuggestion(doc, { ...suggestion, state: "rejected" }) : doc;
    }
    case "reopen": {
      const suggestion = suggestionOf(doc, change.suggestion);
      if (!suggestion) return doc;
      const born = boxOf(doc, suggestion.box ?? "");
      const boxes = doc.boxes.filter((box) => box !== born || box.origin === "person");
      return reopened({ ...doc, boxes }, suggestion);
    }
  }
}

function reopened(doc: Doc, { box: _born, ...open }: Offer): Doc {
  return withSuggestion(doc, { ...open, state: "pending" });
}

function withBox(doc: Doc, box: Box): Doc {
  const at = doc.boxes.findIndex((one) => one.id === box.id);
  return { ...doc, boxes: at < 0 ? [...doc.boxes, box] : doc.boxes.with(at, box) };
}

function withSuggestion(doc: Doc, suggestion: Offer): Doc {
  const at = doc.suggestions.findIndex((one) => one.id === suggestion.id);
  return { ...doc, suggestions: doc.suggestions.with(at, suggestion) };
}

/** The changes that lead back, last first; what would change nothing is left out. */
export function inverse(doc: Doc, changes: readonly Change[]): readonly Change[] {
  const back: Change[][] = [];
  let now = doc;
  for (const change of changes) {
    back.unshift(inverseOne(now, change));
    now = applied(now, [change]);
  }
  return back.flat();
}

function inverseOne(doc: Doc, change: Change): Change[] {
  switch (change.op) {
    case "create":
      return [{ op: "delete", id: change.id }];
    case "update": {
      const box = boxOf(doc, change.id);
      if (!box) return [];
      // Only what was changed goes back: another person's work on the same box stays.
      return [
        {
          op: "update",
          id: change.id,
          ...(change.class !== undefined && { class: box.class }),
          ...(change.xyxy && { xyxy: box.xyxy }),
          ...(change.flags && { flags: box.flags ?? [] }),
          ...(change.attributes && { attributes: box.attributes ?? {} }),
        },
      ];
    }
    case "delete": {
      const box = boxOf(doc, change.id);
      return box ? [{ op: "create", id: box.id, ...contentOf(box) }] : [];
    }
    case "complete":
      return [{ op: "complete", class: change.class, value: doc.complete.has(change.class) }];
    case "tag":
      return [{ op: "tag", tag: change.tag, value: doc.tags.has(change.tag) }];
    case "accept":
    case "reject":
      return [{ op: "reopen", suggestion: change.suggestion }];
    case "reopen":
      return [];
  }
}

/** Drops what the document cannot take (a box that is gone, an answer that was given): what is left is safe to send. */
export function applicable(doc: Doc, changes: readonly Change[]): readonly Change[] {
  const kept: Change[] = [];
  let now = doc;
  for (const change of changes) {
    if (!fits(now, change)) continue;
    kept.push(change);
    now = applied(now, [change]);
  }
  return kept;
}

function fits(doc: Doc, change: Change): boolean {
  switch (change.op) {
    case "create":
      return !boxOf(doc, change.id);
    case "update": {
      const box = boxOf(doc, change.id);
      return box !== undefined && !sameContent(box, changed(box, change));
    }
    case "delete":
      return boxOf(doc, change.id) !== undefined;
    case "complete":
      return doc.complete.has(change.class) !== change.value;
    case "tag":
      return doc.tags.has(change.tag) !== change.value;
    case "accept":
    case "reject":
      return isOpen(suggestionOf(doc, change.suggestion));
    case "reopen": {
      const state = suggestionOf(doc, change.suggestion)?.state;
      return state === "accepted" || state === "rejected";
    }
  }
}
