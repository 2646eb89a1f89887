import { describe, expect, test } from "vitest";
import { deviceName, keyFigures } from "../../src/run/keyFigures";
import type { Run } from "../../src/run/types";
import { run, story } from "./scene";

const NOW = Date.parse("2026-01-01T12:02:05Z");
const figures = (part: Partial<Run>, reported = story()) => keyFigures(run(part), reported, NOW);

describe("under way", () => {
  const started_at = "2026-01-01T12:00:00Z";
  const progress = { stage: "verify", done: 24, total: 60, percent: 2, eta_s: null };

  test("how far the stage is, memory of all processes, and time", () => {
    const memory = { device: "cpu", rss_mb: 797, group_mb: 2304, gpu_mb: null };
    expect(figures({ started_at }, story({ progress, memory }))).toEqual([
      ["Verify", "40%", "of this stage"],
      ["Memory", "2.3 GB", "CPU"],
      ["Running for", "2 min 5 s"],
    ]);
  });

  test("a training counts epochs, and a GPU its own memory", () => {
    const memory = { device: "cuda:0 NVIDIA H200", rss_mb: 797, gpu_mb: 2048 };
    expect(figures({}, story({ progress: { ...progress, stage: "train" }, memory }))).toEqual([
      ["Train", "24 / 60", "Epochs done"],
      ["GPU memory", "2.0 GB", "NVIDIA H200"],
    ]);
  });

  test("nothing is said of what waits, nor of a clock that goes wrong", () => {
    expect(figures({ state: "queued", started_at }, story({ progress }))).toEqual([]);
    expect(figures({ started_at: "2026-01-01T12:09:00Z" })).toEqual([["Running for", "0.0 s"]]);
  });
});

describe("at the end", () => {
  const batch = { pending: 1, accepted: 4, rejected: 2, withdrawn: 0, taken_back: 0, undone: false };
  const answered = [
    ["Accepted", "4"],
    ["Rejected", "2"],
  ];

  test("what it brought, then what people said", () => {
    const result = {
      counts: { images: 39, suggested: 7, sure: 3 },
      saved_s: 36,
      device: "cpu",
    };
    const times = { started_at: "2026-01-01T12:00:00Z", finished_at: "2026-01-01T12:02:24Z" };
    expect(figures({ state: "done", result, batch, ...times })).toEqual([
      ["Images looked at", "39"],
      ["Suggestions", "7", "3 of them sure"],
      ["Drawing time saved", "36 s", "if the measured precision holds"],
      ["Time", "2 min 24 s", "CPU"],
      ...answered,
    ]);
  });

  test("a run that trained counts its time in two parts, and answers count more than an estimate", () => {
    const result = { saved_s: -130, saved_by: "answers" as const, seconds: { train: 60 }, device: "cpu" };
    const times = {
      started_at: "2026-01-01T12:00:00Z",
      suggestions_at: "2026-01-01T12:00:40Z",
      finished_at: "2026-01-01T12:02:24Z",
    };
    expect(figures({ state: "done", result, ...times })).toEqual([
      ["Time lost on suggestions", "2 min", "by the answers so far"],
      ["Time to the suggestions", "40 s", "CPU"],
      ["Time of the training", "1 min 44 s", "CPU"],
    ]);
  });

  test("a run that was undone says what was taken back, and no longer what it brought", () => {
    const undone = { ...batch, pending: 0, accepted: 0, rejected: 2, withdrawn: 36, taken_back: 35, undone: true };
    const result = { counts: { images: 39, suggested: 7, sure: 3 }, saved_s: 36 };
    expect(figures({ state: "done", result, batch: undone })).toEqual([
      ["Accepted", "0"],
      ["Rejected", "2"],
      ["Taken back", "35"],
      ["Replaced by a newer run", "1"],
    ]);
  });

  test("a run that failed has answers only, and names what was replaced", () => {
    expect(figures({ state: "failed", batch: { ...batch, withdrawn: 5 } })).toEqual([
      ...answered,
      ["Replaced by a newer run", "5"],
    ]);
    expect(figures({ state: "cancelled" })).toEqual([]);
  });
});

test.each([
  ["cpu", "CPU"],
  ["cuda:0 NVIDIA H200", "NVIDIA H200"],
  ["cuda:1", "cuda:1"],
])("%s is called %s", (device, name) => expect(deviceName(device)).toBe(name));
