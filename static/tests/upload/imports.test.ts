import { expect, test } from "vitest";
import { follow, importView, type ImportState, type ImportView } from "../../src/upload/imports";
import type { Problem } from "../../src/upload/send";

const at = (part: Partial<ImportState>): ImportState => ({
  state: "running",
  done: 0,
  total: 0,
  added: 0,
  problems: [],
  ...part,
});

test.each<[Partial<ImportState>, ImportView]>([
  [{ state: "queued" }, { share: 0, done: false, text: "waits for a worker" }],
  [{}, { share: 0, done: false, text: "0 / …" }],
  [
    { done: 5, total: 20 },
    { share: 25, done: false, text: "5 / 20" },
  ],
  [
    { state: "done", done: 20, total: 20, added: 1 },
    { share: 100, done: true, text: "1 image added" },
  ],
  [
    { state: "failed", done: 5, total: 20, added: 5 },
    { share: 100, done: true, text: "5 images added" },
  ],
])("%j is shown as %j", (part, view) => expect(importView(at(part))).toEqual(view));

test("a zip is asked about until its end, over breaks, and each problem is named once", async () => {
  const bad = (file: string): Problem => ({ file, code: "bad", detail: "broken" });
  const answers: (ImportState | Error)[] = [
    at({ state: "queued" }),
    at({ done: 1, total: 3, problems: [bad("a")] }),
    new Error("away"),
    at({ state: "done", done: 3, total: 3, added: 1, problems: [bad("a"), bad("b")] }),
    at({ state: "done" }),
  ];
  const named: string[] = [];
  const shown: number[] = [];
  let pauses = 0;
  const added = await follow({
    ask: () => {
      const next = answers.shift()!;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    show: ({ share }) => void shown.push(Math.round(share)),
    problem: ({ file }) => void named.push(file),
    pause: () => {
      pauses += 1;
      return Promise.resolve();
    },
  });
  expect({ added, named, shown, pauses, left: answers.length }).toEqual({
    added: 1,
    named: ["a", "b"],
    shown: [0, 33, 100],
    pauses: 3,
    left: 1,
  });
});
