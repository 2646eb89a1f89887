// Zips as tools write them, byte by byte.
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

export async function zipOf(...parts: Part[]): Promise<Blob> {
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
