// Looks into a zip in the browser, so that its images are sent one by one: with progress for each, and going on after a
// break.
// What it cannot read (zip64, encrypted, other methods, names in old encodings, labels) is null: the server unpacks
// that zip.

const END = 0x06054b50;
const END64_PLACE = 0x07064b50;
const ENTRY = 0x02014b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
const STORED = 0;
const DEFLATED = 8;
const LITTER_FOLDERS = new Set(["__macosx", "@eadir", "$recycle.bin", ".git", ".svn", "__pycache__"]);
const LITTER_FILES = new Set([".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "icon"]);
const LABELS = /\.(txt|ya?ml|json|xml|csv)$/i;

export function isZip(name: string): boolean {
  return /\.zip$/i.test(name);
}

export interface ZipEntry {
  readonly path: string;
  readonly size: number;
  readonly read: () => Promise<Blob>;
}

export async function entriesOf(zip: Blob): Promise<ZipEntry[] | null> {
  if (typeof DecompressionStream === "undefined") return null;
  const list = await listOf(zip);
  return list && parse(zip, list);
}

/**
 * The paths of all that is in a zip, letters beyond ASCII as they come: enough to see of what kinds its files are. Null
 * where it cannot be read.
 */
export async function pathsOf(zip: Blob): Promise<string[] | null> {
  const list = await listOf(zip);
  if (list === null) return null;
  const paths: string[] = [];
  for (let at = 0; at + 46 <= list.byteLength && list.getUint32(at, true) === ENTRY;) {
    const length = list.getUint16(at + 28, true);
    const name = new Uint8Array(list.buffer as ArrayBuffer, list.byteOffset + at + 46, length);
    const path = new TextDecoder("latin1").decode(name).replaceAll("\\", "/");
    if (!path.endsWith("/") && !isLitter(path)) paths.push(path);
    at += 46 + length + list.getUint16(at + 30, true) + list.getUint16(at + 32, true);
  }
  return paths;
}

/** The list at the end of a zip, that of a large one (zip64) included. */
async function listOf(zip: Blob): Promise<DataView | null> {
  const tailStart = Math.max(0, zip.size - END_SIZE - LONGEST_COMMENT);
  const tail = new DataView(await zip.slice(tailStart).arrayBuffer());
  let at = tail.byteLength - END_SIZE;
  while (at >= 0 && tail.getUint32(at, true) !== END) at -= 1;
  if (at < 0) return null;
  let [size, start] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (start === 0xffffffff || size === 0xffffffff || tail.getUint16(at + 10, true) === 0xffff) {
    if (at < 20 || tail.getUint32(at - 20, true) !== END64_PLACE) return null;
    const place = Number(tail.getBigUint64(at - 12, true));
    const end = new DataView(await zip.slice(place, place + 56).arrayBuffer());
    if (end.byteLength < 56) return null;
    [size, start] = [Number(end.getBigUint64(40, true)), Number(end.getBigUint64(48, true))];
  }
  return start + size > zip.size ? null : new DataView(await zip.slice(start, start + size).arrayBuffer());
}

function parse(zip: Blob, list: DataView): ZipEntry[] | null {
  const entries: ZipEntry[] = [];
  for (let at = 0; at < list.byteLength;) {
    if (at + 46 > list.byteLength || list.getUint32(at, true) !== ENTRY) return null;
    const flags = list.getUint16(at + 8, true);
    const method = list.getUint16(at + 10, true);
    const [packed, size] = [list.getUint32(at + 20, true), list.getUint32(at + 24, true)];
    const nameLength = list.getUint16(at + 28, true);
    const offset = list.getUint32(at + 42, true);
    if (
      flags & 1 ||
      (method !== STORED && method !== DEFLATED) ||
      packed === 0xffffffff ||
      size === 0xffffffff ||
      offset === 0xffffffff
    )
      return null;
    if (at + 46 + nameLength > list.byteLength) return null;
    const path = nameOf(new Uint8Array(list.buffer as ArrayBuffer, list.byteOffset + at + 46, nameLength));
    if (path === null) return null;
    if (!path.endsWith("/") && !isLitter(path))
      entries.push({ path, size, read: () => unpack(zip, { offset, packed, size, method }) });
    at += 46 + nameLength + list.getUint16(at + 30, true) + list.getUint16(at + 32, true);
  }
  return entries;
}

/**
 * A name in UTF-8; null for what the server has rules for: names in other encodings, names that are none, and labels,
 * of
 * which it says one sentence.
 */
function nameOf(bytes: Uint8Array<ArrayBuffer>): string | null {
  try {
    const name = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const nameless = name.includes("\0") || /^[\s./\\]*$/.test(name);
    return nameless || LABELS.test(name) ? null : name;
  } catch {
    return null;
  }
}

/** What systems leave in folders without being asked; the server's list is projects/images/zip_entries.py. */
function isLitter(path: string): boolean {
  const parts = path.toLowerCase().split("/");
  const name = parts.pop() ?? "";
  return name.startsWith("._") || LITTER_FILES.has(name) || parts.some((part) => LITTER_FOLDERS.has(part));
}

interface Place {
  readonly offset: number;
  readonly packed: number;
  readonly size: number;
  readonly method: number;
}

async function unpack(zip: Blob, { offset, packed, size, method }: Place): Promise<Blob> {
  const head = new DataView(await zip.slice(offset, offset + 30).arrayBuffer());
  const start = offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const data = zip.slice(start, start + packed);
  if (method === STORED) return data;
  const reader = data.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > size) {
      await reader.cancel();
      throw new Error("longer than it says"); // a bomb, or damage
    }
    pieces.push(value);
  }
  return new Blob(pieces);
}
