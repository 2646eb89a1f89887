import { expect, it } from "vitest";
import { shownDays } from "../../src/charts/burndown";

const past = { days: ["2026-03-01", "2026-03-15"], label: [4, 1], final: [4, 2] };

it.each([
  [null, null, []],
  ["2026-03-20", "2026-03-25", ["2026-03-20", "2026-03-25"]],
  ["2026-03-20", "2026-03-20", ["2026-03-20"]],
  ["2026-03-20", "2027-01-01", ["2026-03-20"]], // too far to draw
])("a forecast from %s to %s is drawn where it is near", (first, last, ahead) => {
  expect(shownDays({ ...past, first, last })).toEqual([...past.days, ...ahead]);
});
