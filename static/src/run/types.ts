// What the server says of a run: its row, and the messages of its socket.
import type { Xyxy } from "../lib/types";
import type { Mistake } from "./heldOutErrors";
import type { Settings } from "./settings";

export type RunState = "queued" | "running" | "cancelling" | "done" | "failed" | "cancelled";

/** GET /api/runs/{id}/ */
export interface Run {
  readonly id: number;
  readonly number: number;
  readonly kind: "autolabel" | "detect" | "predict" | "export" | "check";
  readonly state: RunState;
  readonly stage: string;
  /** In order, only those that it runs; exact once its job is written. */
  readonly stages: readonly StageName[];
  readonly percent: number;
  readonly eta_s: number | null;
  readonly queue_position: number | null;
  readonly started_at: string | null;
  /** When its suggestions were there to be reviewed; a training may go on after that. */
  readonly suggestions_at: string | null;
  readonly finished_at: string | null;
  readonly error: { readonly code: string; readonly text: string } | null;
  readonly params: Settings;
  readonly result: RunResult;
  readonly batch: {
    readonly pending: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly withdrawn: number;
    /** Of those withdrawn: taken back by a person, the others were replaced by a newer run's. */
    readonly taken_back: number;
    readonly undone: boolean;
  } | null;
  readonly models: readonly number[];
  readonly last_seq: number;
}

/** A stage that this run goes through: what people call it, what happens meanwhile, and what they wait for. */
export interface StageName {
  readonly name: string;
  readonly label: string;
  readonly doing: string;
  readonly part: "suggestions" | "training" | "measuring";
}

export interface ClassResult {
  readonly shots?: number;
  readonly precision?: number | null;
  readonly precision_low?: number | null;
  readonly precision_high?: number | null;
  readonly corrected?: boolean;
  readonly held_out_iou?: { readonly before: number; readonly after: number } | null;
  readonly recall?: number | null;
  readonly recall_low?: number | null;
  readonly recall_high?: number | null;
  readonly f1?: number | null;
  readonly ap50?: number | null;
  readonly measured?: string;
  readonly threshold_review?: number;
  readonly threshold_auto?: number;
  readonly pr_curve?: readonly (readonly number[])[];
  readonly worst?: readonly Mistake[];
}

/** How a run did where people have finished since. */
export interface Since {
  readonly images: number;
  readonly boxes: number;
  readonly suggested: number;
  readonly precision: number | null;
  readonly precision_low: number;
  readonly precision_high: number;
  readonly recall: number | null;
  readonly recall_low: number;
  readonly recall_high: number;
}

export interface RunResult {
  readonly seconds?: Readonly<Record<string, number>>;
  readonly classes?: Readonly<Record<string, ClassResult>>;
  /** What was measured on the test split; the server draws it. */
  readonly test?: unknown;
  readonly summary?: Readonly<Record<string, string | number>> | null;
  readonly metrics?: Readonly<Record<string, number | null>>;
  /** Ids of the suggestions to ask about first. */
  readonly questions?: readonly number[];
  readonly counts?: { readonly images: number; readonly suggested: number; readonly sure: number };
  readonly weights?: readonly Weights[];
  readonly saved_s?: number | null;
  /** Whether the time is of people's answers, or expected from held-out shots. */
  readonly saved_by?: "answers" | "shots";
  readonly device?: string;
}

export interface Weights {
  readonly name: string;
  readonly sha256: string;
  readonly origin?: string;
}

export interface Message {
  readonly seq?: number;
  readonly kind: string;
  readonly at?: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface Epoch {
  readonly epoch: number;
  readonly epochs: number;
  readonly losses: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface FoundBox {
  readonly image: number;
  readonly class: number;
  readonly xyxy: Xyxy;
  readonly probability: number;
}
