import { describe, expect, it } from "vitest";
import { called, completed, fitting, pieces, typed } from "../../src/parts/mentions";

const ADA = { name: "Ada Lovelace", email: "ada@example.org" };
const TWIN = { name: "ada lovelace", email: "other@example.org" };
const KIM = { name: "김철수", email: "kim@example.org" };
const NAMELESS = { name: "", email: "bo@example.org" };

describe("what is typed", () => {
  it.each([
    ["@a", 2, { start: 0, word: "a" }],
    ["Hm, @Ada Lo", 11, { start: 4, word: "Ada Lo" }],
    ["@", 1, { start: 0, word: "" }],
    ["ada@example", 11, null],
    ["@ a", 3, null],
    ["@a\nb", 4, null],
    ["no name", 7, null],
  ])("%j at %i", (text, caret, found) => {
    expect(typed(text, caret)).toEqual(found);
  });
});

it.each([
  ["love", [ADA]],
  ["KIM", [KIM]],
  ["", [ADA, KIM, NAMELESS]],
  ["x", []],
])("who fits %j", (word, found) => {
  expect(fitting([ADA, KIM, NAMELESS], word)).toEqual(found);
});

it.each([
  [ADA, [ADA, KIM], "Ada Lovelace"],
  [ADA, [ADA, TWIN], "ada@example.org"],
  [NAMELESS, [NAMELESS, ADA], "bo@example.org"],
])("how %j is called", (person, people, name) => {
  expect(called(person, people)).toBe(name);
});

it("puts the name in place of what was typed", () => {
  const text = "Hm @ad look";
  expect(completed(text, { start: 3, word: "ad" }, "Ada Lovelace")).toEqual({
    text: "Hm @Ada Lovelace look",
    caret: 17,
  });
});

it.each([
  ["Why, @Ada Lovelace?", ["@Ada Lovelace"]],
  ["@ada lovelace and @ADA@example.org", ["@ada lovelace", "@ADA@example.org"]],
  ["@김철수가 보세요", ["@김철수"]],
  ["@Ada Lovelaces", []],
  ["x@Ada Lovelace", []],
])("shows whom %j calls", (text, found) => {
  const parts = pieces(text, [ADA, KIM]);
  expect(parts.map((part) => part.text).join("")).toBe(text);
  expect(parts.filter((part) => part.called).map((part) => part.text)).toEqual(found);
});
