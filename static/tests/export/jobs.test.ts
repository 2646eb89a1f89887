import { expect, test } from "vitest";
import { followUntilOneEnds, percentOf, type Job } from "../../src/export/jobs";

const job = (id: number, state: Job["state"], done = 0, total = 0): Job => ({ id, state, done, total });

test("jobs are followed until one has ended, whatever answer was lost", async () => {
  const answers: Record<number, (Job | Error)[]> = {
    1: [job(1, "queued"), new Error("away"), job(1, "running", 1, 4), job(1, "running", 2, 4)],
    2: [job(2, "running", 1, 3), job(2, "running", 2, 3), job(2, "running", 2, 3), job(2, "done", 3, 3)],
  };
  const seen: string[] = [];
  let pauses = 0;
  await followUntilOneEnds([1, 2], {
    ask: (id) => {
      const next = answers[id]?.shift();
      return next instanceof Error || next === undefined ? Promise.reject(new Error("away")) : Promise.resolve(next);
    },
    show: (found) => seen.push(`${found.id} ${found.state} ${percentOf(found)}`),
    pause: () => Promise.resolve(void pauses++),
  });
  expect(pauses).toBe(3);
  expect(seen).toEqual([
    "1 queued 0",
    "2 running 33",
    "2 running 66",
    "1 running 25",
    "2 running 66",
    "1 running 50",
    "2 done 100",
  ]);
});
