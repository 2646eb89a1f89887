// Drawing: what lies in the way of a drag and what does not, slips of the hand, suggestions that a box answers, boxes
// without a class.
import { describe, expect, test } from "vitest";
import { accepted, duplicated, named, nudged, pasted } from "../../../src/editor/model/commands";
import { applied, docOf, inverse, twinOffer, waiting } from "../../../src/editor/model/document";
import { handleAt } from "../../../src/editor/model/hitTest";
import type { EditorState, Selection } from "../../../src/editor/model/state";
import { cursorAt, gripped, released, type Outcome, type Press } from "../../../src/editor/model/tools";
import type { Xyxy } from "../../../src/lib/types";
import { box, editing, ids, image, suggestion } from "../../make";

const press = (x: number, y: number, least = 2): Press => ({
  at: { x, y },
  slack: 1,
  handleSlack: 3,
  least,
  force: false,
});
const drag = (state: EditorState, from: Press, x: number, y: number): Outcome =>
  released(state, gripped(state, from), from, { x, y }, true, ids());
/** The state after an outcome, as the editor makes it. */
const after = (state: EditorState, outcome: Outcome): EditorState => ({
  ...state,
  doc: applied(state.doc, outcome.changes),
  selection: outcome.select === undefined ? state.selection : outcome.select,
  loose: outcome.select === undefined ? state.loose : (outcome.loose ?? false),
});
const chosen = (id: string): Selection => ({ kind: "box", id });

describe("a box just drawn", () => {
  const state = editing(image());
  const drawn = after(state, drag(state, press(20, 20), 80, 80));

  test("is selected, and the next drag that starts inside it draws", () => {
    expect(drawn.selection).toEqual(chosen("new-1"));
    expect(cursorAt(drawn, press(50, 50))).toBe("crosshair");
    expect(drag(drawn, press(50, 50), 120, 90).changes).toEqual([
      { op: "create", id: "new-1", class: 1, xyxy: [50, 50, 120, 90] },
    ]);
  });

  test("is drawn over from a place on its edge as well, but not from a knob", () => {
    expect(drag(drawn, press(40, 20), 120, 90).changes[0]?.op).toBe("create");
    expect(drag(drawn, press(80, 80), 90, 90).changes).toEqual([{ op: "update", id: "new-1", xyxy: [20, 20, 90, 90] }]);
  });

  test("stays out of the way when a knob was pulled", () => {
    const pulled = after(drawn, drag(drawn, press(80, 80), 90, 90));
    expect(drag(pulled, press(50, 50), 120, 95).changes[0]?.op).toBe("create");
  });

  test("stays out of the way when arrow keys moved it", () => {
    const nudgedOne = after(drawn, nudged(drawn, 1, 0, ids()));
    expect(nudgedOne.doc.boxes[0]?.xyxy).toEqual([21, 20, 81, 80]);
    expect(drag(nudgedOne, press(50, 50), 120, 95).changes[0]?.op).toBe("create");
  });

  test("is moved after a click on it", () => {
    const click = released(drawn, gripped(drawn, press(50, 50)), press(50, 50), { x: 50, y: 50 }, false, ids());
    const clicked = after(drawn, click);
    expect(clicked.selection).toEqual(chosen("new-1"));
    expect(cursorAt(clicked, press(50, 50))).toBe("move");
    expect(drag(clicked, press(50, 50), 60, 55).changes).toEqual([
      { op: "update", id: "new-1", xyxy: [30, 25, 90, 85] },
    ]);
  });
});

test("the next suggestion, which comes by itself, is not in the way of a drag", () => {
  const answered = editing(image({ suggestions: [suggestion(1), suggestion(2, 0.7, [0, 0, 50, 50])] }), {
    selection: { kind: "suggestion", id: 1 },
  });
  const next = after(answered, accepted(answered, ids()));
  expect(next.selection).toEqual({ kind: "suggestion", id: 2 });
  expect(drag(next, press(20, 20), 45, 40).changes[0]?.op).toBe("create");
});

test.each<[number, number, string | null]>([
  [10, 10, "nw"],
  [50, 11, "n"],
  [30, 11, null],
  [89, 50, "e"],
  [89, 30, null],
])("of a box with knobs only, %d,%d is handle %s", (x, y, expected) => {
  expect(handleAt([10, 10, 90, 90], { x, y }, 3, true)).toBe(expected);
});

describe("a slip of the hand", () => {
  const state = editing(image({ boxes: [box("a", [100, 10, 150, 60])] }));

  test.each<[string, Press, number, number]>([
    ["three pixels of the screen", press(120, 30, 5), 123, 33],
    ["as many when the picture is small on the screen", press(120, 30, 10), 126, 36],
    ["a pixel of the image when it is large", press(120, 30, 0.2), 121, 31],
  ])("of %s is a click", (_name, from, x, y) => {
    const outcome = drag(state, from, x, y);
    expect(outcome.changes).toEqual([]);
    if (from.least > 1) expect(outcome.select).toEqual(chosen("a"));
  });

  test("that is long and narrow makes nothing, and says so", () => {
    expect(drag(state, press(20, 20, 5), 90, 22)).toEqual({ changes: [], hint: "too-narrow" });
  });

  test("is no smaller than a box of the least size", () => {
    expect(drag(state, press(20, 20, 5), 25, 25).changes).toHaveLength(1);
  });
});

