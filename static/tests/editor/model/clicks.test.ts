// Click to box: what a click asks for, the box that comes, and the others that Tab goes through.
import { describe, expect, test } from "vitest";
import { clicked, isAgain, keyOf, stepped, without, type ClickedBox } from "../../../src/editor/model/clicks";
import { docOf, inverse } from "../../../src/editor/model/document";
import { EMPTY, recorded, undone } from "../../../src/editor/model/history";
import { cursorAt, gripped, released, type Press } from "../../../src/editor/model/tools";
import type { EditorState } from "../../../src/editor/model/state";
import type { Xyxy } from "../../../src/lib/types";
import { box, editing, ids, image, press } from "../../make";

const one = image({ boxes: [box("a", [10, 10, 90, 90])] });
const state = (part: Partial<EditorState> = {}): EditorState => editing(one, { tool: "click", ...part });
const gesture = (at: EditorState, from: Press, x: number, y: number, far: boolean) =>
  released(at, gripped(at, from), from, { x, y }, far, ids());

describe("with the tool", () => {
  test.each<[string, Partial<EditorState>]>([
    ["on free ground", {}],
    ["in a box", { selection: { kind: "box", id: "a" } }],
  ])("a click %s asks for the object there", (_name, part) => {
    expect(gesture(state(part), press(50, 50), 50, 50, false)).toEqual({ changes: [], click: { x: 50, y: 50 } });
  });

  test("a hand that shakes has clicked", () => {
    expect(gesture(state(), press(50, 50), 51, 51, true).click).toEqual({ x: 50, y: 50 });
  });

  test("a drag draws, also inside the selected box", () => {
    const outcome = gesture(state({ selection: { kind: "box", id: "a" } }), press(30, 30), 60, 60, true);
    expect(outcome.changes).toMatchObject([{ op: "create", class: 1, xyxy: [30, 30, 60, 60] }]);
    expect(cursorAt(state(), press(50, 50))).toBe("crosshair");
  });

  test.each<[string, Partial<EditorState>, Press]>([
    ["with Shift selects", {}, press(50, 50, true)],
    ["without the right to label", { can: { label: false, answer: false, review: false } }, press(50, 50)],
  ])("a click %s asks for nothing", (_name, part, from) => {
    expect(gesture(state(part), from, 50, 50, false).click).toBeUndefined();
  });
});

describe("the answer", () => {
  const BOXES: readonly Xyxy[] = [
    [20, 20, 60, 60],
    [10, 10, 90, 90],
  ];

  const AT = { x: 40, y: 40 };

  test("makes the first box, of the class that was in hand at the click", () => {
    const found = clicked(state({ currentClass: 2 }), AT, BOXES, 1, ids());
    expect(found?.outcome).toEqual({
      changes: [{ op: "create", id: "new-1", class: 1, xyxy: BOXES[0] }],
      select: { kind: "box", id: "new-1" },
      also: [],
      loose: true,
    });
    expect(found?.box).toEqual({ id: "new-1", point: AT, boxes: BOXES, at: 0 });
  });

  test("without a class in hand waits for one", () => {
    const found = clicked(state(), AT, BOXES, null, ids());
    expect(found?.outcome).toEqual({ changes: [], classless: [BOXES[0]] });
    expect(found?.box).toBeNull();
  });

  test("is cut at the image's edges; what has no area is left out, and nothing is nothing", () => {
    const cut = clicked(
      state(),
      AT,
      [
        [50, 50, 50, 90],
        [150, -5, 250, 60],
      ],
      1,
      ids(),
    );
    expect(cut?.outcome.changes).toMatchObject([{ xyxy: [150, 0, 200, 60] }]);
    expect(cut?.box?.boxes).toHaveLength(1);
    expect(clicked(state(), AT, [], 1, ids())).toBeNull();
  });

  const made = editing(image({ boxes: [box("a", BOXES[0])] }), { selection: { kind: "box", id: "a" } });
  const last: ClickedBox = { id: "a", point: AT, boxes: BOXES, at: 0 };

  test("has other boxes, around the end, both ways", () => {
    const next = stepped(made, last, 1);
    expect(next?.outcome.changes).toEqual([{ op: "update", id: "a", xyxy: BOXES[1] }]);
    expect(next?.box.at).toBe(1);
    expect(stepped(made, last, -1)?.box.at).toBe(1);
    const there = editing(image({ boxes: [box("a", BOXES[1])] }), { selection: { kind: "box", id: "a" } });
    expect(stepped(there, { ...last, at: 1 }, 1)?.outcome.changes).toEqual([{ op: "update", id: "a", xyxy: BOXES[0] }]);
  });

  test.each<[string, Partial<EditorState>, ClickedBox | null]>([
    ["there was none", {}, null],
    ["another box is selected", { selection: { kind: "box", id: "b" } }, last],
    ["nothing is selected", { selection: null }, last],
    ["several are", { also: [{ kind: "box", id: "b" }] }, last],
    ["it was changed by hand", { doc: docOf(image({ boxes: [box("a", [21, 20, 60, 60])] })) }, last],
    ["it may be one thing only", {}, { ...last, boxes: BOXES.slice(0, 1) }],
  ])("has no others where %s", (_name, part, box_) => {
    expect(stepped({ ...made, ...part }, box_, 1)).toBeNull();
  });

  test.each([
    [41, 43, true],
    [60, 40, false],
  ])("is not the one where a second click at %d, %d says so", (x, y, again) => {
    expect(isAgain(last, { x, y }, 5)).toBe(again);
    expect(isAgain(null, { x, y }, 5)).toBe(false);
  });

  test("is one step of undo, with all that Tab made of it", () => {
    const empty = docOf(image());
    const create = [{ op: "create", id: "a", class: 1, xyxy: BOXES[0]! } as const];
    const update = stepped(made, last, 1)?.outcome.changes ?? [];
    let history = recorded(EMPTY, { forward: create, backward: inverse(empty, create), key: keyOf("a") });
    history = recorded(history, { forward: update, backward: inverse(made.doc, update), key: keyOf("a") });
    expect(history.past).toHaveLength(1);
    const there = docOf(image({ boxes: [box("a", BOXES[1])] }));
    expect(undone(history, there)?.changes.at(-1)).toEqual({ op: "delete", id: "a" });
  });
});

test("a click whose box has come waits no more", () => {
  const [a, b] = [
    { x: 1, y: 1 },
    { x: 1, y: 1 },
  ];
  expect(without([a, b], a)).toEqual([b]);
});
