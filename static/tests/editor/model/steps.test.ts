import { describe, expect, test } from "vitest";
import { entriesOf, extended, linesOf, NONE, renewed, type Deed, type Step } from "../../../src/editor/model/steps";

const deed = (verb: string, name = "", count = 1): Deed => ({ verb, class: 1, class_name: name, count });
const step = (moment: number, at = "2026-11-29T12:00:00Z", deeds: Deed[] = []): Step => ({
  moment,
  at,
  version: moment,
  actor: "ada@example.org",
  actor_name: "Ada",
  deeds,
  versions: [],
});
const page = (moments: number[], next: string | null = null) => ({ next, results: moments.map((one) => step(one)) });
const moments = (known: { steps: readonly Step[] }): number[] => known.steps.map((one) => one.moment);

describe("pages put together", () => {
  const known = extended(extended(NONE, page([9, 8], "/2")), page([7, 6], "/3"));

  test("older ones follow", () => {
    expect(moments(known)).toEqual([9, 8, 7, 6]);
    expect(known.next).toBe("/3");
  });

  test("the newest page is asked for again: what is older stays", () => {
    const now = renewed(known, page([10, 9], "/new"));
    expect(moments(now)).toEqual([10, 9, 8, 7, 6]);
    expect(now.next).toBe("/3");
  });

  test("a step that grew has its new moment, once", () => {
    expect(moments(renewed(known, page([11, 8], "/new")))).toEqual([11, 8, 7, 6]);
  });

  test("more came than a page holds: the list begins anew", () => {
    const now = renewed(known, page([20, 19], "/new"));
    expect(moments(now)).toEqual([20, 19]);
    expect(now.next).toBe("/new");
  });

  test("the whole history on one page", () => {
    const now = renewed(renewed(NONE, page([2, 0])), page([3, 2, 0]));
    expect(moments(now)).toEqual([3, 2, 0]);
    expect(now.next).toBeNull();
  });
});

test("one line for each thing that was done, with its classes", () => {
  const one = step(5, undefined, [
    deed("created", "cat", 8),
    deed("completed", "cat"),
    deed("created", "dog", 4),
    deed("val"),
  ]);
  expect(linesOf(one).map(({ verb, count, classes }) => [verb, count, classes.map((each) => each.class_name)])).toEqual(
    [
      ["created", 12, ["cat", "dog"]],
      ["completed", 1, ["cat"]],
      ["val", 1, []],
    ],
  );
});

test("days have their names, and versions stand above the step that they were made after", () => {
  const version = { id: 4, number: 2, name: "Before", made_at: "2026-11-29T09:00:00Z" };
  const steps = [
    step(3, "2026-11-29T12:00:00Z"),
    { ...step(2, "2026-11-29T08:00:00Z"), versions: [version] },
    step(1, "2026-11-28T23:00:00Z"),
  ];
  const entries = entriesOf(steps, (at) => at.toISOString().slice(0, 10));
  expect(entries.map((one) => one.key)).toEqual([
    "day 2026-11-29",
    "step 3",
    "version 4",
    "step 2",
    "day 2026-11-28",
    "step 1",
  ]);
});
