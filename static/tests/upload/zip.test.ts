import { describe, expect, it } from "vitest";
import { entriesOf } from "../../src/upload/zip";

const bytes = (text: string): number[] => [...new TextEncoder().encode(text)];
const u16 = (n: number): number[] => [n & 255, n >> 8];
const u32 = (n: number): number[] => [...u16(n & 0xffff), ...u16(n >>> 16)];

interface Part {
  readonly name: string;
  readonly text: string;
  readonly flags?: number;
  readonly size?: number;
  readonly deflate?: boolean;
}

async function deflated(text: string): Promise<number[]> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return [...new Uint8Array(await new Response(stream).arrayBuffer())];
}

async function zipOf(...parts: Part[]): Promise<Blob> {
  const body: number[] = [];
  const list: number[] = [];
  for (const { name, text, flags = 0, size, deflate = false } of parts) {
    const data = deflate ? await deflated(text) : bytes(text);
    const sizes = [...u32(data.length), ...u32(size ?? bytes(text).length)];
    const common = [
      ...u16(20),
      ...u16(flags),
      ...u16(deflate ? 8 : 0),
      ...u32(0),
      ...u32(0),
      ...sizes,
      ...u16(bytes(name).length),
    ];
    list.push(
      ...u32(0x02014b50),
      ...u16(20),
      ...common,
      ...u16(0),
      ...u16(0),
      ...u16(0),
      ...u16(0),
      ...u32(0),
      ...u32(body.length),
      ...bytes(name),
    );
    body.push(...u32(0x04034b50), ...common, ...u16(0), ...bytes(name), ...data);
  }
  const end = [
    ...u32(0x06054b50),
    ...u16(0),
    ...u16(0),
    ...u16(parts.length),
    ...u16(parts.length),
    ...u32(list.length),
    ...u32(body.length),
    ...u16(2),
    ...bytes("hi"),
  ];
  return new Blob([new Uint8Array([...body, ...list, ...end])]);
}

describe("a zip in the browser", () => {
  it("gives its files, stored and deflated, without litter and folders", async () => {
    const zip = await zipOf(
      { name: "train/", text: "" },
      { name: "train/a.jpg", text: "first" },
      { name: "그림.jpg", text: "second ".repeat(200), deflate: true },
      { name: "__MACOSX/a.jpg", text: "x" },
      { name: "train/.DS_Store", text: "x" },
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
