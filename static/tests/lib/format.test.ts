import { expect, test } from "vitest";
import { confidence, duration, fileSize, megabytes, percent, remaining, roughly } from "../../src/lib/format";

test.each([
  [0, "0.0 s"],
  [9.94, "9.9 s"],
  [9.97, "10 s"],
  [59.4, "59 s"],
  [59.6, "1 min 0 s"],
  [135.2, "2 min 15 s"],
  [179.7, "3 min 0 s"],
  [3599.8, "1 h 0 min"],
  [5400, "1 h 30 min"],
  [7199, "1 h 59 min"],
])("%s s are %s", (seconds, text) => expect(duration(seconds)).toBe(text));

test.each([
  [45.4, "45 s"],
  [-80, "80 s"],
  [165, "3 min"],
  [5400, "1 h 30 min"],
])("%s s are roughly %s", (seconds, text) => expect(roughly(seconds)).toBe(text));

test.each([
  [3, "a few seconds left"],
  [31, "about 35 s left"],
  [59, "about 60 s left"],
  [60, "about 1 min left"],
  [780, "about 13 min left"],
  [7200, "about 2 h left"],
])("with %s s to go: %s", (seconds, text) => expect(remaining(seconds)).toBe(text));

test.each([
  [999, "999 MB"],
  [2304, "2.3 GB"],
])("%s MB are %s", (mb, text) => expect(megabytes(mb)).toBe(text));

test.each([
  [0, "1 kB"],
  [20_480, "20 kB"],
  [3 * 2 ** 20, "3.0 MB"],
])("%s bytes are %s", (bytes, text) => expect(fileSize(bytes)).toBe(text));

test.each([
  [0.826, "83%"],
  [null, "–"],
  [undefined, "–"],
])("%s is %s", (share, text) => expect(percent(share)).toBe(text));

test("a similarity is no percentage", () => {
  expect(confidence({ probability: 0.91, source: "similar" })).toBe("≈ 0.91");
  expect(confidence({ probability: 0.91, source: "own" })).toBe("91%");
  expect(confidence({})).toBe("0%");
});
