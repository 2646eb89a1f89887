import { expect, test } from "vitest";
import { at } from "../../src/lib/address";

test.each([
  ["/images/7/", "/", "/images/7/"],
  ["/images/7/", "/labelhub/", "/labelhub/images/7/"],
  ["/labelhub/images/7/", "/labelhub/", "/labelhub/images/7/"],
  ["https://else.example.org/x", "/labelhub/", "https://else.example.org/x"],
])("%s on a site at %s is %s", (path, root, expected) => {
  expect(at(path, root)).toBe(expected);
});
