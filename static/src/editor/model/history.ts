// Undo and redo: a list of commands, each with the changes that do it and the changes that take it back.
import type { Change } from "../../lib/types";
import { applicable, type Doc } from "./document";
import type { Selection } from "./state";

export interface Command {
  readonly forward: readonly Change[];
  readonly backward: readonly Change[];
  /** Commands with the same key in a row are one step (ten arrow keys are one nudge). */
  readonly key?: string | undefined;
}

export interface History {
  readonly past: readonly Command[];
  readonly future: readonly Command[];
}

export const EMPTY: History = { past: [], future: [] };
const LONGEST = 500;

export function recorded(history: History, command: Command): History {
  const last = history.past.at(-1);
  if (last && command.key !== undefined && last.key === command.key && history.future.length === 0) {
    const one = {
      forward: [...last.forward, ...command.forward],
      backward: [...command.backward, ...last.backward],
      key: command.key,
    };
    return { past: history.past.with(-1, one), future: [] };
  }
  return { past: [...history.past, command].slice(-LONGEST), future: [] };
}

export interface Step {
  readonly history: History;
  readonly changes: readonly Change[];
}

/** The next step back that still means something on this document; what others have overtaken is skipped. */
export function undone(history: History, doc: Doc): Step | null {
  const past = [...history.past];
  for (let command = past.pop(); command; command = past.pop()) {
    const changes = applicable(doc, command.backward);
    if (changes.length > 0) return { history: { past, future: [...history.future, command] }, changes };
  }
  return null;
}

export function redone(history: History, doc: Doc): Step | null {
  const future = [...history.future];
  for (let command = future.pop(); command; command = future.pop()) {
    const changes = applicable(doc, command.forward);
    if (changes.length > 0) return { history: { past: [...history.past, command], future }, changes };
  }
  return null;
}

/** After a rebase some of our boxes live on under new ids. */
export function renamed(history: History, ids: ReadonlyMap<string, string>): History {
  if (ids.size === 0) return history;
  const follow = (change: Change): Change =>
    "id" in change ? { ...change, id: ids.get(change.id) ?? change.id } : change;
  const rename = (command: Command): Command => ({
    ...command,
    forward: command.forward.map(follow),
    backward: command.backward.map(follow),
  });
  return { past: history.past.map(rename), future: history.future.map(rename) };
}

/**
 * What undo and redo select: the box that came back or moved, the suggestion that is open again; undefined where
 * nothing changes.
 */
export function touched(change: Change): Selection | null | undefined {
  switch (change.op) {
    case "create":
    case "update":
    case "accept":
      return { kind: "box", id: change.id };
    case "reopen":
      return { kind: "suggestion", id: change.suggestion };
    case "delete":
    case "reject":
      return null;
    case "complete":
    case "tag":
      return undefined;
  }
}
