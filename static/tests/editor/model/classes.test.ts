// Keys, names and colours of classes.
import { expect, test } from "vitest";
import { classKeys, keyOf } from "../../../src/editor/model/classKeys";
import { found, hasUnknown, newName } from "../../../src/editor/model/classes";
import { docOf } from "../../../src/editor/model/document";
import { box, image, suggestion } from "../../make";

const make = (id: number, name = "", hotkey = "") => ({ id, name, color: "", hotkey });
const animals = ["cat", "wild cat", "dog", "wildebeest calf", "meercat"].map((name, id) => make(id, name));

test("classes get their own keys, and free digits where the editor needs that key", () => {
  const classes = [make(1, "", "q"), make(2, "", "a"), make(3), make(4, "", "1")];
  expect([...classKeys(classes)]).toEqual([
    ["q", 1],
    ["1", 4],
    ["2", 2],
    ["3", 3],
  ]);
  expect([keyOf(classes, 3), keyOf(classes, 9)]).toEqual(["3", undefined]);
});

test.each([
  ["", [0, 1, 2, 3, 4]],
  ["CAT", [0, 1, 4]],
  ["wi ca", [1, 3]],
  ["ca", [0, 1, 3, 4]],
  ["x", []],
])("the palette finds %j", (typed, expected) => {
  expect(found(animals, typed).map((one) => one.id)).toEqual(expected);
});

test.each([
  ["", null],
  ["  ", null],
  [" Wild  CAT ", null],
  ["fox", "fox"],
  [" red   fox ", "red fox"],
])("of %j comes the new class %j", (typed, expected) => {
  expect(newName(animals, typed)).toBe(expected);
});

test("a class that was made elsewhere is noticed", () => {
  const doc = docOf(image({ boxes: [box("a", [0, 0, 9, 9], 1)], suggestions: [suggestion(1, 0.5, [0, 0, 9, 9], 2)] }));
  expect([hasUnknown(doc, animals), hasUnknown(doc, [make(1)])]).toEqual([false, true]);
});
