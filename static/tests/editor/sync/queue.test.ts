import { describe, expect, test } from "vitest";
import { boxOf } from "../../../src/editor/model/document";
import * as queues from "../../../src/editor/sync/queue";
import type { Queue } from "../../../src/editor/sync/queue";
import { rebase } from "../../../src/editor/sync/rebase";
import type { Box, Change, ImageState, Suggestion, Xyxy } from "../../../src/lib/types";
import { box, ids, image, suggestion } from "../../make";

const MOVED: Xyxy = [20, 20, 60, 60];
const THEIRS: Xyxy = [12, 12, 44, 44];
const move: Change = { op: "update", id: "a", xyxy: MOVED };
const draw: Change = { op: "create", id: "n", class: 1, xyxy: MOVED };
const base = image({ boxes: [box("a"), box("b")], suggestions: [suggestion(1)] });
const later = (part: Partial<ImageState>): ImageState => ({ ...base, version: base.version + 1, ...part });

describe("rebase", () => {
  interface Case {
    name: string;
    mine: Change[];
    boxes?: Box[];
    suggestions?: Suggestion[];
    complete?: number[];
    sent: unknown[];
    notices: string[];
  }
  // prettier-ignore
  const cases: Case[] = [
    { name: "a new box is always sent", mine: [draw], boxes: [], sent: [draw], notices: [] },
    { name: "a new box that arrived already is not sent again", mine: [draw], boxes: [box("n", MOVED)], sent: [], notices: [] },
    { name: "a move of an untouched box is sent", mine: [move], sent: [move], notices: [] },
    { name: "a move that arrived already is not sent again", mine: [move], boxes: [box("a", MOVED)], sent: [], notices: [] },
    { name: "both changed: theirs stays, mine is a new box", mine: [move], boxes: [box("a", THEIRS)], sent: [{ op: "create", id: "new-1", class: 1, xyxy: MOVED }], notices: ["both"] },
    { name: "they deleted what I moved: mine is a new box", mine: [move], boxes: [box("b")], sent: [{ op: "create", id: "new-1", class: 1, xyxy: MOVED }], notices: ["revived"] },
    { name: "later changes follow the new box", mine: [move, { op: "update", id: "a", class: 4 }], boxes: [], sent: [{ op: "create", id: "new-1", class: 1, xyxy: MOVED }, { op: "update", id: "new-1", class: 4 }], notices: ["revived"] },
    { name: "I deleted what they changed: theirs stays", mine: [{ op: "delete", id: "a" }], boxes: [box("a", THEIRS)], sent: [], notices: ["theirs"] },
    { name: "both deleted", mine: [{ op: "delete", id: "a" }], boxes: [], sent: [], notices: [] },
    { name: "a deletion of an untouched box is sent", mine: [{ op: "delete", id: "a" }], sent: [{ op: "delete", id: "a" }], notices: [] },
    { name: "my box arrived, they changed it, I moved it on: both are kept", mine: [draw, { op: "update", id: "n", class: 2 }], boxes: [box("n", THEIRS)], sent: [{ op: "create", id: "new-1", class: 2, xyxy: MOVED }], notices: ["both"] },
    { name: "my box arrived untouched and I moved it on", mine: [draw, { op: "update", id: "n", class: 2 }], boxes: [box("n", MOVED)], sent: [{ op: "update", id: "n", class: 2 }], notices: [] },
    { name: "complete that is so already is not sent", mine: [{ op: "complete", class: 1, value: true }], complete: [1], sent: [], notices: [] },
    { name: "complete that is not so is sent", mine: [{ op: "complete", class: 1, value: true }], sent: [{ op: "complete", class: 1, value: true }], notices: [] },
    { name: "a yes to what still waits is sent", mine: [{ op: "accept", suggestion: 1, id: "s" }], sent: [{ op: "accept", suggestion: 1, id: "s" }], notices: [] },
    { name: "a yes that arrived already is not sent again", mine: [{ op: "accept", suggestion: 1, id: "s" }], boxes: [box("s", [60, 60, 90, 90])], suggestions: [], sent: [], notices: [] },
    { name: "a yes after somebody else's answer is told", mine: [{ op: "accept", suggestion: 1, id: "s" }], suggestions: [], sent: [], notices: ["answered"] },
    { name: "an adjusted yes after somebody else's no is a box of mine", mine: [{ op: "accept", suggestion: 1, id: "s", xyxy: [61, 61, 80, 80] }], suggestions: [], sent: [{ op: "create", id: "s", class: 1, xyxy: [61, 61, 80, 80] }], notices: ["answered"] },
    { name: "an adjusted yes to what they made a box of already is not doubled", mine: [{ op: "accept", suggestion: 1, id: "s", xyxy: [60, 60, 90, 89] }], boxes: [box("x", [60, 60, 90, 90])], suggestions: [], sent: [], notices: ["answered"] },
    { name: "a no to what was answered is not sent", mine: [{ op: "reject", suggestion: 1 }], suggestions: [], sent: [], notices: [] },
  ];

  test.each(cases)("$name", ({ mine, boxes, suggestions, complete, sent, notices }) => {
    const current = later({
      boxes: boxes ?? base.boxes,
      suggestions: suggestions ?? base.suggestions,
      complete: complete ?? [],
    });
    const result = rebase(base, [], mine, current, ids());
    expect(result.changes).toEqual(sent);
    expect(result.notices.map((notice) => notice.kind)).toEqual(notices);
  });

  test("tells under which id a box of mine lives on", () => {
    expect([...rebase(base, [], [move], later({ boxes: [] }), ids()).renamed]).toEqual([["a", "new-1"]]);
  });
});

