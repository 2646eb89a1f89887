import { describe, expect, it, vi } from "vitest";
import { packed } from "../../src/upload/pack";
import { entriesOf, pathsOf } from "../../src/upload/zip";

/** A file of a chosen folder, by its path. */
function file(path: string, content: BlobPart): File {
  const made = new File([content], path.split("/").at(-1) ?? "");
  Object.defineProperty(made, "webkitRelativePath", { value: path.includes("/") ? path : "" });
  return made;
}

describe("files packed in the browser", () => {
  it("are a zip that is read back as the same bytes, by their paths", async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_unused, n) => (n * 31) % 256);
    const zip = await packed([file("set/images/그림.jpg", bytes), file("set/data.bin", ""), file("a.jpg", "loose")]);
    const entries = (await entriesOf(zip))!;
    expect(entries.map(({ path, size }) => [path, size])).toEqual([
      ["set/images/그림.jpg", 70_000],
      ["set/data.bin", 0],
      ["a.jpg", 5],
    ]);
    expect(new Uint8Array(await (await entries[0]!.read()).arrayBuffer())).toEqual(bytes);
    expect(await (await entries[2]!.read()).text()).toBe("loose");
  });

  it("say the sum of their bytes, which the server checks", async () => {
    const view = new DataView(await (await packed([file("a.txt", "123456789")])).arrayBuffer());
    expect(view.getUint32(14, true).toString(16)).toBe("cbf43926"); // the check value of CRC-32
  });

  it("may be none", async () => {
    expect(await pathsOf(await packed([]))).toEqual([]);
  });

  it.each([
    ["files", Array.from({ length: 0xffff }, () => file("a.txt", ""))],
    ["bytes", [Object.defineProperty(file("a.tif", ""), "size", { value: 0xffffffff })]],
  ])(
    "are refused before they are read where a zip without extensions has no room for so many %s",
    async (_of, files) => {
      const read = vi.spyOn(File.prototype, "stream");
      await expect(packed(files)).rejects.toThrow("This is too much for one import: send a zip.");
      expect(read).not.toHaveBeenCalled();
    },
  );
});
