// Several at once: the rubber band, bulk changes, locks, extreme points; the looks, the layers of a picture.
import { describe, expect, test } from "vitest";
import {
  brought,
  classed,
  duplicated,
  everythingChosen,
  insideChosen,
  nudged,
  removed,
} from "../../../src/editor/model/commands";
import { counted, listed, namesakes, type Comment } from "../../../src/editor/sync/comments";
import { around, shift } from "../../../src/editor/model/geometry";
import { readDisplay, PLAIN } from "../../../src/editor/model/display";
import { layerFor, scalesOf, type Layer } from "../../../src/editor/sync/images";
import { chosen, items, mayChange, reachable, type EditorState, type Selection } from "../../../src/editor/model/state";
import { gripped, released, type Press } from "../../../src/editor/model/tools";
import { box, editing, ids, image, suggestion } from "../../make";

const at = (id: string): Selection => ({ kind: "box", id });
const three = image({
  boxes: [box("a", [10, 10, 30, 30]), box("b", [40, 10, 60, 30], 2), box("c", [150, 50, 190, 90])],
  suggestions: [suggestion(4)],
});
const press = (x: number, y: number, part: Partial<Press> = {}): Press => ({
  at: { x, y },
  slack: 1,
  handleSlack: 3,
  least: 2,
  force: false,
  ...part,
});
const gesture = (state: EditorState, from: Press, x = from.at.x, y = from.at.y) =>
  released(state, gripped(state, from), from, { x, y }, x !== from.at.x || y !== from.at.y, ids());
const ab = { selection: at("a"), also: [at("b")] };

test.each<[string, Partial<EditorState>, Press, number, number, (string | number)[]]>([
  ["with Ctrl takes what has its middle inside", {}, press(0, 0, { band: true }), 70, 40, ["a", "b"]],
  ["of its tool as well", { tool: "band" }, press(5, 5), 55, 40, ["a", "b"]],
  ["with Shift adds", { tool: "band", selection: at("c") }, press(0, 0, { force: true }), 35, 35, ["c", "a"]],
  ["leaves what is locked", { tool: "band", lockedClasses: new Set([2]) }, press(0, 0), 70, 40, ["a"]],
  ["takes suggestions", { tool: "band" }, press(55, 55), 95, 95, [4]],
  ["around nothing lets go", { tool: "band", selection: at("c") }, press(100, 5), 120, 20, []],
])("a rubber band %s", (_name, part, from, x, y, expected) => {
  const { changes, select, also = [] } = gesture(editing(three, part), from, x, y);
  expect(changes).toEqual([]);
  expect([select, ...also].flatMap((what) => what?.id ?? [])).toEqual(expected);
});

test.each<[string, Partial<EditorState>, (string | number)[]]>([
  ["adds the box", { selection: at("a") }, ["a", "b"]],
  ["takes it out again", ab, ["a"]],
  ["begins with it", {}, ["b"]],
])("Shift-click %s", (_name, part, expected) => {
  const { select, also = [] } = gesture(editing(three, part), press(50, 20, { force: true }));
  expect([select, ...also].flatMap((what) => what?.id ?? [])).toEqual(expected);
});

describe("several at once", () => {
  const state = editing(three, ab);
  test("move together, as far as the outermost may", () => {
    const { changes } = gesture(state, press(20, 20), 0, 20);
    expect(changes).toEqual([
      { op: "update", id: "a", xyxy: [0, 10, 20, 30] },
      { op: "update", id: "b", xyxy: [30, 10, 50, 30] },
    ]);
  });
  test("go by arrow keys", () => expect(nudged(state, 1, 0, ids()).changes).toHaveLength(2));
  test("get one class", () => expect(classed(state, 2, ids()).changes).toEqual([{ op: "update", id: "a", class: 2 }]));
  test("are deleted, except what is locked", () => {
    expect(removed(state).changes).toHaveLength(2);
    expect(removed({ ...state, lockedClasses: new Set([2]) }).changes).toEqual([{ op: "delete", id: "a" }]);
  });
  test("are doubled beside", () => {
    const { changes, select, also } = duplicated(state, ids());
    expect(changes).toEqual([
      { op: "create", id: "new-1", class: 1, xyxy: [13, 13, 33, 33] },
      { op: "create", id: "new-2", class: 2, xyxy: [43, 13, 63, 33] },
    ]);
    expect([select, also]).toEqual([at("new-1"), [at("new-2")]]);
  });
});

test("a suggestion among the relabelled is accepted, and stays selected as a box", () => {
  const state = editing(three, { selection: at("a"), also: [{ kind: "suggestion", id: 4 }] });
  const { changes, select, also } = classed(state, 2, ids());
  expect(changes.map((change) => change.op)).toEqual(["update", "accept"]);
  expect([select, also]).toEqual([at("a"), [at("new-1")]]);
});

test("all in sight, and what lies inside", () => {
  const nested = editing(
    image({ boxes: [box("out", [0, 0, 100, 100]), box("in", [10, 10, 30, 30]), box("half", [90, 90, 120, 100])] }),
    { selection: at("out") },
  );
  expect(everythingChosen(nested).also).toHaveLength(2);
  expect([insideChosen(nested).select, insideChosen(nested).also]).toEqual([at("in"), []]);
  expect(insideChosen(editing(three, { selection: at("a") })).select).toBeUndefined();
});

