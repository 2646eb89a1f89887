// Our unsent changes on top of what others saved meanwhile: nobody's work is lost, and whoever is overtaken is told.
import type { Change, ImageState } from "../../lib/types";
import { iou } from "../model/geometry";
import {
  applied,
  boxOf,
  changed,
  contentOf,
  docOf,
  isOpen,
  sameContent,
  suggestionOf,
  type Content,
  type Doc,
  type Offer,
} from "../model/document";

export type Notice =
  /** Both changed a box: theirs stays, ours is a new one beside it. */
  | { readonly kind: "both"; readonly class: number; readonly theirs: string; readonly ours: string }
  /** They deleted a box that we changed: ours is kept as a new one. */
  | { readonly kind: "revived"; readonly class: number; readonly ours: string }
  /** They changed a box that we deleted: theirs stays. */
  | { readonly kind: "theirs"; readonly class: number; readonly theirs: string }
  /** Somebody else answered a suggestion before us. */
  | { readonly kind: "answered"; readonly class: number }
  /** A suggestion was accepted where a box of its class was already. */
  | { readonly kind: "double"; readonly class: number; readonly suggestion: number }
  | { readonly kind: "refused"; readonly detail: string };

export interface RebaseResult {
  readonly changes: readonly Change[];
  readonly answered: readonly Offer[];
  readonly notices: readonly Notice[];
  readonly renamed: ReadonlyMap<string, string>;
}

/** What runs dropped in the image, when the changes were made and now. */
interface DroppedOffers {
  readonly before: readonly Offer[];
  readonly now: readonly Offer[];
}

/** IoU from which what somebody put right is what is there already. */
const AS_THERE = 0.9;

export function rebase(
  base: ImageState,
  answered: readonly Offer[],
  changes: readonly Change[],
  current: ImageState,
  newId: () => string,
  dropped: DroppedOffers = { before: [], now: [] },
): RebaseResult {
  const work = new Work(docOf(base, answered, dropped.before), docOf(current, answered, dropped.now), newId);
  for (const change of changes) work.take(change);
  const open = new Set(current.suggestions.map((one) => one.id));
  return {
    changes: work.kept,
    answered: [...answered, ...work.answered].filter((one) => !open.has(one.id)),
    notices: work.notices,
    renamed: work.renamed,
  };
}

class Work {
  readonly kept: Change[] = [];
  readonly answered: Offer[] = [];
  readonly notices: Notice[] = [];
  readonly renamed = new Map<string, string>();
  /** What we believed each box to be when we made the next change. */
  private readonly seen: Map<string, Content>;

  constructor(
    private readonly before: Doc,
    private now: Doc,
    private readonly newId: () => string,
  ) {
    this.seen = new Map(before.boxes.map((box) => [box.id, box]));
  }

  take(change: Change): void {
    switch (change.op) {
      case "create":
        return this.create(change);
      case "update":
        return this.update({ ...change, id: this.renamed.get(change.id) ?? change.id });
      case "delete":
        return this.remove({ ...change, id: this.renamed.get(change.id) ?? change.id });
      case "complete":
        if (this.now.complete.has(change.class) !== change.value) this.keep(change);
        return;
      case "tag":
        if (this.now.tags.has(change.tag) !== change.value) this.keep(change);
        return;
      case "accept":
        return this.accept(change);
      case "reject":
        if (isOpen(suggestionOf(this.now, change.suggestion))) this.keep(change);
        return;
      case "reopen":
        if (!isOpen(suggestionOf(this.now, change.suggestion))) this.keep(change);
        return;
    }
  }

  private keep(change: Change): void {
    this.kept.push(change);
    this.now = applied(this.now, [change]);
  }

  private create(change: Extract<Change, { op: "create" }>): void {
    this.seen.set(change.id, change);
    // It is there already: an earlier request of ours arrived although its answer did not.
    if (!boxOf(this.now, change.id)) this.keep(change);
  }

  private update(change: Extract<Change, { op: "update" }>): void {
    const theirs = boxOf(this.now, change.id);
    const seen = this.seen.get(change.id) ?? theirs;
    if (!seen) return;
    const wanted = changed(seen, change);
    this.seen.set(change.id, wanted);
    if (theirs && sameContent(theirs, wanted)) return;
    if (theirs && sameContent(theirs, seen)) return this.keep(change);
    const id = this.newId();
    this.renamed.set(change.id, id);
    this.seen.set(id, wanted);
    this.keep({ op: "create", id, ...contentOf(wanted) });
    const label = wanted.class;
    this.notices.push(
      theirs
        ? { kind: "both", class: label, theirs: theirs.id, ours: id }
        : { kind: "revived", class: label, ours: id },
    );
  }

  private remove(change: Extract<Change, { op: "delete" }>): void {
    const theirs = boxOf(this.now, change.id);
    if (!theirs) return;
    const seen = this.seen.get(change.id);
    if (!seen || sameContent(theirs, seen)) return this.keep(change);
    this.notices.push({ kind: "theirs", class: theirs.class, theirs: theirs.id });
  }

  private accept(change: Extract<Change, { op: "accept" }>): void {
    const ours = suggestionOf(this.before, change.suggestion);
    const wanted = ours && { class: change.class ?? ours.class, xyxy: change.xyxy ?? ours.xyxy };
    if (wanted) this.seen.set(change.id, wanted);
    if (isOpen(suggestionOf(this.now, change.suggestion))) return this.keep(change);
    if (boxOf(this.now, change.id)) {
      if (ours) this.answered.push({ ...ours, state: "accepted", box: change.id });
      return;
    }
    if (!wanted) return;
    const adjusted = change.xyxy !== undefined || change.class !== undefined;
    const there = this.now.boxes.some((box) => box.class === wanted.class && iou(box.xyxy, wanted.xyxy) >= AS_THERE);
    if (adjusted && !there) this.keep({ op: "create", id: change.id, ...wanted });
    this.notices.push({ kind: "answered", class: wanted.class });
  }
}
