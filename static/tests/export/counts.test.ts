import { expect, test } from "vitest";
import { countsView, type Counts } from "../../src/export/counts";

const counts = (part: Partial<Counts> = {}): Counts => ({
  images: 40,
  boxes: 120,
  predictions: 0,
  empty: 4,
  complete: 40,
  unfinished: 0,
  not_final: 0,
  bytes: 0,
  large: false,
  splits: { none: 40 },
  classes: [],
  ...part,
});
const valuesOf = (found: Counts, taken = false): string[] =>
  countsView(found, taken).figures.map(({ name, value, note }) => [value, name, note].filter(Boolean).join(" "));

test.each<[Partial<Counts>, boolean, string[]]>([
  [{}, false, ["40 images", "120 boxes", "4 images without boxes"]],
  [{ unfinished: 3 }, false, ["40 images 3 unfinished left out", "120 boxes", "4 images without boxes"]],
  [{ not_final: 2 }, false, ["40 images 2 not final left out", "120 boxes", "4 images without boxes"]],
  [
    { predictions: 7, bytes: 3 * 2 ** 20, splits: { train: 30, test: 10 } },
    true,
    ["40 images train 30 · test 10", "120 boxes", "4 images without boxes", "7 predictions", "3.0 MB pictures"],
  ],
])("%j (unfinished too: %s)", (part, taken, said) => expect(valuesOf(counts(part), taken)).toEqual(said));

test.each<[Partial<Counts>, boolean, RegExp, boolean]>([
  [{}, false, /^$/, false],
  [{ unfinished: 2 }, false, /^$/, false],
  [{ unfinished: 2 }, true, /^2 images are not finished: .*background/, false],
  [{ unfinished: 1 }, true, /^1 image is not finished/, false],
  [{ images: 0, unfinished: 5 }, false, /^Nothing goes in: none of the 5 images/, true],
  [{ images: 0, not_final: 3 }, false, /^Nothing goes in: none of the 3 images is final/, true],
  [{ images: 0 }, false, /^No image is chosen/, true],
])("%j (unfinished too: %s) warns %s", (part, taken, warning, nothing) => {
  const view = countsView(counts(part), taken);
  expect(view.warning).toMatch(warning);
  expect(view.nothing).toBe(nothing);
});

test("what is large is for the background", () => {
  expect(countsView(counts({ large: true }), false).note).toMatch(/in the background/);
  expect(countsView(counts(), false).note).toBe("");
});
