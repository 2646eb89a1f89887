// Values for tests: an image with some boxes and suggestions, in one line each.
import type { Box, ImageState, Suggestion, Xyxy } from "../src/lib/types";
import type { LabelError } from "../src/labelErrors/client";
import type { EditorState } from "../src/editor/model/state";
import type { Press } from "../src/editor/model/tools";
import { docOf } from "../src/editor/model/document";

export const box = (id: string, xyxy: Xyxy = [10, 10, 50, 50], label = 1): Box => ({
  id,
  class: label,
  xyxy,
  author: "anna@example.org",
  origin: "person",
});

export const suggestion = (id: number, probability = 0.8, xyxy: Xyxy = [60, 60, 90, 90], label = 1): Suggestion => ({
  id,
  class: label,
  xyxy,
  probability,
  score: 0.5,
  source: "head",
  sure: false,
  state: "pending",
  version: 1,
  run: 1,
  evidence: [],
  crop_url: "",
});

export const labelError = (part: Partial<LabelError> = {}): LabelError => ({
  id: 1,
  kind: "wrong_class",
  version: 1,
  class: 1,
  xyxy: [10, 10, 50, 50],
  proposed: null,
  tight: null,
  box: "b",
  probability: 0.8,
  image: { id: 7, name: "a.jpg", width: 200, height: 100 },
  crop: [0, 0, 60, 60],
  crop_url: "",
  ...part,
});

export const image = (part: Partial<ImageState> = {}): ImageState => ({
  id: 7,
  name: "a.jpg",
  width: 200,
  height: 100,
  url: "",
  thumb_url: "",
  version: 3,
  boxes: [],
  complete: [],
  suggestions: [],
  previous: null,
  next: null,
  position: 1,
  total: 1,
  ...part,
});

export const editing = (state: ImageState, part: Partial<EditorState> = {}): EditorState => ({
  image: { width: state.width, height: state.height },
  doc: docOf(state),
  classes: [],
  selection: null,
  also: [],
  loose: false,
  tool: "select",
  currentClass: 1,
  hiddenClasses: new Set(),
  hiddenKinds: new Set(),
  allHidden: false,
  lockedClasses: new Set(),
  lockedKinds: new Set(),
  draft: null,
  band: null,
  extremes: [],
  clicks: [],
  hover: null,
  classless: [],
  cutoff: null,
  warned: new Set(),
  past: null,
  can: { label: true, answer: true, review: true },
  ...part,
});

/** new-1, new-2, ... */
export function ids(): () => string {
  let count = 0;
  return () => `new-${++count}`;
}

/** A pointer that goes down, in pixels of the image. */
export const press = (x: number, y: number, force = false): Press => ({
  at: { x, y },
  slack: 1,
  handleSlack: 3,
  least: 2,
  force,
});
