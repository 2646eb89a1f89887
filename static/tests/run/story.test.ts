import { describe, expect, it, test } from "vitest";
import { begin, curves, isAtLeast, memoryCurves, tell } from "../../src/run/story";
import type { Story } from "../../src/run/story";
import type { Message } from "../../src/run/types";

let seq = 0;
const event = (kind: string, payload: Record<string, unknown>): Message => ({ seq: ++seq, kind, payload });
const STAGES = ["prepare", "source", "verify", "suggest"].map((name) => ({
  name,
  label: name,
  doing: name,
  part: "suggestions" as const,
}));
const after = (...messages: Message[]): Story => messages.reduce(tell, begin(STAGES));
const stage = (name: string, state: string, seconds?: number): Message =>
  event("stage", { stage: name, state, seconds });
const epoch = (n: number, losses: Record<string, number>): Message => event("epoch", { epoch: n, epochs: 9, losses });

describe("a run's story", () => {
  it("is the same when events come twice", () => {
    const all = [
      stage("prepare", "started"),
      stage("prepare", "finished", 1.5),
      epoch(1, { box: 2 }),
      event("log", { t: 3, level: "info", text: "hello" }),
    ];
    expect([...all, ...all].reduce(tell, begin(STAGES))).toEqual(after(...all));
  });

  it("knows which stage is at work", () => {
    const story = after(stage("prepare", "started"), stage("prepare", "finished", 1.5), stage("source", "started"));
    expect(story.stages.map((one) => one.state)).toEqual(["finished", "started", "waiting", "waiting"]);
    expect(story.stages[0]?.seconds).toBe(1.5);
  });

  it("begins anew when the first stage starts again", () => {
    const story = after(
      stage("prepare", "finished", 1),
      stage("source", "finished", 9),
      event("progress", { stage: "source", done: 9, total: 9, percent: 60, eta_s: 1 }),
      stage("prepare", "started"),
    );
    expect(story.progress).toBeNull();
    expect(story.stages[1]?.state).toBe("waiting");
  });

  it("lets an epoch that is told again count", () => {
    const story = after(epoch(1, { box: 3 }), epoch(2, { box: 2 }), epoch(3, { box: 1 }), epoch(2, { box: 1.8 }));
    expect(story.epochs.map((one) => [one.epoch, one.losses.box])).toEqual([
      [1, 3],
      [2, 1.8],
    ]);
  });

  it("draws a line for each loss, whatever the trainer calls it", () => {
    const story = after(epoch(1, { box: 3, dfl: 1 }), epoch(2, { box: 2, l1: 1 }));
    expect(curves(story.epochs, "losses")).toEqual({
      x: [1, 2],
      lines: [
        { name: "box", values: [3, 2] },
        { name: "dfl", values: [1, null] },
        { name: "l1", values: [null, 1] },
      ],
    });
  });

  it("keeps an error among the log lines", () => {
    expect(after(event("error", { t: 4, code: "no_shots", text: "No boxes." })).log).toEqual([
      { t: 4, at: null, level: "error", text: "No boxes." },
    ]);
  });

  it("takes a stage that it does not know", () => {
    expect(after(stage("polish", "started")).stages.at(-1)).toEqual({
      name: "polish",
      state: "started",
      seconds: null,
    });
  });

  it("has no stage before the server or an event names one", () => {
    expect(begin().stages).toEqual([]);
    expect([stage("prepare", "started")].reduce(tell, begin()).stages.map((one) => one.name)).toEqual(["prepare"]);
  });
});

const remembering = (...payloads: Record<string, unknown>[]) =>
  payloads.reduce((story, payload, index) => tell(story, { seq: index + 1, kind: "memory", payload }), begin());

test("the group's memory counts before the process's own, and nothing is a gap", () => {
  const story = remembering(
    { t: 1, group_mb: 2000, rss_mb: 900, gpu_mb: null },
    { t: 3, group_mb: null, rss_mb: 1000, gpu_mb: 500 },
    { t: 5, group_mb: null, rss_mb: 0 },
  );
  expect(memoryCurves(story.memories)).toEqual({ x: [1, 3, 5], system: [2, 1, null], gpu: [null, 0.5, null] });
});

test("a second attempt goes on in time", () => {
  expect(memoryCurves(remembering({ t: 4 }, { t: 9 }, { t: 1 }, { t: 2 }).memories).x).toEqual([4, 9, 10, 11]);
});

test("a long run is thinned, its end stays", () => {
  const points = remembering(...Array.from({ length: 2000 }, (_, t) => ({ t, rss_mb: 1 }))).memories;
  expect(points.length).toBeLessThanOrEqual(400);
  expect(points.at(-1)?.t).toBe(1999);
});

test.each([
  ["info", "debug", true],
  ["info", "warning", false],
  ["error", "warning", true],
  ["warning", "error", false],
])("%s is shown at %s: %s", (level, asked, shown) => expect(isAtLeast(level, asked)).toBe(shown));
