import { expect, test } from "vitest";
import { answered, goesOn, questionOf, type Answer, type Round } from "../../src/run/questions";
import type { ListedSuggestion } from "../../src/lib/types";
import { suggestion } from "../make";

const asked = [7, 8, 9].map(
  (id) => ({ ...suggestion(id), image: {}, crop: [0, 0, 9, 9] }) as unknown as ListedSuggestion,
);
const said = (...answers: Answer[]): Round => answers.reduce(answered, { asked, answers: [] });

test("each answer leads to the next question", () => {
  expect(questionOf(said())?.id).toBe(7);
  expect(questionOf(said("no", "skip"))?.id).toBe(9);
  expect(questionOf(said("no", "skip", "yes"))).toBeNull();
});

test.each<[Answer[], boolean]>([
  [["yes", "no"], false],
  [["yes", "no", "skip"], true],
  [["skip", "skip", "no"], true],
  [["skip", "skip", "skip"], false],
])("after %j the run goes on: %s", (answers, goes) => expect(goesOn(said(...answers))).toBe(goes));