describe("the queue", () => {
  const one = queues.enqueued(queues.queueOf(base), [move]);

  test("has one request under way at a time", () => {
    const sending = queues.taken(one)!;
    expect(sending.batch).toEqual([move]);
    expect(queues.taken(queues.enqueued(sending, [draw]))).toBeNull();
  });

  test("sends what came meanwhile next, and shows it all along", () => {
    const sending = queues.enqueued(queues.taken(one)!, [draw]);
    expect(queues.localDoc(sending).boxes.map((each) => each.id)).toEqual(["a", "b", "n"]);
    const after = queues.succeeded(sending, later({ boxes: [box("a", MOVED), box("b")] }));
    expect(queues.taken(after)).toMatchObject({ batch: [draw], base: { version: base.version + 1 } });
  });

  test("repeats an unanswered request unchanged, whatever came since", () => {
    const failed = queues.enqueued(queues.unanswered(queues.taken(one)!), [{ op: "update", id: "a", class: 2 }]);
    expect(queues.taken(failed)).toMatchObject({ batch: [move], pending: [{ op: "update", id: "a", class: 2 }] });
  });

  test("after 409 carries on from the current version", () => {
    const { queue } = queues.rebased(queues.taken(one)!, later({ boxes: [box("a"), box("c")] }), ids());
    expect(queues.taken(queue)).toMatchObject({ base: { version: base.version + 1 }, batch: [move] });
    expect(queues.localDoc(queue).boxes.map((each) => [each.id, each.xyxy[0]])).toEqual([
      ["a", 20],
      ["c", 10],
    ]);
  });

  test("finds the one change that is refused, drops it and sends the rest", () => {
    const bad: Change = { op: "create", id: "bad", class: 99, xyxy: MOVED };
    let queue: Queue = queues.taken(queues.enqueued(one, [bad, draw]))!;
    const sent: string[] = [];
    const notices: string[] = [];
    for (let round = 0; round < 9; round++) {
      const isBad = queue.batch.some((change) => "id" in change && change.id === "bad");
      if (isBad) {
        const result = queues.refused(queue, "no such class");
        notices.push(...result.notices.map((notice) => notice.kind));
        queue = result.queue;
      } else {
        sent.push(...queue.batch.map((change) => ("id" in change ? change.id : "")));
        queue = queues.succeeded(queue, queue.base);
      }
      const next = queues.taken(queue);
      if (!next) break;
      queue = next;
    }
    expect([sent, notices]).toEqual([["a", "n"], ["refused"]]);
  });

  test("remembers our answers, so that they can be taken back after the save", () => {
    const asked = queues.taken(queues.enqueued(queues.queueOf(base), [{ op: "accept", suggestion: 1, id: "s" }]))!;
    const after = queues.succeeded(
      asked,
      later({ boxes: [...base.boxes, { ...box("s"), origin: "suggestion" }], suggestions: [] }),
    );
    const reopened = queues.localDoc(queues.enqueued(after, [{ op: "reopen", suggestion: 1 }]));
    expect(reopened.suggestions).toMatchObject([{ id: 1, state: "pending" }]);
    expect(boxOf(reopened, "s")).toBeUndefined();
  });

  test("takes a newer state in, but not while a request is under way", () => {
    const theirs = later({ boxes: [box("c")] });
    expect(queues.refreshed(queues.taken(one)!, theirs, ids()).queue.base).toBe(base);
    expect(queues.refreshed(queues.queueOf(base), theirs, ids()).queue.base).toBe(theirs);
    expect(queues.refreshed(queues.queueOf(theirs), base, ids()).queue.base).toBe(theirs);
  });

  test("a reload loses nothing, and does nothing twice", () => {
    const kept = JSON.parse(
      JSON.stringify(queues.stored(queues.enqueued(one, [draw, { op: "reject", suggestion: 1 }]))),
    ) as queues.StoredQueue;
    const again = queues.restored(base, kept, ids());
    expect(queues.unsent(again.queue)).toEqual([move, draw, { op: "reject", suggestion: 1 }]);
    const arrived = later({ boxes: [box("a", MOVED), box("b"), box("n", MOVED)], suggestions: [] });
    expect(queues.restored(arrived, kept, ids())).toMatchObject({ queue: { pending: [] }, notices: [] });
  });

  test("keeps nothing when all is saved", () => {
    expect(queues.stored(queues.queueOf(base))).toBeNull();
  });
});
