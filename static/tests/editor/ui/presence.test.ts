import { expect, it } from "vitest";
import { others } from "../../../src/editor/ui/presence";
import { initials } from "../../../src/lib/people";

it.each([
  ["Olga Brandt", "OB"],
  ["olga.b@example.org", "OB"],
  ["  min  ", "M"],
  ["김민지", "김"],
  ["", "?"],
  ["@", "?"],
])("the badge of %j is %j", (name, badge) => {
  expect(initials(name)).toBe(badge);
});

it("leaves out who looks", () => {
  const olga = { id: 1, name: "Olga" };
  const min = { id: 2, name: "Min" };
  expect(others([olga, min], 1)).toEqual([min]);
});
