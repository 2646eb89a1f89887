// Two people changed the same box: its two versions, what became of them since, and what each answer does. Pure.
import type { Box, Change } from "../../lib/types";
import { boxOf, contentOf, type Doc } from "../model/document";
import type { Notice } from "./rebase";

export type Conflict = Extract<Notice, { kind: "both" | "revived" | "theirs" }>;

export const isConflict = (notice: Notice): notice is Conflict =>
  notice.kind === "both" || notice.kind === "revived" || notice.kind === "theirs";

/**
 * One side's box as it was last; `gone`: it was deleted after the conflict. Null: that side had deleted it from the
 * beginning.
 */
export type Version = { readonly box: Box; readonly gone: boolean } | null;

export interface Versions {
  readonly theirs: Version;
  readonly ours: Version;
}

export type Keep = "theirs" | "mine" | "both";

/** Both versions as the document has them now, or else as they were when it last had them. */
export function versions(conflict: Conflict, doc: Doc, before: Versions | null): Versions {
  const now = (id: string | undefined, known: Version): Version => {
    const box = id === undefined ? undefined : boxOf(doc, id);
    if (box) return known?.box === box && !known.gone ? known : { box, gone: false };
    return known && { box: known.box, gone: true };
  };
  return {
    theirs: now(conflict.kind === "revived" ? undefined : conflict.theirs, before?.theirs ?? null),
    ours: now(conflict.kind === "theirs" ? undefined : conflict.ours, before?.ours ?? null),
  };
}

/**
 * What an answer changes: the other version goes, and the one that is kept comes back where it was deleted meanwhile.
 */
export function answered({ theirs, ours }: Versions, keep: Keep, newId: () => string): readonly Change[] {
  const bring = (version: Version): Change[] =>
    version?.gone ? [{ op: "create", id: newId(), ...contentOf(version.box) }] : [];
  const drop = (version: Version): Change[] => (version && !version.gone ? [{ op: "delete", id: version.box.id }] : []);
  switch (keep) {
    case "theirs":
      return [...drop(ours), ...bring(theirs)];
    case "mine":
      return [...drop(theirs), ...bring(ours)];
    case "both":
      return [...bring(theirs), ...bring(ours)];
  }
}
