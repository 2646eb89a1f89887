import { describe, expect, test } from "vitest";
import {
  accepted,
  best,
  classed,
  copied,
  cycled,
  everythingChosen,
  nudged,
  pasted,
  rejected,
  removed,
} from "../../../src/editor/model/commands";
import { handleAt, picked } from "../../../src/editor/model/hitTest";
import { items, type EditorState, type Selection } from "../../../src/editor/model/state";
import { keyName } from "../../../src/lib/keyName";
import { gripped, released, type Press } from "../../../src/editor/model/tools";
import type { Xyxy } from "../../../src/lib/types";
import { box, editing, ids, image, press, suggestion } from "../../make";

const OUTER: Selection = { kind: "box", id: "outer" };
const INNER: Selection = { kind: "box", id: "inner" };
const nested = image({ boxes: [box("outer", [10, 10, 90, 90]), box("inner", [30, 30, 50, 50])] });
const gesture = (state: EditorState, from: Press, x: number, y: number, far = true) =>
  released(state, gripped(state, from), from, { x, y }, far, ids());

test.each<[string, Selection | null, [number, number], string | undefined]>([
  ["the smallest first", null, [40, 40], "inner"],
  ["on the selected one, the enclosing one", INNER, [40, 40], "outer"],
  ["then the smallest again", OUTER, [40, 40], "inner"],
  ["the only one there", INNER, [80, 80], "outer"],
  ["nothing on free ground", OUTER, [150, 50], undefined],
])("a click takes %s", (_name, selection, [x, y], expected) => {
  expect(picked(items(editing(nested)), { x, y }, 1, selection)?.what.id).toBe(expected);
});

test.each([
  [10, 10, "nw"],
  [90, 92, "se"],
  [50, 11, "n"],
  [89, 50, "e"],
  [50, 50, null],
])("at %d,%d is handle %s", (x, y, expected) => {
  expect(handleAt([10, 10, 90, 90], { x, y }, 3)).toBe(expected);
});

describe("a drag", () => {
  test.each<[string, Partial<EditorState>, Press, string]>([
    ["on free ground draws", {}, press(120, 20), "create"],
    ["that starts in an unselected box draws inside it", {}, press(40, 40), "create"],
    ["in the selected box moves it", { selection: OUTER }, press(60, 60), "update"],
    ["in the selected box with Shift draws", { selection: OUTER }, press(60, 60, true), "create"],
    ["in the selected box with the draw tool draws", { selection: OUTER, tool: "draw" }, press(60, 60), "create"],
    ["at a handle resizes", { selection: OUTER }, press(90, 90), "update"],
  ])("%s", (_name, part, from, op) => {
    const { changes } = gesture(editing(nested, part), from, from.at.x + 9, from.at.y + 7);
    expect(changes.map((change) => change.op)).toEqual([op]);
  });

  test("of a suggestion accepts it as it is put", () => {
    const state = editing(image({ suggestions: [suggestion(4)] }), { selection: { kind: "suggestion", id: 4 } });
    const { changes, select } = gesture(state, press(75, 75), 80, 74);
    expect(changes).toEqual([{ op: "accept", suggestion: 4, id: "new-1", xyxy: [65, 59, 95, 89] }]);
    expect(select).toEqual({ kind: "box", id: "new-1" });
  });

  test.each<[string, Partial<EditorState>]>([
    ["too small to be meant makes nothing", {}],
    ["without a right to label makes nothing", { can: { label: false, answer: false, review: false } }],
  ])("%s", (name, part) => {
    const to = name.startsWith("too") ? 120.2 : 140;
    expect(gesture(editing(nested, part), press(120, 20), to, 40).changes).toEqual([]);
  });
});

