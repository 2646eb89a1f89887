import { describe, expect, test } from "vitest";
import { badgeOf, faultOf, isLive, isOffered, labelOf, progressOf, reviewText, stagesOf } from "../../src/run/progress";
import type { Run, RunState } from "../../src/run/types";
import { run, STAGES, story } from "./scene";

const STATES: readonly RunState[] = ["queued", "running", "cancelling", "done", "failed", "cancelled"];
const batch = (pending: number, accepted = 0, rejected = 0) => ({
  pending,
  accepted,
  rejected,
  withdrawn: 0,
  taken_back: 0,
  undone: false,
});
const progress = (percent: number, eta_s: number | null = null) => ({
  stage: "verify",
  done: 1,
  total: 2,
  percent,
  eta_s,
});

test("every state has words of its own", () => {
  expect(new Set(STATES.map((state) => badgeOf({ state, batch: null }).text)).size).toBe(STATES.length);
  expect(STATES.filter((state) => isLive({ state }))).toEqual(["queued", "running", "cancelling"]);
});

test.each<[string, Partial<Run>, boolean]>([
  ["queued running", { state: "running" }, true],
  ["queued running", { state: "done" }, false],
  ["failed cancelled", { state: "cancelled" }, true],
  ["undoable", { state: "done", batch: batch(3) }, true],
  ["undoable", { state: "done", batch: batch(0, 0, 2) }, true],
  ["undoable", { state: "done", batch: batch(0) }, false],
  ["undoable", { state: "done", batch: null }, false],
  ["undoable", { state: "running", batch: batch(3) }, false],
  ["undoable", { state: "done", batch: { ...batch(0, 0, 2), undone: true } }, false],
])("an act for %s in %j is offered: %s", (when, part, offered) => {
  expect(isOffered(when, run(part))).toBe(offered);
});

test.each([
  [null, null],
  [batch(0, 5), null],
  [batch(1), "Review 1 suggestion"],
  [batch(12), "Review 12 suggestions"],
])("of %j the review's button says %s", (found, text) => expect(reviewText(run({ batch: found }))).toBe(text));

test("an error is shown when the run has ended, by what ended it", () => {
  const error = { code: "no_shots", text: "No boxes." };
  expect(faultOf(run({ error }))).toBeNull();
  expect(faultOf(run({ state: "failed", error }))).toEqual({ title: "The run failed", text: "No boxes." });
  expect(faultOf(run({ state: "cancelled", error }))?.title).toBe("The run was cancelled");
  expect(faultOf(run({ state: "done" }))).toBeNull();
});

describe("progress", () => {
  test.each<[string, Partial<Run>, number | null, number, string]>([
    ["the newest word counts", { percent: 40 }, 55, 55, "55%"],
    ["it never goes back", { percent: 40 }, 30, 40, "40%"],
    ["done is done", { state: "done", percent: 97 }, 98, 100, "100%"],
    ["a queued run has none", { state: "queued", percent: 0 }, null, 0, "–"],
    ["a failed run stays where it stopped", { state: "failed", percent: 40 }, 99, 40, "40%"],
    ["a percentage is never rounded up", { percent: 99.9 }, null, 99.9, "99%"],
  ])("%s", (_name, part, reported, share, percent) => {
    const found = progressOf(run(part), story({ progress: reported === null ? null : progress(reported) }));
    expect([found.share, found.percent]).toEqual([share, percent]);
  });

  test("the time that is left is the events' own, or else the row's, and only while it runs", () => {
    expect(progressOf(run({ eta_s: 600 }), story({ progress: progress(50, 30) })).remaining).toBe("about 30 s left");
    expect(progressOf(run({ eta_s: 600 }), story()).remaining).toBe("about 10 min left");
    expect(progressOf(run({ eta_s: 600, state: "done" }), story()).remaining).toBe("");
    expect(progressOf(run(), story()).remaining).toBe("");
    expect(progressOf(run({ percent: 2, eta_s: 780 }), story()).remaining).toBe(""); // networks are being loaded
  });

  const counts = (suggested: number) => ({ counts: { images: 9, suggested, sure: 0 } });
  test.each<[Partial<Run>, string]>([
    [{ state: "queued", queue_position: 1 }, "Waits for a worker: it starts as soon as one is free."],
    [{ state: "queued", queue_position: null }, "Waits for a worker: it starts as soon as one is free."],
    [{ state: "queued", queue_position: 3 }, "Place 3 in the queue. Runs before it go first."],
    [{ state: "failed" }, ""],
    [{ state: "failed", suggestions_at: "2026-01-01T12:00:00Z" }, "The suggestions were stored before that and stay."],
    [{ state: "cancelled" }, "Cancelled: nothing of it was kept."],
    [
      { state: "cancelled", suggestions_at: "2026-01-01T12:00:00Z" },
      "The training was cancelled; the suggestions stay.",
    ],
    [
      { state: "done", batch: { ...batch(0), undone: true } },
      "Undone: its suggestions and untouched boxes were taken back.",
    ],
    [
      { stage: "train", suggestions_at: "2026-01-01T12:00:00Z" },
      "The suggestions are ready to review. Training a detector: epoch 2 of 60",
    ],
    [{ state: "done", result: counts(0) }, "Done. Nothing new was found."],
    [{ state: "done", result: counts(1) }, "Done: 1 suggestion."],
    [{ state: "done", result: counts(7) }, "Done: 7 suggestions."],
    [{ stage: "" }, "Reading images and boxes"],
    [{ stage: "train" }, "Training a detector: epoch 2 of 60"],
    [{ stage: "verify" }, "Comparing each place with your boxes"],
    [{ stage: "store" }, "Storing the suggestions"],
  ])("%j is said as %s", (part, line) => {
    const epochs = [{ epoch: 2, epochs: 60, losses: {}, metrics: {} }];
    expect(progressOf(run(part), story({ epochs })).line).toBe(line);
  });
});

describe("stages", () => {
  const at = (state: "waiting" | "started" | "finished" | "skipped", seconds: number | null = null) =>
    story({ stages: [{ name: "prepare", state, seconds }] });

  test.each([
    ["running", at("started"), "running", ""],
    ["failed", at("started"), "failed", ""],
    ["cancelled", at("started"), "failed", ""],
    ["done", at("finished", 90), "finished", "1 min 30 s"],
    ["done", at("skipped"), "skipped", "kept from before"],
    ["done", at("waiting"), "waiting", "not needed"],
    ["running", at("waiting"), "waiting", ""],
  ] as const)("of a run that is %s: %j", (state, reported, look, note) => {
    expect(stagesOf(run({ state, stages: STAGES.slice(0, 1) }), reported)).toEqual([{ look, label: "Prepare", note }]);
  });

  test("only what the server says will run is drawn, in its order", () => {
    const reported = story({ stages: [{ name: "verify", state: "started", seconds: null }] });
    expect(stagesOf(run({}), reported).map(({ look, label }) => [look, label])).toEqual([
      ["waiting", "Prepare"],
      ["running", "Verify"],
      ["waiting", "Train"],
    ]);
    expect(["verify", "polish"].map((name) => labelOf(name, STAGES))).toEqual(["Verify", "polish"]);
  });
});
