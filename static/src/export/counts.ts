// What an export would hold, in words and figures.
import { fileSize } from "../lib/format";

export interface Counts {
  readonly images: number;
  readonly boxes: number;
  readonly predictions: number;
  readonly empty: number;
  readonly complete: number;
  readonly unfinished: number;
  /** Left out because only final ones are chosen. */
  readonly not_final: number;
  readonly bytes: number;
  readonly large: boolean;
  readonly splits: Readonly<Record<string, number>>;
  readonly classes: readonly { readonly id: number; readonly name: string; readonly boxes: number }[];
}

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

export interface CountsView {
  readonly figures: readonly Figure[];
  readonly warning: string;
  readonly note: string;
  /** Nothing would go in, so that there is nothing to download. */
  readonly nothing: boolean;
}

const SPLITS = ["train", "val", "test", "none"];

function splitName(key: string): string {
  if (key === "train") return gettext("train");
  if (key === "val") return gettext("validation");
  return key === "test" ? gettext("test") : gettext("no split");
}

function splitsIn(splits: Counts["splits"]): string {
  const used = SPLITS.filter((key) => splits[key]);
  if (used.length === 0 || (used.length === 1 && used[0] === "none")) return "";
  return used.map((key) => `${splitName(key)} ${(splits[key] ?? 0).toLocaleString()}`).join(" · ");
}

function notFinalIn({ images, not_final }: Counts): string {
  if (images > 0 || not_final === 0) return "";
  return interpolate(
    ngettext(
      "Nothing goes in: the %s image is not final in its job yet. A reviewer accepts it, or choose another state.",
      "Nothing goes in: none of the %s images is final in its job yet. A reviewer accepts them, or choose another state.",
      not_final,
    ),
    [not_final.toLocaleString()],
  );
}

function imagesNote(counts: Counts, taken: boolean): string {
  const left = taken ? 0 : counts.unfinished;
  const notes = [
    counts.not_final > 0 &&
      interpolate(ngettext("%s not final left out", "%s not final left out", counts.not_final), [
        counts.not_final.toLocaleString(),
      ]),
    left > 0 &&
      interpolate(ngettext("%s unfinished left out", "%s unfinished left out", left), [left.toLocaleString()]),
  ].filter((one) => one !== false);
  return counts.images > 0 && notes.length > 0 ? notes.join(" · ") : splitsIn(counts.splits);
}

function unfinishedIn({ images, unfinished }: Counts, taken: boolean): string {
  if (unfinished === 0) return "";
  const n = [unfinished.toLocaleString()];
  if (taken)
    return interpolate(
      ngettext(
        "%s image is not finished: its objects without a box would be taught as background.",
        "%s images are not finished: their objects without a box would be taught as background.",
        unfinished,
      ),
      n,
    );
  if (images === 0)
    return interpolate(
      ngettext(
        "Nothing goes in: the %s image that is chosen is not complete for these classes. Say in the editor or the gallery that it is, or take unfinished ones too.",
        "Nothing goes in: none of the %s images that are chosen is complete for these classes. Say in the editor or the gallery which are, or take unfinished ones too.",
        unfinished,
      ),
      n,
    );
  return "";
}

/** taken: whether unfinished images go in too. */
export function countsView(counts: Counts, taken: boolean): CountsView {
  const many = (n: number): string => n.toLocaleString();
  const figures = [
    {
      name: gettext("images"),
      value: many(counts.images),
      note: imagesNote(counts, taken),
    },
    { name: gettext("boxes"), value: many(counts.boxes), note: "" },
    { name: gettext("images without boxes"), value: many(counts.empty), note: "" },
  ];
  if (counts.predictions > 0) figures.push({ name: gettext("predictions"), value: many(counts.predictions), note: "" });
  if (counts.bytes > 0) figures.push({ name: gettext("pictures"), value: fileSize(counts.bytes), note: "" });
  const nothing = counts.images === 0;
  let warning = unfinishedIn(counts, taken) || notFinalIn(counts);
  if (nothing && warning === "") warning = gettext("No image is chosen by these filters.");
  const note = counts.large
    ? gettext(
        "This is large: prepare it in the background, and take the file when it is ready. A download that breaks off can go on.",
      )
    : "";
  return { figures, warning, note, nothing };
}