describe("commands", () => {
  const answered = image({
    boxes: [box("a")],
    suggestions: [suggestion(1, 0.4), suggestion(2, 0.9), suggestion(3, 0.7)],
  });
  const on = (id: number): EditorState => editing(answered, { selection: { kind: "suggestion", id } });

  test("the first key press shows the best suggestion, the next answers it and goes on", () => {
    expect(accepted(editing(answered), ids())).toMatchObject({ changes: [], select: { id: 2 } });
    expect(accepted(on(2), ids())).toMatchObject({
      changes: [{ op: "accept", suggestion: 2, id: "new-1" }],
      select: { id: 3 },
    });
    expect(rejected(on(3))).toMatchObject({ changes: [{ op: "reject", suggestion: 3 }], select: { id: 2 } });
  });

  test("hidden classes are not asked about", () => {
    expect(best(editing(answered, { hiddenClasses: new Set([1]) }))).toBeNull();
  });

  test.each<[string, EditorState, unknown]>([
    [
      "a box gets the class",
      editing(answered, { selection: { kind: "box", id: "a" } }),
      [{ op: "update", id: "a", class: 2 }],
    ],
    ["a suggestion is accepted with it", on(1), [{ op: "accept", suggestion: 1, id: "new-1", class: 2 }]],
    ["nothing selected changes nothing", editing(answered), []],
  ])("a class key: %s", (_name, state, expected) => {
    expect(classed(state, 2, ids()).changes).toEqual(expected);
  });

  test("Delete leaves a suggestion alone, and says so", () => {
    expect(removed(on(1))).toEqual({ changes: [], hint: "suggestions-stay" });
  });

  test("Delete after Ctrl+A takes the boxes alone", () => {
    const { select, also = [] } = everythingChosen(editing(answered));
    const outcome = removed(editing(answered, { selection: select ?? null, also }));
    expect(outcome).toEqual({ changes: [{ op: "delete", id: "a" }], select: null, hint: "suggestions-stay" });
  });

  test("who may not review is told so", () => {
    const state = editing(answered, { can: { label: true, answer: false, review: false } });
    expect(accepted(state, ids())).toEqual({ changes: [], hint: "no-review" });
    expect(rejected(state)).toEqual({ changes: [], hint: "no-review" });
    expect(rejected(editing(image(), { can: { label: true, answer: false, review: false } }))).toEqual({ changes: [] });
  });

  test("Tab goes through boxes, then suggestions best first, and around", () => {
    const order = [];
    let state = editing(answered);
    for (let step = 0; step < 5; step++) {
      state = { ...state, selection: cycled(state, 1) };
      order.push(state.selection?.id);
    }
    expect(order).toEqual(["a", 2, 3, 1, "a"]);
  });

  test.each<[string, EditorState, Xyxy[]]>([
    ["on another image in the same place", editing(image()), [[10, 10, 50, 50]]],
    ["where one lies already, beside it", editing(answered), [[13, 13, 53, 53]]],
    ["cut where the image ends", editing(image({ width: 40, height: 40 })), [[10, 10, 40, 40]]],
    ["nowhere on an image that ends before it", editing(image({ width: 8, height: 8 })), []],
  ])("a copied box is pasted %s", (_name, state, expected) => {
    const { changes } = pasted(state, copied(editing(answered)), ids());
    expect(changes.map((change) => "xyxy" in change && change.xyxy)).toEqual(expected);
  });

  test("a nudge stops at the edge", () => {
    const state = editing(image({ boxes: [box("a", [0, 0, 5, 5])] }), { selection: { kind: "box", id: "a" } });
    expect(nudged(state, -1, 0, ids()).changes).toEqual([]);
    expect(nudged(state, 0, 1, ids()).changes).toEqual([{ op: "update", id: "a", xyxy: [0, 1, 5, 6] }]);
  });
});

test.each([
  [{ key: "d", code: "KeyD" }, "d"],
  [{ key: "D", code: "KeyD" }, "d"],
  [{ key: "ㅇ", code: "KeyD" }, "d"],
  [{ key: "Process", code: "KeyA" }, "a"],
  [{ key: "z", code: "KeyZ", ctrlKey: true }, "ctrl+z"],
  [{ key: "Z", code: "KeyZ", metaKey: true, shiftKey: true }, "ctrl+shift+z"],
  [{ key: "?", code: "Slash", shiftKey: true }, "?"],
  [{ key: "ArrowLeft", code: "ArrowLeft", shiftKey: true }, "arrowleft"],
  [{ key: "Tab", code: "Tab", shiftKey: true }, "shift+tab"],
])("key %j is %s", (event, expected) => {
  expect(keyName({ ctrlKey: false, metaKey: false, shiftKey: false, ...event })).toBe(expected);
});
