// A run and its story, to be varied by each test.
import { begin, type Story } from "../../src/run/story";
import type { Run, StageName } from "../../src/run/types";

export const STAGES: readonly StageName[] = [
  { name: "prepare", label: "Prepare", doing: "Reading images and boxes", part: "suggestions" },
  { name: "verify", label: "Verify", doing: "Comparing each place with your boxes", part: "suggestions" },
  { name: "train", label: "Train", doing: "Training a detector", part: "training" },
];

export const run = (part: Partial<Run> = {}): Run => ({
  id: 1,
  number: 3,
  kind: "autolabel",
  state: "running",
  stage: "verify",
  stages: STAGES,
  percent: 40,
  eta_s: null,
  queue_position: null,
  started_at: null,
  suggestions_at: null,
  finished_at: null,
  error: null,
  params: {},
  result: {},
  batch: null,
  models: [],
  last_seq: 9,
  ...part,
});

export const story = (part: Partial<Story> = {}): Story => ({ ...begin(STAGES), ...part });
