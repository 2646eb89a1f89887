// Labels on their way to the preview of an import: one file or several, a folder as a zip, sent with progress.
import { at } from "../lib/address";
import { once, sentence } from "./send";
import { packed } from "./pack";
import { isZip, pathsOf } from "./zip";

const LABELS = /\.(txt|ya?ml|json|xml|csv)$/i;
const NOT_LABELS = /(^|\/)(readme|licen[cs]e|copying|notes?)[^/]*$/i;

/** Whether a path may be a file of labels. */
export function mayHoldLabels(path: string): boolean {
  return LABELS.test(path) && !NOT_LABELS.test(path);
}

/** Whether what a person gives holds labels: one zip with some in it, or files among which some are. */
export async function bringLabels(files: readonly File[]): Promise<boolean> {
  const [only] = files;
  if (files.length === 1 && only && isZip(only.name))
    return ((await pathsOf(only).catch(() => null)) ?? []).some(mayHoldLabels);
  return files.some((file) => mayHoldLabels(file.webkitRelativePath || file.name));
}

/** Sends files as one import, and resolves to the address of its page. Rejects with a sentence. */
export async function sendLabels(
  project: number,
  dataset: string,
  files: readonly File[],
  onSent: (share: number) => void,
): Promise<string> {
  const [only] = files;
  const file = files.length === 1 && only ? only : new File([await packed(files)], `${folderOf(files)}.zip`);
  const url = `/api/projects/${project}/label-imports/`;
  const { status, body } = await once(url, [file], onSent, new AbortController().signal, dataset ? { dataset } : {});
  if (status !== 202) throw new Error(sentence(status, body));
  return at(`/projects/${project}/import/${(body as { id: number }).id}/`);
}

function folderOf(files: readonly File[]): string {
  const path = files[0]?.webkitRelativePath ?? "";
  return path.split("/")[0] || "labels";
}
