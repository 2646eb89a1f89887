import { describe, expect, test } from "vitest";
import { coalesced } from "../../../src/editor/model/changes";
import { applied, docOf, inverse, waiting, type Doc } from "../../../src/editor/model/document";
import { EMPTY, recorded, redone, renamed, undone, type History } from "../../../src/editor/model/history";
import type { Change } from "../../../src/lib/types";
import { box, image, suggestion } from "../../make";

const start = docOf(image({ boxes: [box("a")], complete: [2], suggestions: [suggestion(1)] }));
const plain = (doc: Doc) => ({
  boxes: [...doc.boxes]
    .map(({ id, class: label, xyxy }) => ({ id, label, xyxy }))
    .sort((a, b) => a.id.localeCompare(b.id)),
  complete: [...doc.complete].sort(),
  waiting: waiting(doc).map((one) => one.id),
});

// prettier-ignore
const EVERY: [string, Change[]][] = [
  ["create", [{ op: "create", id: "b", class: 2, xyxy: [1, 2, 3, 4] }]],
  ["move", [{ op: "update", id: "a", xyxy: [0, 0, 9, 9] }]],
  ["class", [{ op: "update", id: "a", class: 5 }]],
  ["delete", [{ op: "delete", id: "a" }]],
  ["complete", [{ op: "complete", class: 1, value: true }]],
  ["not complete", [{ op: "complete", class: 2, value: false }]],
  ["accept", [{ op: "accept", suggestion: 1, id: "s" }]],
  ["accept adjusted", [{ op: "accept", suggestion: 1, id: "s", xyxy: [1, 1, 4, 4], class: 2 }]],
  ["reject", [{ op: "reject", suggestion: 1 }]],
  ["several", [{ op: "update", id: "a", xyxy: [5, 5, 9, 9] }, { op: "delete", id: "a" }, { op: "reject", suggestion: 1 }]],
];

test.each(EVERY)("%s: undo leads back, redo forth again", (_name, forward) => {
  const history = recorded(EMPTY, { forward, backward: inverse(start, forward) });
  const done = applied(start, forward);
  const back = undone(history, done)!;
  const before = applied(done, back.changes);
  expect(plain(before)).toEqual(plain(start));
  const again = redone(back.history, before)!;
  expect(plain(applied(before, again.changes))).toEqual(plain(done));
});

describe("the history", () => {
  const nudge = (x: number): Change[] => [{ op: "update", id: "a", xyxy: [x, 0, x + 5, 5] }];
  const run = (history: History, doc: Doc, forward: Change[], key?: string): [History, Doc] => [
    recorded(history, { forward, backward: inverse(doc, forward), key }),
    applied(doc, forward),
  ];

  test("takes nudges in a row as one step", () => {
    let [history, doc] = run(EMPTY, start, nudge(1), "nudge a");
    [history, doc] = run(history, doc, nudge(2), "nudge a");
    expect(history.past).toHaveLength(1);
    expect(plain(applied(doc, undone(history, doc)!.changes))).toEqual(plain(start));
  });

  test("a new command ends what could be redone", () => {
    const [history, doc] = run(EMPTY, start, nudge(1));
    const back = undone(history, doc)!;
    expect(recorded(back.history, { forward: nudge(3), backward: nudge(0) }).future).toEqual([]);
  });

  test("skips what others have overtaken", () => {
    let [history, doc] = run(EMPTY, start, [{ op: "complete", class: 1, value: true }]);
    [history, doc] = run(history, doc, nudge(1));
    const theirs = applied(doc, [{ op: "delete", id: "a" }]);
    expect(undone(history, theirs)!.changes).toEqual([{ op: "complete", class: 1, value: false }]);
  });

  test("undo of a move leaves another person's class alone", () => {
    const [history, doc] = run(EMPTY, start, nudge(1));
    const theirs = applied(doc, [{ op: "update", id: "a", class: 9 }]);
    const after = applied(theirs, undone(history, theirs)!.changes);
    expect(after.boxes[0]).toMatchObject({ class: 9, xyxy: start.boxes[0]!.xyxy });
  });

  test("follows boxes to their new ids", () => {
    const [history] = run(EMPTY, start, nudge(1));
    const step = renamed(history, new Map([["a", "a2"]])).past[0]!;
    expect([step.forward[0], step.backward[0]]).toMatchObject([{ id: "a2" }, { id: "a2" }]);
  });
});

// prettier-ignore
const COALESCED: [string, Change[], Change[]][] = [
  ["moves of a box become one", [{ op: "update", id: "a", xyxy: [1, 1, 2, 2] }, { op: "update", id: "a", xyxy: [3, 3, 4, 4] }], [{ op: "update", id: "a", xyxy: [3, 3, 4, 4] }]],
  ["a move and a class become one", [{ op: "update", id: "a", xyxy: [1, 1, 2, 2] }, { op: "update", id: "a", class: 3 }], [{ op: "update", id: "a", xyxy: [1, 1, 2, 2], class: 3 }]],
  ["a new box that is moved is new there", [{ op: "create", id: "a", class: 1, xyxy: [1, 1, 2, 2] }, { op: "update", id: "a", xyxy: [3, 3, 4, 4] }], [{ op: "create", id: "a", class: 1, xyxy: [3, 3, 4, 4] }]],
  ["a new box that is deleted never was", [{ op: "create", id: "a", class: 1, xyxy: [1, 1, 2, 2] }, { op: "delete", id: "a" }], []],
  ["a moved box that is deleted is deleted", [{ op: "update", id: "a", class: 2 }, { op: "delete", id: "a" }], [{ op: "delete", id: "a" }]],
  ["a deletion taken back is what the box was", [{ op: "delete", id: "a" }, { op: "create", id: "a", class: 1, xyxy: [1, 1, 2, 2] }], [{ op: "update", id: "a", class: 1, xyxy: [1, 1, 2, 2], flags: [] }]],
  ["the last word on complete counts", [{ op: "complete", class: 1, value: true }, { op: "complete", class: 1, value: false }], [{ op: "complete", class: 1, value: false }]],
  ["a yes taken back was none", [{ op: "accept", suggestion: 1, id: "s" }, { op: "update", id: "s", class: 2 }, { op: "reopen", suggestion: 1 }], []],
  ["a no taken back was none", [{ op: "reject", suggestion: 1 }, { op: "reopen", suggestion: 1 }], []],
  ["an accepted box that is moved is accepted there", [{ op: "accept", suggestion: 1, id: "s" }, { op: "update", id: "s", xyxy: [1, 1, 2, 2] }], [{ op: "accept", suggestion: 1, id: "s", xyxy: [1, 1, 2, 2] }]],
  ["other boxes are left alone", [{ op: "update", id: "a", class: 2 }, { op: "delete", id: "b" }, { op: "update", id: "a", class: 3 }], [{ op: "update", id: "a", class: 3 }, { op: "delete", id: "b" }]],
];

test.each(COALESCED)("coalesced: %s", (_name, changes, expected) => {
  expect(coalesced(changes)).toEqual(expected);
});
