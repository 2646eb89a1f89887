import { expect, test } from "vitest";
import { namesOf } from "../../src/parts/names";

test.each<[string, string, readonly string[]]>([
  ["commas", "fox, owl,red  panda", ["fox", "owl", "red panda"]],
  ["a pasted column", "fox\nowl\r\nhare\n", ["fox", "owl", "hare"]],
  ["a pasted row", "fox\towl;hare", ["fox", "owl", "hare"]],
  ["each once", "fox,fox, ,", ["fox"]],
  ["nothing", " ", []],
])("%s", (_name, text, names) => expect(namesOf(text)).toEqual(names));

test("forty names stay forty, and whole", () => {
  const names = Array.from({ length: 40 }, (_, n) => `a class with a longer name ${n}`);
  expect(namesOf(names.join("\n"))).toEqual(names);
});