const offer = suggestion(4, 0.8, [20, 20, 60, 60]);
describe("a box over an open suggestion", () => {
  // prettier-ignore
  test.each<[string, Partial<EditorState>, Xyxy, number]>([
    ["answers it", {}, [21, 21, 60, 60], 0],
    ["of another class does not", { currentClass: 2 }, [21, 21, 60, 60], 1],
    ["too far off does not", {}, [20, 20, 60, 50], 1],
    ["answers it for all who label", { can: { label: true, answer: false, review: false } }, [21, 21, 60, 60], 0],
  ])("%s", (_name, part, [x1, y1, x2, y2], open) => {
    const state = editing(image({ suggestions: [offer] }), part);
    const { changes, select } = drag(state, press(x1, y1), x2, y2);
    expect(changes).toMatchObject([{ op: "create", id: "new-1", xyxy: [x1, y1, x2, y2] }]);
    expect(select).toEqual(chosen("new-1"));
    const doc = applied(state.doc, changes);
    expect([doc.boxes.length, waiting(doc).length]).toEqual([1, open]);
    const before = applied(doc, inverse(state.doc, changes));
    expect([before.boxes.length, waiting(before).length]).toEqual([0, 1]);
  });

  test("that is deleted leaves it open again, and one that was accepted does not come back", () => {
    const doc = docOf(image({ suggestions: [offer] }));
    const drawn = applied(doc, [{ op: "create", id: "d", class: 1, xyxy: [20, 20, 60, 60] }]);
    expect(waiting(applied(drawn, [{ op: "delete", id: "d" }])).map((one) => one.id)).toEqual([4]);
    const accepted = applied(doc, [{ op: "accept", suggestion: 4, id: "d" }]);
    expect(waiting(applied(accepted, [{ op: "delete", id: "d" }]))).toEqual([]);
  });

  test("answers the nearest, and each suggestion once", () => {
    const doc = docOf(image({ suggestions: [offer, suggestion(5, 0.9, [20, 20, 60, 58])] }));
    expect(twinOffer(doc, 1, [20, 20, 60, 60])?.id).toBe(4);
    const state = editing(image({ suggestions: [offer] }));
    const clip = [box("x", [20, 20, 60, 60]), box("y", [20, 20, 60, 61])];
    const pastedDoc = applied(state.doc, pasted(state, clip, ids()).changes);
    expect([pastedDoc.boxes.length, waiting(pastedDoc).length]).toEqual([2, 0]);
  });

  test("that is put beside its original answers nothing", () => {
    const state = editing(image({ boxes: [box("a", [100, 10, 150, 60])], suggestions: [offer] }), {
      selection: chosen("a"),
    });
    expect(duplicated(state, ids()).changes.map(({ op }) => op)).toEqual(["create"]);
  });
});

describe("a yes to a suggestion where an equal box is", () => {
  const twin = image({ boxes: [box("a", [20, 20, 60, 61])], suggestions: [offer, suggestion(5, 0.7)] });
  const on = editing(twin, { selection: { kind: "suggestion", id: 4 } });

  test("first says so, then counts", () => {
    const first = accepted(on, ids());
    expect(first).toMatchObject({ changes: [], select: { id: 4 }, hint: "twins" });
    const second = accepted({ ...on, warned: first.warned! }, ids());
    expect(second.changes).toEqual([{ op: "accept", suggestion: 4, id: "new-1" }]);
  });

  test("among several leaves it selected", () => {
    const state = { ...on, also: [{ kind: "suggestion", id: 5 }] as const };
    expect(accepted(state, ids())).toMatchObject({
      changes: [{ op: "accept", suggestion: 5 }],
      select: { id: 4 },
      also: [],
      hint: "twins",
    });
  });
});

describe("without a class", () => {
  const state = editing(image(), { currentClass: null });

  test("a box waits for one, and the next one beside it", () => {
    const first = drag(state, press(20, 20), 60, 60);
    expect(first).toEqual({ changes: [], classless: [[20, 20, 60, 60]] });
    const second = drag({ ...state, classless: first.classless! }, press(100, 20), 160, 60);
    expect(second.classless).toHaveLength(2);
  });

  test("four outermost points wait as well", () => {
    const points = [
      { x: 20, y: 40 },
      { x: 40, y: 20 },
      { x: 60, y: 40 },
    ];
    const extreme = { ...state, tool: "extreme" as const, extremes: points };
    expect(released(extreme, { kind: "extreme" }, press(40, 60), { x: 40, y: 60 }, false, ids())).toEqual({
      changes: [],
      classless: [[20, 20, 60, 60]],
      extremes: [],
    });
  });

  test("the class that comes is given to all that wait", () => {
    const outcome = named({ ...state, classless: [[20, 20, 60, 60], [100, 20, 160, 60]] }, 7, ids()); // prettier-ignore
    expect(outcome.changes).toEqual([
      { op: "create", id: "new-1", class: 7, xyxy: [20, 20, 60, 60] },
      { op: "create", id: "new-2", class: 7, xyxy: [100, 20, 160, 60] },
    ]);
    expect([outcome.classless, outcome.loose]).toEqual([[], true]);
  });
});
