import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Saver, type Wire } from "../../../src/editor/sync/saver";
import { queueOf, type StoredQueue } from "../../../src/editor/sync/queue";
import { ApiError, Unreachable } from "../../../src/lib/api";
import type { Change, ImageState } from "../../../src/lib/types";
import { box, image } from "../../make";

const move = (x: number): Change => ({ op: "update", id: "a", xyxy: [x, 0, x + 9, 9] });
const base = image({ boxes: [box("a")] });
const saved = (x: number, version = base.version + 1): ImageState =>
  image({ version, boxes: [box("a", [x, 0, x + 9, 9])] });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(...answers: (ImageState | Error)[]) {
  const sent: { version: number; changes: readonly Change[] }[] = [];
  const notices: string[] = [];
  let kept: StoredQueue | null = null;
  const wire: Wire = {
    send: (_id, version, changes) => {
      sent.push({ version, changes });
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer!);
    },
    keep: (_id, stored) => void (kept = stored),
  };
  const listener = {
    changed: () => undefined,
    notify: (news: readonly { kind: string }[]) => void notices.push(...news.map((one) => one.kind)),
    renamed: () => undefined,
  };
  return { saver: new Saver(queueOf(base), wire, listener, "me"), sent, notices, kept: () => kept };
}

test("a flurry of changes is one request", async () => {
  const { saver, sent } = setUp(saved(3));
  for (const x of [1, 2, 3]) saver.add([move(x)]);
  expect(saver.state).toBe("saving");
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toEqual([{ version: base.version, changes: [move(3)] }]);
  expect(saver.state).toBe("saved");
});

test("without an answer it says so, keeps the changes and tries again", async () => {
  const { saver, sent, kept } = setUp(new Unreachable("down"), new ApiError(503, "busy", "busy", null), saved(1));
  saver.add([move(1)]);
  await vi.advanceTimersByTimeAsync(200);
  expect([saver.state, kept()?.changes]).toEqual(["offline", [move(1)]]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([saver.state, sent.length, kept()]).toEqual(["saved", 3, null]);
});

test("a busy server is asked again when it said so, with the same request; what came meanwhile follows", async () => {
  const busy = new ApiError(503, "busy", "The server is busy.", null, 4000);
  const { saver, sent } = setUp(busy, busy, saved(1), saved(2, base.version + 2));
  saver.add([move(1)]);
  await vi.advanceTimersByTimeAsync(200);
  saver.add([move(2)]);
  await vi.advanceTimersByTimeAsync(3700); // one second each would have asked three times by now
  expect([saver.state, sent.length]).toEqual(["saving", 1]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(saver.state).toBe("saved");
  expect(sent.map((one) => [one.version, one.changes])).toEqual([
    [base.version, [move(1)]],
    [base.version, [move(1)]],
    [base.version, [move(1)]],
    [base.version + 1, [move(2)]],
  ]);
});

test("what is done while offline goes after what failed", async () => {
  const { saver, sent } = setUp(new Unreachable("down"), saved(1), saved(2, base.version + 2));
  saver.add([move(1)]);
  await vi.advanceTimersByTimeAsync(200);
  saver.add([move(2)]);
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent).toEqual([
    { version: base.version, changes: [move(1)] },
    { version: base.version, changes: [move(1)] },
    { version: base.version + 1, changes: [move(2)] },
  ]);
});

test("a stale save is sent again on the current version", async () => {
  const current = image({ version: 9, boxes: [box("a"), box("theirs")] });
  const { saver, sent, notices } = setUp(new ApiError(409, "stale", "stale", { current }), image({ version: 10 }));
  saver.add([move(1)]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent.map((one) => one.version)).toEqual([base.version, 9]);
  expect([saver.state, notices]).toEqual(["saved", []]);
});

test("a refused change is named and dropped", async () => {
  const { saver, notices } = setUp(new ApiError(400, "invalid", "no such class", null));
  saver.add([move(1)]);
  await vi.advanceTimersByTimeAsync(1000);
  expect([saver.state, notices, saver.doc.boxes[0]]).toEqual(["saved", ["refused"], box("a")]);
});

test("signed out: not saved, and nothing lost", async () => {
  const { saver, kept } = setUp(
    ...Array.from({ length: 9 }, () => new ApiError(403, "forbidden", "Sign in again.", null)),
  );
  saver.add([move(1)]);
  await vi.advanceTimersByTimeAsync(1500);
  expect([saver.state, saver.reason, kept()?.changes]).toEqual(["blocked", "Sign in again.", [move(1)]]);
});

test("two equal boxes that a save left are told of", async () => {
  const warnings = [{ suggestion: 4, box: "n", other: "a" }];
  const { saver, notices } = setUp(image({ version: 4, boxes: [box("a"), box("n")], warnings }));
  saver.add([{ op: "accept", suggestion: 4, id: "n" }]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(notices).toEqual(["double"]);
});

test.each([
  ["saved in time", [saved(1)], true],
  ["no network", [new Unreachable("down"), saved(1)], false],
  ["a busy server first", [new ApiError(503, "busy", "busy", null, 1000), saved(1)], true],
])("who asks whether all is saved hears it: %s", async (_name, answers, outcome) => {
  const { saver } = setUp(...answers);
  expect(await saver.settled()).toBe(true);
  saver.add([move(1)]);
  const settled = saver.settled();
  await vi.advanceTimersByTimeAsync(3000);
  expect(await settled).toBe(outcome);
});

test("offline it is said at once that not all is saved", async () => {
  const { saver } = setUp(new Unreachable("down"), new Unreachable("down"));
  saver.add([move(1)]);
  await vi.advanceTimersByTimeAsync(200);
  expect(saver.state).toBe("offline");
  expect(await saver.settled()).toBe(false);
});
