import { expect, test } from "vitest";
import { pasted, sourcesOf } from "../../src/upload/sources";
import { zipOf } from "./zips";

const file = (name: string, folder = ""): File => {
  const made = new File(["x"], name);
  Object.defineProperty(made, "webkitRelativePath", { value: folder ? `${folder}/${name}` : "" });
  return made;
};
const paths = async (...files: File[]) => (await sourcesOf(files)).map(({ path }) => path);

test("frames of a film stay in order", async () => {
  expect(await paths(file("f10.jpg"), file("f2.jpg"), file("f1.jpg"))).toEqual(["f1.jpg", "f2.jpg", "f10.jpg"]);
  expect(await paths(file("a.jpg", "two"), file("z.jpg", "one"))).toEqual(["z.jpg", "a.jpg"]);
});

test("what nobody meant is left out", async () => {
  expect(await paths(file(".DS_Store"), file("Thumbs.db"), file("a.jpg"))).toEqual(["a.jpg"]);
});

test("a zip's images come one by one, each read when its turn comes", async () => {
  const zip = new File([await zipOf({ name: "train/b.jpg", text: "hello" }, { name: "a.jpg", text: "hi" })], "all.ZIP");
  const sources = await sourcesOf([zip]);
  expect(sources.map(({ path, name, size }) => [path, name, size])).toEqual([
    ["train/b.jpg", "b.jpg", 5],
    ["a.jpg", "a.jpg", 2],
  ]);
  const read = await sources[0]!.read();
  expect([read.name, await read.text()]).toEqual(["b.jpg", "hello"]);
});

test("a zip that only the server can read goes as it is", async () => {
  expect(await paths(new File(["no zip at all"], "a.zip"))).toEqual(["a.zip"]);
});

test.each([
  ["image.png", "pasted 2026-01-02 03.04.05.png"],
  ["image.jpeg", "pasted 2026-01-02 03.04.05.jpeg"],
  ["holiday.png", "holiday.png"],
])("a pasted %s is called %s", (name, expected) => {
  expect(pasted(new File([], name), new Date("2026-01-02T03:04:05Z")).name).toBe(expected);
});
