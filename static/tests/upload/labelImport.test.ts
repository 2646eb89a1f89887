import { beforeEach, describe, expect, it, vi } from "vitest";
import { bringLabels, mayHoldLabels, sendLabels } from "../../src/upload/labelImport";
import * as sending from "../../src/upload/send";
import { pathsOf } from "../../src/upload/zip";
import { zipOf } from "./zips";

function file(path: string, content: BlobPart = "x"): File {
  const made = new File([content], path.split("/").at(-1) ?? "");
  Object.defineProperty(made, "webkitRelativePath", { value: path.includes("/") ? path : "" });
  return made;
}

describe("what a person gives", () => {
  it.each([
    ["labels/a.txt", true],
    ["data.YAML", true],
    ["Annotations/a.xml", true],
    ["a.jpg", false],
    ["README.txt", false],
    ["set/license.txt", false],
    ["notes.csv", false],
  ])("%s may hold labels: %s", (path, may) => {
    expect(mayHoldLabels(path)).toBe(may);
  });

  it("holds labels where a zip or one of the files does", async () => {
    const zip = async (...names: string[]): Promise<File> =>
      new File([await zipOf(...names.map((name) => ({ name, text: "x" })))], "set.zip");
    expect(await bringLabels([await zip("a.jpg", "labels/a.txt")])).toBe(true);
    expect(await bringLabels([await zip("a.jpg", "README.txt")])).toBe(false);
    expect(await bringLabels([new File(["no zip"], "set.zip")])).toBe(false);
    expect(await bringLabels([file("set/a.jpg"), file("set/a.xml")])).toBe(true);
    expect(await bringLabels([file("set/a.jpg")])).toBe(false);
  });
});

describe("files on their way", () => {
  const sent: { url: string; files: readonly File[]; fields: Record<string, string> }[] = [];
  let reply: sending.Reply;
  beforeEach(() => {
    sent.length = 0;
    reply = { status: 202, body: { id: 7 }, retryAfter: null };
    vi.spyOn(sending, "once").mockImplementation((url, files, _onSent, _signal, fields = {}) => {
      sent.push({ url, files, fields });
      return Promise.resolve(reply);
    });
  });
  const send = (files: File[], dataset = ""): Promise<string> => sendLabels(3, dataset, files, () => undefined);

  it("are sent as they are where there is one, and its page is next", async () => {
    const one = file("x.json");
    expect(await send([one], "5")).toBe("/projects/3/import/7/");
    expect(sent).toEqual([{ url: "/api/projects/3/label-imports/", files: [one], fields: { dataset: "5" } }]);
  });

  it("are one zip, called as their folder, where there are several", async () => {
    await send([file("set/a.jpg"), file("set/labels/a.txt")]);
    await send([file("a.xml"), file("b.xml")]);
    expect(sent.map(({ files }) => files.map((each) => each.name))).toEqual([["set.zip"], ["labels.zip"]]);
    expect(await pathsOf(sent[0]!.files[0]!)).toEqual(["set/a.jpg", "set/labels/a.txt"]);
  });

  it("that are refused are so with the server's sentence", async () => {
    reply = { status: 400, body: { detail: "More than 500 MB." }, retryAfter: null };
    await expect(send([file("x.json")])).rejects.toThrow("More than 500 MB.");
  });
});
