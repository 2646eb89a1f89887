import { expect, test } from "vitest";
import { bodyOf, commandOf, queryOf } from "../../src/export/query";

test.each<[[string, string][], string]>([
  [[["format", "coco"]], "format=coco"],
  [
    [
      ["format", "coco"],
      ["dataset", ""],
      ["images", "0"],
      ["unfinished", "0"],
    ],
    "format=coco&unfinished=0",
  ],
  [
    [
      ["class", "1"],
      ["class", "2"],
      ["predictions", "0"],
      ["min_probability", "0.5"],
    ],
    "class=1&class=2",
  ],
  [
    [
      ["predictions", "1"],
      ["min_probability", "0.5"],
      ["images", "1"],
    ],
    "predictions=1&min_probability=0.5&images=1",
  ],
])("%j asks for %s", (entries, query) => expect(queryOf(entries).toString()).toBe(query));

test("a body has the classes as a list", () => {
  const query = new URLSearchParams("format=coco&class=1&class=2&unfinished=0");
  expect(bodyOf(query)).toEqual({ format: "coco", class: [1, 2], unfinished: "0" });
  expect(bodyOf(new URLSearchParams("format=coco"))).toEqual({ format: "coco" });
});

test.each([
  ["format=coco", "json", "labels.json"],
  ["format=coco&images=1", "json", "labels.zip"],
  ["format=yolo", "zip", "labels.zip"],
])("a script saves %s (%s) as %s", (query, suffix, file) => {
  const line = commandOf("https://x.org", "/api/projects/1/export/", new URLSearchParams(query), suffix);
  expect(line).toBe(`curl -o ${file} -H "Authorization: Token KEY" "https://x.org/api/projects/1/export/?${query}"`);
});
