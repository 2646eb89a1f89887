// Two versions of a box: what each answer does, also when somebody deleted one of them while the card was open.
import { describe, expect, test } from "vitest";
import { docOf } from "../../../src/editor/model/document";
import { answered, versions, type Conflict, type Keep } from "../../../src/editor/sync/conflict";
import { box, ids, image } from "../../make";

const theirs = box("t", [0, 0, 20, 20]);
const ours = box("o", [5, 5, 25, 25], 2);
const BOTH: Conflict = { kind: "both", class: 1, theirs: "t", ours: "o" };
const REVIVED: Conflict = { kind: "revived", class: 1, ours: "o" };
const THEIRS: Conflict = { kind: "theirs", class: 1, theirs: "t" };
const BACK = { t: `create ${theirs.xyxy.join()}`, o: `create ${ours.xyxy.join()}` };

/** What is changed when the boxes were there at the beginning, and these are there when the person answers. */
function done(conflict: Conflict, there: string[], keep: Keep): string[] {
  const doc = (names: string[]) => docOf(image({ boxes: [theirs, ours].filter((one) => names.includes(one.id)) }));
  const first = versions(conflict, doc(["t", "o"]), null);
  return answered(versions(conflict, doc(there), first), keep, ids()).map((change) =>
    change.op === "delete"
      ? `delete ${change.id}`
      : change.op === "create"
        ? `create ${change.xyxy.join()}`
        : change.op,
  );
}

// prettier-ignore
test.each<[string, Conflict, string[], Record<Keep, string[]>]>([
  ["both", BOTH, ["t", "o"], { theirs: ["delete o"], mine: ["delete t"], both: [] }],
  ["theirs deleted at first", REVIVED, ["o"], { theirs: ["delete o"], mine: [], both: [] }],
  ["ours deleted at first", THEIRS, ["t"], { theirs: [], mine: ["delete t"], both: [] }],
  ["theirs deleted meanwhile", BOTH, ["o"], { theirs: ["delete o", BACK.t], mine: [], both: [BACK.t] }],
  ["ours deleted meanwhile", BOTH, ["t"], { theirs: [], mine: ["delete t", BACK.o], both: [BACK.o] }],
  ["both deleted meanwhile", BOTH, [], { theirs: [BACK.t], mine: [BACK.o], both: [BACK.t, BACK.o] }],
  ["all deleted in the end", REVIVED, [], { theirs: [], mine: [BACK.o], both: [BACK.o] }],
])("with %s no answer leaves less than it says", (_name, conflict, there, expected) => {
  const keeps: Keep[] = ["theirs", "mine", "both"];
  expect(Object.fromEntries(keeps.map((keep) => [keep, done(conflict, there, keep)]))).toEqual(expected);
});

describe("the versions", () => {
  test("follow what is changed, and are remembered when they go", () => {
    const moved = { ...ours, xyxy: [7, 7, 30, 30] as const };
    const first = versions(BOTH, docOf(image({ boxes: [theirs, ours] })), null);
    const second = versions(BOTH, docOf(image({ boxes: [theirs, moved] })), first);
    const third = versions(BOTH, docOf(image({ boxes: [theirs] })), second);
    expect(third).toEqual({ theirs: { box: theirs, gone: false }, ours: { box: moved, gone: true } });
    expect(third.theirs).toBe(second.theirs);
  });

  test("that were never seen are none", () => {
    expect(versions(BOTH, docOf(image()), null)).toEqual({ theirs: null, ours: null });
  });
});
