import { describe, expect, it } from "vitest";
import type { Attribute, Box, Change, LabelClass, Values } from "../../../src/lib/types";
import { asking, attributed, completed, fitted, lacking } from "../../../src/editor/model/attributes";
import * as commands from "../../../src/editor/model/commands";
import { applicable, applied, docOf, inverse } from "../../../src/editor/model/document";
import { rebase } from "../../../src/editor/sync/rebase";
import { box, editing, ids, image, suggestion } from "../../make";

const attribute = (name: string, part: Partial<Attribute> = {}): Attribute => ({
  name,
  kind: "text",
  choices: [],
  default: null,
  required: false,
  ...part,
});
const COLOUR = attribute("colour", { kind: "choice", choices: ["red", "blue"], required: true });
const DOORS = attribute("doors", { kind: "number", default: 4 });
const TAXI = attribute("taxi", { kind: "yes_no" });
const label = (id: number, attributes: readonly Attribute[]): LabelClass => ({
  id,
  name: `c${id}`,
  color: "",
  hotkey: "",
  attributes,
});
const CLASSES = [label(1, [COLOUR, DOORS, TAXI]), label(2, [COLOUR]), label(3, [])];
const saying = (id: string, attributes: Values, more: Partial<Box> = {}): Box => ({ ...box(id), attributes, ...more });
const chosen = (boxes: readonly Box[]) => {
  const [selection, ...also] = boxes.map(({ id }) => ({ kind: "box", id }) as const);
  return editing(image({ boxes, suggestions: [suggestion(5)] }), {
    classes: CLASSES,
    selection: selection ?? null,
    also,
  });
};

describe("attributes of boxes", () => {
  it.each<[Values, Values]>([
    [{}, { doors: 4 }],
    [
      { colour: "red", doors: 2, taxi: false },
      { colour: "red", doors: 2, taxi: false },
    ],
    [{ colour: "green", doors: "2", taxi: "yes", gone: 1 }, { doors: 4 }],
  ])("%o fits its class as %o", (held, wanted) => {
    expect(fitted([COLOUR, DOORS, TAXI], held)).toEqual(wanted);
  });

  it("come to new boxes by default, and stay where another class asks for them too", () => {
    const state = chosen([saying("a", { colour: "red", doors: 2 })]);
    const changes: Change[] = [
      { op: "create", id: "n", class: 1, xyxy: [1, 1, 9, 9] },
      { op: "accept", suggestion: 5, id: "s" },
      { op: "update", id: "a", class: 2 },
      { op: "create", id: "m", class: 3, xyxy: [1, 1, 9, 9] },
    ];
    expect(completed(state, changes).map((one) => ("attributes" in one ? one.attributes : null))).toEqual([
      { doors: 4 },
      { doors: 4 },
      { colour: "red" },
      null,
    ]);
  });

  it("are given to all that is selected, and undone as one", () => {
    const state = chosen([saying("a", { doors: 4 }), saying("b", { colour: "red" })]);
    expect(asking(state).asked).toBe(CLASSES[0]?.attributes);
    const { changes } = attributed(state, "colour", "red");
    expect(changes).toEqual([{ op: "update", id: "a", attributes: { doors: 4, colour: "red" } }]);
    const after = applied(state.doc, changes);
    expect(applied(after, inverse(state.doc, changes)).boxes).toEqual(state.doc.boxes);
    expect(applicable(after, changes)).toEqual([]);
    expect(attributed(state, "colour", null).changes).toEqual([{ op: "update", id: "b", attributes: {} }]);
    expect(attributed(state, "size", 1).changes).toEqual([]);
    expect(asking(chosen([saying("a", {}), saying("c", {}, { class: 2 })])).asked).toEqual([]);
  });

  it("give way where two changed one box", () => {
    const base = image({ boxes: [saying("a", {})] });
    const theirs = image({ boxes: [saying("a", { colour: "blue" })] });
    const ours: Change = { op: "update", id: "a", attributes: { colour: "red" } };
    const found = rebase(base, [], [ours], theirs, () => "new");
    expect(found.changes).toMatchObject([{ op: "create", id: "new", attributes: { colour: "red" } }]);
    expect(rebase(base, [], [ours], image({ boxes: [saying("a", { colour: "red" })] }), () => "new").changes).toEqual(
      [],
    );
  });

  it("are required before a class is complete, of regions not", () => {
    expect(lacking([COLOUR, DOORS], { doors: 1 })).toEqual(["colour"]);
    const state = chosen([saying("a", { colour: "red" }), saying("b", {}), saying("r", {}, { flags: ["ignore"] })]);
    expect(commands.completed(state, 1, true)).toMatchObject({
      changes: [],
      select: { kind: "box", id: "b" },
      hint: "lacking",
    });
    const said = { ...state, doc: docOf(image({ boxes: [saying("r", {}, { flags: ["ignore"] })] })) };
    expect(commands.completed(said, 1, true).changes).toHaveLength(1);
  });

  it("go along with flags where boxes are copied, also what is not said", () => {
    const one = saying("a", { colour: "red" }, { flags: ["occluded"] });
    const clip = commands.copied(chosen([one, saying("b", {})]));
    const { changes } = commands.pasted(chosen([]), clip, ids());
    expect(changes).toMatchObject([{ attributes: { colour: "red" }, flags: ["occluded"] }, { attributes: {} }]);
    expect(completed(chosen([]), changes)).toEqual(changes);
  });
});
