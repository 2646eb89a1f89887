import { expect, test } from "vitest";
import { lineOf, type SearchRun } from "../../src/search/runLine";

const run = (part: Partial<SearchRun>): SearchRun => ({
  id: 1,
  state: "done",
  percent: 100,
  queue_position: null,
  error: null,
  ...part,
});
const FIRST = "The most alike first. The number says how alike (1 is the same), not how probable.";

test.each<[Partial<SearchRun>, string]>([
  [{ state: "running", percent: 0 }, "Looking through the images…"],
  [{ state: "running", percent: 41.8 }, "Looking through the images: 41%"],
  [{}, FIRST],
  [
    { result: { floor: 0.3, floor_measured: false } },
    `${FIRST} It ends at ≈ 0.30: below that, similarity is mostly chance.`,
  ],
  [
    { result: { floor: 0.52, floor_measured: true }, params: { xyxy: [1, 2, 3, 4] } },
    `${FIRST} It ends at ≈ 0.52: below that, what people boxed is more often something else. ` +
      `Boxes are proposals and may sit loosely: look at their edges.`,
  ],
])("%j is said as %s", (part, line) => expect(lineOf(run(part), 3)).toBe(line));