test("boxes of the previous image come once, and only of known classes", () => {
  const state = editing(three, { classes: [{ id: 1, name: "cat", color: "#000000", hotkey: "" }] });
  const before = [box("x", [10, 10, 30, 30]), box("y", [70, 20, 90, 40]), box("z", [0, 0, 9, 9], 3)];
  expect(brought(state, before, ids()).changes).toEqual([
    { op: "create", id: "new-1", class: 1, xyxy: [70, 20, 90, 40] },
  ]);
});

test.each<[string, Partial<EditorState>, number, number]>([
  ["nothing", {}, 4, 4],
  ["a hidden class", { hiddenClasses: new Set([2]) }, 3, 3],
  ["hidden suggestions", { hiddenKinds: new Set(["suggested"] as const) }, 3, 3],
  ["a locked class", { lockedClasses: new Set([2]) }, 4, 3],
  ["what was drawn locked", { lockedKinds: new Set(["drawn"] as const) }, 4, 1],
])("with %s so many are seen and reached", (_name, part, seen, reached) => {
  const state = editing(three, part);
  expect([items(state).length, reachable(state).length]).toEqual([seen, reached]);
  expect(items(state).filter((item) => mayChange(state, item))).toHaveLength(reached);
});

test("four outermost points make a box, in any order", () => {
  let state = editing(three, { tool: "extreme" });
  const clicks = [
    [100, 20],
    [130, 45],
    [110, 60],
    [80, 30],
  ] as const;
  const outcomes = clicks.map(([x, y]) => {
    const outcome = gesture(state, press(x, y));
    state = { ...state, extremes: outcome.extremes ?? [] };
    return outcome;
  });
  expect(outcomes.map((one) => one.changes.length)).toEqual([0, 0, 0, 1]);
  expect(outcomes.at(-1)?.changes[0]).toMatchObject({ op: "create", xyxy: [80, 20, 130, 60] });
  expect(state.extremes).toEqual([]);
  expect(chosen(state)).toEqual([]);
});

test("geometry of groups", () => {
  expect(
    shift(
      [
        [10, 10, 20, 20],
        [50, 0, 60, 9],
      ],
      -30,
      -30,
      { width: 100, height: 100 },
    ),
  ).toEqual({ x: -10, y: -0 });
  expect(
    around(
      [
        { x: -5, y: 3 },
        { x: 7, y: 200 },
      ],
      { width: 100, height: 100 },
    ),
  ).toEqual([0, 3, 7, 100]);
});

test.each<[string | null, object]>([
  [null, {}],
  ["broken", {}],
  ['{"opacity": 9, "cross": true, "contrast": "x"}', { opacity: 1, cross: true }],
  ['{"brightness": 0}', { brightness: 0.3 }],
])("kept looks %j are put right", (text, expected) => {
  expect(readDisplay(text)).toEqual({ ...PLAIN, ...expected });
});

test.each([
  [1600, 1200, [1]],
  [6000, 4000, [2048 / 6000, 1, 0.5]],
  [2100, 2100, [2048 / 2100, 1]],
  [12000, 8000, [2048 / 12000, 1, 0.5, 0.25]],
])("a picture of %d x %d is decoded at %j", (width, height, expected) => {
  expect(scalesOf({ width, height })).toEqual(expected);
});

test.each([
  [0.2, 0.34],
  [0.34, 0.34],
  [0.4, 0.5],
  [3, 1],
])("at zoom %d the layer of %d is drawn", (zoom, expected) => {
  const layers = [0.34, 1, 0.5].map((scale) => ({ scale }) as Layer);
  expect(layerFor(layers, zoom)?.scale).toBe(expected);
});

const said = (id: number, on: string | null, resolved = false): Comment => ({
  id,
  box: on,
  text: "",
  mentions: [],
  author: null,
  author_name: null,
  created_at: "",
  changed_at: null,
  resolved,
  resolved_by: null,
  resolved_by_name: null,
});
test("comments are counted by box and listed by what is selected", () => {
  const all = [said(1, "a", true), said(2, "a"), said(3, null), said(4, "b")];
  expect([...counted(all)]).toEqual([
    ["a", 1],
    ["b", 1],
  ]);
  expect(listed(all, "a").map((one) => one.id)).toEqual([2, 1]);
  expect(listed(all, null).map((one) => one.id)).toEqual([2, 3, 4]);
});

test.each<[string, [string, string][], string[]]>([
  [
    "two of one name",
    [
      ["a@x", "Ada"],
      ["b@x", "Ada"],
      ["c@x", "Eve"],
    ],
    ["a@x", "b@x"],
  ],
  [
    "one that looks the same",
    [
      ["a@x", "Ada"],
      ["b@x", " ＡDA "],
    ],
    ["a@x", "b@x"],
  ],
  [
    "one person twice",
    [
      ["a@x", "Ada"],
      ["a@x", "Ada"],
    ],
    [],
  ],
])("an address stands beside the name of %s", (_name, people, expected) => {
  const all = people.map(([author, author_name], id) => ({ ...said(id, null), author, author_name }));
  expect([...namesakes(all)]).toEqual(expected);
});
