import { describe, expect, test } from "vitest";
import { applied, docOf, inverse } from "../../../src/editor/model/document";
import { changesBetween, leftOut, pastOf, type PastBox, type PastState } from "../../../src/editor/model/past";
import { chosen, items, reachable } from "../../../src/editor/model/state";
import { cursorAt, gripped } from "../../../src/editor/model/tools";
import type { Xyxy } from "../../../src/lib/types";
import { box, editing, image, suggestion } from "../../make";

const was = (id: string, xyxy: Xyxy = [10, 10, 50, 50], label: number | null = 1, name = "cat"): PastBox => ({
  id,
  class: label,
  class_name: name,
  xyxy,
});
const PLACE = { kind: "moment", id: 5 } as const;
const state = (part: Partial<PastState>): PastState => ({ boxes: [], complete: [], changed: [], ...part });

describe("the past as it is drawn", () => {
  test("tells what a step changed from what it left alone, and shows where it was before", () => {
    const moved = was("a", [20, 20, 60, 60]);
    const past = pastOf(
      PLACE,
      state({
        boxes: [moved, was("b"), was("c")],
        changed: [
          { kind: "moved", before: was("a"), after: moved },
          { kind: "added", before: null, after: was("c") },
          { kind: "removed", before: was("d"), after: null },
        ],
      }),
      true,
    );
    expect(past.still.map((one) => one.id)).toEqual(["b"]);
    expect(past.changed.map((one) => one.id)).toEqual(["a", "c"]);
    expect(past.earlier.map((one) => [one.id, one.xyxy[0]])).toEqual([
      ["a", 10],
      ["d", 10],
    ]);
  });

  test("keeps the names of classes that are gone, and says what cannot come back", () => {
    const boxes = [was("a"), was("b", [0, 0, 9, 9], null, "dog"), was("c", [0, 0, 9, 9], null, "dog")];
    const past = pastOf(PLACE, state({ boxes }), true);
    expect(past.still.map((one) => one.class)).toEqual([1, -1, -1]);
    expect(past.gone.map((one) => [one.id, one.name])).toEqual([[-1, "dog"]]);
    expect(leftOut(past)).toBe(2);
  });

  test("cannot be touched", () => {
    const now = image({ boxes: [box("a")], suggestions: [suggestion(1)] });
    const past = pastOf(PLACE, state({ boxes: [was("a")] }), true);
    const looking = editing(now, { past, tool: "draw" });
    const press = { at: { x: 20, y: 20 }, slack: 3, handleSlack: 3, least: 3, force: false };
    expect(items(looking)).toEqual([]);
    expect(reachable(looking)).toEqual([]);
    expect(chosen(looking)).toEqual([]);
    expect(gripped(looking, { ...press, band: true })).toEqual({ kind: "pan" });
    expect(cursorAt(looking, press)).toBe("grab");
  });
});

test("the changes between two documents lead from one to the other, and back", () => {
  const before = docOf(image({ boxes: [box("a"), box("b"), box("same", [0, 0, 5, 5])], complete: [1] }));
  const after = docOf(
    image({ boxes: [box("same", [0, 0, 5, 5]), box("a", [1, 1, 9, 9], 2), box("c")], complete: [2] }),
  );
  const changes = changesBetween(before, after);
  expect(changes.map((one) => one.op)).toEqual(["delete", "update", "create", "complete", "complete"]);
  const plain = (doc: typeof before): unknown => [
    doc.boxes
      .map(({ id, class: label, xyxy }) => [id, label, xyxy])
      .sort((a, b) => String(a[0]).localeCompare(String(b[0]))),
    [...doc.complete],
  ];
  const there = applied(before, changes);
  expect(plain(there)).toEqual(plain(after));
  expect(plain(applied(there, inverse(before, changes)))).toEqual(plain(before));
  expect(changesBetween(after, after)).toEqual([]);
});
