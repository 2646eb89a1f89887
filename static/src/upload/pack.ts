// Files of a folder as one zip, stored as they are: the server reads labels and pictures together, by their paths.

const CRC = Uint32Array.from({ length: 256 }, (_unused, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});
const UTF8 = 0x800;
const LARGEST = 0xffffffff;

/** Rejects where there is more than a zip without extensions can hold. */
export async function packed(files: readonly File[]): Promise<Blob> {
  const parts: BlobPart[] = [];
  const list: Uint8Array<ArrayBuffer>[] = [];
  const names = files.map((file) => new TextEncoder().encode(file.webkitRelativePath || file.name));
  const size = names.reduce((sum, name) => sum + 46 + name.length, 0);
  const whole = files.reduce((sum, file, n) => sum + 30 + (names[n]?.length ?? 0) + file.size, size);
  if (whole > LARGEST || files.length >= 0xffff)
    throw new Error(gettext("This is too much for one import: send a zip."));
  let offset = 0;
  for (const [n, file] of files.entries()) {
    const name = names[n] ?? new Uint8Array();
    const sum = await crc32(file);
    const head = header(30, 0x04034b50, [20], name, sum, file.size);
    parts.push(head, name, file);
    list.push(header(46, 0x02014b50, [20, 20], name, sum, file.size, offset), name);
    offset += head.length + name.length + file.size;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, offset, true);
  return new Blob([...parts, ...list, end.buffer], { type: "application/zip" });
}

/** Of a member, before its bytes (30 long) or in the list at the end (46 long, with versions twice and its place). */
function header(
  length: number,
  signature: number,
  versions: readonly number[],
  name: Uint8Array,
  sum: number,
  size: number,
  place = 0,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, signature, true);
  versions.forEach((version, n) => view.setUint16(4 + 2 * n, version, true));
  const at = 4 + 2 * versions.length;
  view.setUint16(at, UTF8, true);
  view.setUint16(at + 6, 0x21, true); // 1980-01-01: times mean nothing here, and zero is no date
  view.setUint32(at + 8, sum, true);
  view.setUint32(at + 12, size, true);
  view.setUint32(at + 16, size, true);
  view.setUint16(at + 20, name.length, true);
  if (length === 46) view.setUint32(42, place, true);
  return new Uint8Array(view.buffer);
}

async function crc32(file: Blob): Promise<number> {
  let sum = LARGEST;
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (const byte of value) sum = (CRC[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  }
  return (sum ^ LARGEST) >>> 0;
}
