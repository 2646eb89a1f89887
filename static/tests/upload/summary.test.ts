import { expect, test } from "vitest";
import type { Counts } from "../../src/upload/queue";
import { summaryOf } from "../../src/upload/summary";

const counts = (part: Partial<Counts> = {}): Counts => ({
  files: 10,
  bytes: 1000,
  sentBytes: 0,
  finished: 0,
  added: 0,
  known: 0,
  kept: 0,
  ...part,
});

test("on its way", () => {
  expect(summaryOf(counts({ sentBytes: 999, finished: 9 }), true)).toEqual({
    share: 99.9,
    percent: "99%",
    line: "9 of 10 files sent",
    canStop: true,
    canShow: false,
    goOn: null,
  });
});

test("the server's wait is said", () => {
  expect(summaryOf(counts({ finished: 9 }), true, 40).line).toBe(
    "9 of 10 files sent. The server takes so many a minute: it goes on in 40 seconds.",
  );
});

test.each<[Partial<Counts>, string, boolean, string | null]>([
  [{ added: 10 }, "10 images added", true, null],
  [{ added: 1, known: 1 }, "1 image added, 1 was here already", true, null],
  [{ known: 3 }, "0 images added, 3 were here already", true, null],
  [{ added: 4, kept: 6 }, "4 images added", false, "Go on: send 6 files"],
  [{ kept: 1 }, "0 images added", false, "Go on: send 1 file"],
  [{}, "0 images added", false, null],
])("at the end %j is %s", (part, line, canShow, goOn) => {
  expect(summaryOf(counts(part), false)).toMatchObject({ line, canShow, goOn, canStop: false, percent: "" });
});

test("before anything was chosen nothing is said, and no share is divided by nothing", () => {
  expect(summaryOf(counts({ files: 0, bytes: 0 }), false)).toMatchObject({ line: null, share: 0 });
});
