// Lists of changes made shorter before they are sent: ten moves of a box are one, a box drawn and deleted is none.
import type { Change } from "../../lib/types";

/** The box that a change is about, if it is about one. */
export function boxIn(change: Change): string | undefined {
  return change.op === "create" || change.op === "update" || change.op === "delete" || change.op === "accept"
    ? change.id
    : undefined;
}

export function coalesced(changes: readonly Change[]): readonly Change[] {
  return changes.reduce<readonly Change[]>((out, change) => joined(out, change), []);
}

function joined(out: readonly Change[], change: Change): readonly Change[] {
  switch (change.op) {
    case "update":
    case "delete":
    case "create":
      return joinedBox(out, change);
    case "complete": {
      const at = out.findLastIndex((one) => one.op === "complete" && one.class === change.class);
      return at < 0 ? [...out, change] : out.with(at, change);
    }
    case "tag": {
      const at = out.findLastIndex((one) => one.op === "tag" && one.tag === change.tag);
      return at < 0 ? [...out, change] : out.with(at, change);
    }
    case "reopen": {
      const at = out.findLastIndex((one) => "suggestion" in one && one.suggestion === change.suggestion);
      const answer = out[at];
      if (answer?.op === "reject") return out.toSpliced(at, 1);
      if (answer?.op === "accept")
        return out.filter((one, index) => index !== at && !(index > at && boxIn(one) === answer.id));
      return [...out, change];
    }
    case "accept":
    case "reject":
      return [...out, change];
  }
}

function joinedBox(
  out: readonly Change[],
  change: Extract<Change, { op: "create" | "update" | "delete" }>,
): readonly Change[] {
  const at = out.findLastIndex((one) => boxIn(one) === change.id);
  const before = out[at];
  if (!before) return [...out, change];
  if (change.op === "update") {
    if (before.op === "delete") return out;
    const fields = {
      ...(change.class !== undefined && { class: change.class }),
      ...(change.xyxy && { xyxy: change.xyxy }),
      ...(change.flags && { flags: change.flags }),
      ...(change.attributes && { attributes: change.attributes }),
    };
    return out.with(at, { ...before, ...fields });
  }
  if (change.op === "delete") {
    if (before.op === "create") return out.toSpliced(at, 1);
    return before.op === "update" ? out.with(at, change) : [...out, change];
  }
  if (before.op === "delete") return out.with(at, { ...change, op: "update", flags: change.flags ?? [] });
  return [...out, change];
}
