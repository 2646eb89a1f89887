// What a person gives, as files to send: in their order, a zip's images one by one, without what nobody meant.
import { entriesOf, isZip } from "./zip";

export interface Source {
  /** As it is shown: with its folders, where it has some. */
  readonly path: string;
  readonly name: string;
  readonly size: number;
  /** The bytes, read when their turn comes: a zip's images are not held in memory. */
  readonly read: () => Promise<File>;
}

const BY_NAME = new Intl.Collator(undefined, { numeric: true });

/** Frames of a film stay in order. */
export async function sourcesOf(files: readonly File[]): Promise<Source[]> {
  const wanted = files.filter((file) => !file.name.startsWith(".") && file.name !== "Thumbs.db");
  wanted.sort((a, b) => BY_NAME.compare(a.webkitRelativePath || a.name, b.webkitRelativePath || b.name));
  const sources: Source[] = [];
  for (const file of wanted) {
    const inside = isZip(file.name) ? await unpacked(file) : [];
    const { name, size } = file;
    sources.push(...(inside.length > 0 ? inside : [{ path: name, name, size, read: () => Promise.resolve(file) }]));
  }
  return sources;
}

/** The images of a zip; none where only the server can read it. */
async function unpacked(zip: File): Promise<Source[]> {
  const entries = (await entriesOf(zip).catch(() => null)) ?? [];
  return entries.map(({ path, size, read }) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    return { path, name, size, read: async () => new File([await read()], name) };
  });
}

/** Browsers call every picture of the clipboard image.png: its time tells them apart. */
export function pasted(file: File, now: Date): File {
  const ending = /^image\.(\w+)$/.exec(file.name)?.[1];
  if (ending === undefined) return file;
  const time = now.toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  return new File([file], `${gettext("pasted")} ${time}.${ending}`, { type: file.type });
}
