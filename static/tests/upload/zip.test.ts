import { describe, expect, it } from "vitest";
import { entriesOf } from "../../src/upload/zip";
import { zipOf } from "./zips";

describe("a zip in the browser", () => {
  it("gives its files, stored and deflated, without litter and folders", async () => {
    const zip = await zipOf(
      { name: "train/", text: "" },
      { name: "train/a.jpg", text: "first" },
      { name: "그림.jpg", text: "second ".repeat(200), deflate: true },
      { name: "__MACOSX/a.jpg", text: "x" },
      { name: "train/.DS_Store", text: "x" },
      { name: "train/Desktop.ini", text: "x" },
      { name: "@eaDir/a.jpg", text: "x" },
    );
    const entries = (await entriesOf(zip))!;
    expect(entries.map(({ path, size }) => [path, size])).toEqual([
      ["train/a.jpg", 5],
      ["그림.jpg", 1400],
    ]);
    expect(await (await entries[0]!.read()).text()).toBe("first");
    expect(await (await entries[1]!.read()).text()).toBe("second ".repeat(200));
  });

  it.each([
    ["encrypted", { name: "a.jpg", text: "x", flags: 1 }],
    ["zip64", { name: "a.jpg", text: "x", size: 0xffffffff }],
    ["without a name", { name: ".", text: "x" }],
    ["named by a NUL", { name: "\0a.jpg", text: "x" }],
    ["a label", { name: "labels/a.txt", text: "0 .5 .5 .1 .1" }],
  ])("leaves what is %s to the server", async (_name, part) => {
    expect(await entriesOf(await zipOf(part))).toBeNull();
  });

  it("is none", async () => {
    expect(await entriesOf(new Blob(["I am no zip"]))).toBeNull();
    const whole = await zipOf({ name: "a.jpg", text: "hello" });
    expect(await entriesOf(whole.slice(0, 40))).toBeNull();
  });

  it("stops at a file that is longer than it says", async () => {
    const [entry] = (await entriesOf(
      await zipOf({ name: "bomb.jpg", text: "0".repeat(100_000), size: 10, deflate: true }),
    ))!;
    await expect(entry!.read()).rejects.toThrow();
  });
});
