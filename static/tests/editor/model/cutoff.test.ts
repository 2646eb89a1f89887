// The cut-off: which suggestions are shown, what runs dropped among them, and how a dropped one is answered.
import { describe, expect, test } from "vitest";
import { accepted, best, rejected } from "../../../src/editor/model/commands";
import { answerable, applied, docOf, inverse, waiting } from "../../../src/editor/model/document";
import { flipped, revealed, stillShown } from "../../../src/editor/model/selection";
import { itemOf, items, offered, type EditorState } from "../../../src/editor/model/state";
import * as queues from "../../../src/editor/sync/queue";
import { box, editing, ids, image, suggestion } from "../../make";

const dropped = (id: number, probability: number, xyxy = suggestion(id).xyxy) => ({
  ...suggestion(id, probability, xyxy),
  state: "dropped" as const,
});
const answered = image({ suggestions: [suggestion(1, 0.9), suggestion(2, 0.5)] });
const doc = docOf(answered, [], [dropped(3, 0.3), dropped(4, 0.1)]);
const at = (cutoff: number | null, part: Partial<EditorState> = {}): EditorState =>
  editing(answered, { doc, cutoff, ...part });

test.each<[string, number | null, number[]]>([
  ["without a cut-off what waits", null, [1, 2]],
  ["low, what was dropped as well", 0.2, [1, 2, 3]],
  ["at nothing, all", 0, [1, 2, 3, 4]],
  ["high, only the surest", 0.8, [1]],
])("%s", (_name, cutoff, expected) => {
  expect(offered(at(cutoff)).map((one) => one.id)).toEqual(expected);
  expect(items(at(cutoff)).map((item) => item.what.id)).toEqual(expected);
});

test("what was dropped where a box of its class is by now is no find", () => {
  const boxes = [box("a", [0, 0, 20, 20])];
  const found = docOf(image({ boxes }), [], [dropped(3, 0.3, [0, 0, 20, 21]), dropped(4, 0.2, [50, 50, 70, 70])]);
  expect(answerable(found).map((one) => one.id)).toEqual([4]);
});

describe("a dropped find", () => {
  const on = at(0.2, { selection: { kind: "suggestion", id: 3 } });

  test("is answered as a suggestion is, and undo leaves it open", () => {
    const yes = accepted(on, ids());
    expect(yes.changes).toEqual([{ op: "accept", suggestion: 3, id: "new-1" }]);
    const after = applied(doc, yes.changes);
    expect(after.boxes).toHaveLength(1);
    expect(waiting(applied(after, inverse(doc, yes.changes))).map((one) => one.id)).toEqual([1, 2, 3]);
    expect(rejected(on).changes).toEqual([{ op: "reject", suggestion: 3 }]);
  });

  test("is asked about by A only where the cut-off shows it", () => {
    const none = image();
    const state = (cutoff: number | null) => editing(none, { doc: docOf(none, [], [dropped(3, 0.3)]), cutoff });
    expect([best(state(null)), best(state(0.2))]).toEqual([null, { kind: "suggestion", id: 3 }]);
  });

  test("is let go when the cut-off rises above it, and brought by whoever selects it", () => {
    expect(stillShown({ ...on, cutoff: 0.4 }).selection).toBeNull();
    expect(revealed(at(null), itemOf(doc, { kind: "suggestion", id: 3 })!).cutoff).toBe(0.3);
    expect(revealed(at(null), itemOf(doc, { kind: "suggestion", id: 1 })!).cutoff).toBeNull();
    expect(flipped(on, "hiddenKinds", "suggested").selection).toBeNull();
  });
});

describe("the queue", () => {
  const base = image({ version: 3, suggestions: [] });
  const asked = queues.enqueued(queues.withDropped(queues.queueOf(base), [dropped(3, 0.3)]), [
    { op: "accept", suggestion: 3, id: "n" },
  ]);
  const sent = queues.taken(asked)!;

  test("remembers the answer to a dropped find", () => {
    const saved = queues.succeeded(sent, image({ version: 4, boxes: [{ ...box("n"), origin: "suggestion" }] }));
    const back = queues.localDoc(queues.enqueued(saved, [{ op: "reopen", suggestion: 3 }]));
    expect([back.boxes.length, waiting(back).map((one) => one.id)]).toEqual([0, [3]]);
  });

  test("sends it again after another's save, and gives it up where the find is gone", () => {
    const later = queues.rebased(sent, image({ version: 4 }), ids());
    expect(later.queue.pending).toHaveLength(1);
    const refused = queues.rebased(queues.taken(later.queue)!, image({ version: 4 }), ids());
    expect([refused.queue.pending, refused.notices.map((one) => one.kind)]).toEqual([[], ["answered"]]);
  });

  test("keeps it across a reload", () => {
    const kept = queues.stored(sent)!;
    expect(queues.restored(base, kept, ids()).queue.pending).toHaveLength(1);
  });
});
