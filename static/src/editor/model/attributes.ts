// What classes ask of their boxes: what a new box says, what stays when its class changes, and what is lacking.
import type { Attribute, Change, LabelClass, Value, Values } from "../../lib/types";
import { byId } from "./classes";
import { boxOf, isRegion, suggestionOf, type Doc } from "./document";
import { chosen, mayChange, type EditorState } from "./state";
import type { Outcome } from "./tools";

const NOTHING: readonly Attribute[] = [];

export const askedOf = (classes: readonly LabelClass[], label: number): readonly Attribute[] =>
  byId(classes).get(label)?.attributes ?? NOTHING;

/** Whether the attribute has such a value. */
export function fits(one: Attribute, value: Value | undefined): value is Value {
  switch (one.kind) {
    case "choice":
      return typeof value === "string" && one.choices.includes(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "text":
      return typeof value === "string" && value.trim() !== "";
    case "yes_no":
      return typeof value === "boolean";
  }
}

/** As the server has it: what is held and asked for, else the defaults. */
export function fitted(asked: readonly Attribute[], held: Values = {}): Values {
  const found: Record<string, Value> = {};
  for (const one of asked) {
    const value = held[one.name];
    if (fits(one, value)) found[one.name] = value;
    else if (one.default !== null) found[one.name] = one.default;
  }
  return found;
}

/** What is required of a box of the class and not said. */
export const lacking = (asked: readonly Attribute[], held: Values = {}): readonly string[] =>
  asked.filter((one) => one.required && !fits(one, held[one.name])).map((one) => one.name);

/** The first box of a class that lacks what the class requires. */
export function lackingBox(
  doc: Doc,
  classes: readonly LabelClass[],
  label: number,
): { readonly id: string; readonly names: readonly string[] } | undefined {
  const asked = askedOf(classes, label);
  for (const box of doc.boxes) {
    if (box.class !== label || isRegion(box)) continue;
    const names = lacking(asked, box.attributes);
    if (names.length > 0) return { id: box.id, names };
  }
  return undefined;
}

/**
 * Changes with the attributes that the server would give: a new box the defaults of its class, a box of another class
 * what that asks for as well.
 */
export function completed(
  { doc, classes }: Pick<EditorState, "doc" | "classes">,
  changes: readonly Change[],
): readonly Change[] {
  return changes.map((change) => {
    switch (change.op) {
      case "create":
        return change.attributes ? change : given(change, askedOf(classes, change.class), undefined);
      case "accept": {
        const label = change.class ?? suggestionOf(doc, change.suggestion)?.class;
        return label === undefined ? change : given(change, askedOf(classes, label), undefined);
      }
      case "update": {
        if (change.class === undefined || change.attributes) return change;
        return given(change, askedOf(classes, change.class), boxOf(doc, change.id)?.attributes);
      }
      default:
        return change;
    }
  });
}

function given<C extends Change>(change: C, asked: readonly Attribute[], held: Values | undefined): C {
  return asked.length === 0 && Object.keys(held ?? {}).length === 0
    ? change
    : { ...change, attributes: fitted(asked, held) };
}

/** The selected boxes whose class asks for something; all of one class, else none. */
export function asking(state: EditorState): { readonly asked: readonly Attribute[]; readonly held: readonly Values[] } {
  const boxes = chosen(state).filter((item) => item.what.kind === "box" && mayChange(state, item));
  const [first] = boxes;
  if (!first || boxes.some((item) => item.class !== first.class)) return { asked: NOTHING, held: [] };
  return { asked: askedOf(state.classes, first.class), held: boxes.map((item) => item.attributes ?? {}) };
}

/** Gives the selected boxes a value of an attribute, or takes it from them. */
export function attributed(state: EditorState, name: string, value: Value | null): Outcome {
  const changes = chosen(state).flatMap((item): Change[] => {
    const { what, attributes = {} } = item;
    if (what.kind !== "box" || !mayChange(state, item)) return [];
    if (!askedOf(state.classes, item.class).some((one) => one.name === name)) return [];
    if ((attributes[name] ?? null) === value) return [];
    const others = Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== name));
    return [{ op: "update", id: what.id, attributes: value === null ? others : { ...others, [name]: value } }];
  });
  return { changes };
}
