import { expect, test } from "vitest";
import { begin, isAtLeast, memoryCurves, tell } from "../../src/run/story";

const told = (...payloads: Record<string, unknown>[]) =>
  payloads.reduce(
    (story, payload, index) => tell(story, { seq: index + 1, kind: "memory", payload }),
    begin("autolabel"),
  );

test("the group's memory counts before the process's own, and nothing is a gap", () => {
  const story = told(
    { t: 1, group_mb: 2000, rss_mb: 900, gpu_mb: null },
    { t: 3, group_mb: null, rss_mb: 1000, gpu_mb: 500 },
    { t: 5, group_mb: null, rss_mb: 0 },
  );
  expect(memoryCurves(story.memories)).toEqual({ x: [1, 3, 5], system: [2, 1, null], gpu: [null, 0.5, null] });
});

test("a second attempt goes on in time", () => {
  expect(memoryCurves(told({ t: 4 }, { t: 9 }, { t: 1 }, { t: 2 }).memories).x).toEqual([4, 9, 10, 11]);
});

test("a long run is thinned, its end stays", () => {
  const points = told(...Array.from({ length: 2000 }, (_, t) => ({ t, rss_mb: 1 }))).memories;
  expect(points.length).toBeLessThanOrEqual(400);
  expect(points.at(-1)?.t).toBe(1999);
});

test.each([
  ["info", "debug", true],
  ["info", "warning", false],
  ["error", "warning", true],
  ["warning", "error", false],
])("%s is shown at %s: %s", (level, asked, shown) => expect(isAtLeast(level, asked)).toBe(shown));
