import { describe, expect, test } from "vitest";
import { deviceName, keyFigures } from "../../src/run/keyFigures";
import type { Run } from "../../src/run/types";
import { run, STAGES, story } from "./scene";

const NOW = Date.parse("2026-01-01T12:02:05Z");
const figures = (part: Partial<Run>, told = story()) => keyFigures(run(part), told, STAGES, NOW);

describe("under way", () => {
  const started_at = "2026-01-01T12:00:00Z";
  const progress = { stage: "verify", done: 24, total: 60, percent: 2, eta_s: null };

  test("images, memory and time", () => {
    const memory = { device: "cpu", rss_mb: 797, gpu_mb: null };
    expect(figures({ started_at }, story({ progress, memory }))).toEqual([
      ["Images done", "24 / 60", "Verify"],
      ["Memory", "797 MB", "CPU"],
      ["Running for", "2 min 5 s"],
    ]);
  });

  test("a training counts epochs, and a GPU its own memory", () => {
    const memory = { device: "cuda:0 NVIDIA H200", rss_mb: 797, gpu_mb: 2048 };
    expect(figures({}, story({ progress: { ...progress, stage: "train" }, memory }))).toEqual([
      ["Epochs done", "24 / 60", "Train"],
      ["GPU memory", "2.0 GB", "NVIDIA H200"],
    ]);
  });

  test("nothing is said of what waits, nor of a clock that goes wrong", () => {
    expect(figures({ state: "queued", started_at }, story({ progress }))).toEqual([]);
    expect(figures({ started_at: "2026-01-01T12:09:00Z" })).toEqual([["Running for", "0.0 s"]]);
  });
});

describe("at the end", () => {
  const batch = { pending: 1, accepted: 4, rejected: 2, withdrawn: 0 };
  const answered = [
    ["Accepted", "4"],
    ["Rejected", "2"],
  ];

  test("what it brought, then what people said", () => {
    const result = {
      counts: { images: 39, suggested: 7, sure: 3 },
      saved_s: 36,
      seconds: { prepare: 5, verify: 130 },
      device: "cpu",
    };
    expect(figures({ state: "done", result, batch })).toEqual([
      ["Images looked at", "39"],
      ["Suggestions", "7", "3 of them sure"],
      ["Drawing saved", "36 s", "if the measured precision holds"],
      ["Time", "2 min 15 s", "CPU"],
      ...answered,
    ]);
  });

  test("a run that failed has answers only, and names what was taken back", () => {
    expect(figures({ state: "failed", batch: { ...batch, withdrawn: 5 } })).toEqual([
      ...answered,
      ["Taken back or replaced since", "5"],
    ]);
    expect(figures({ state: "cancelled" })).toEqual([]);
  });
});

test.each([
  ["cpu", "CPU"],
  ["cuda:0 NVIDIA H200", "NVIDIA H200"],
  ["cuda:1", "cuda:1"],
])("%s is called %s", (device, name) => expect(deviceName(device)).toBe(name));
