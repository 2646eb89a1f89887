// The shapes of the API that pages speak, in its own names.
import type { Person } from "./people";

export type Xyxy = readonly [number, number, number, number];

/** What a class asks of its boxes. */
export interface Attribute {
  readonly name: string;
  readonly kind: "choice" | "number" | "text" | "yes_no";
  readonly choices: readonly string[];
  readonly default: Value | null;
  readonly required: boolean;
}
export type Value = string | number | boolean;
export type Values = Readonly<Record<string, Value>>;

export interface LabelClass {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly hotkey: string;
  readonly attributes?: readonly Attribute[];
}

/** What is said of a box beside its class, in one order. `ignore`: a region without objects or counter-examples. */
export const FLAGS = ["occluded", "truncated", "difficult", "crowd", "ignore"] as const;
export type Flag = (typeof FLAGS)[number];
export type Flags = readonly Flag[];

export interface Box {
  readonly id: string;
  readonly class: number;
  readonly xyxy: Xyxy;
  readonly flags?: Flags;
  readonly attributes?: Values;
  readonly author: string | null;
  readonly origin: "person" | "suggestion" | "import";
  readonly updated_at?: string;
}

export interface Evidence {
  readonly box_id: string | null;
  readonly image_id: number;
  readonly xyxy: Xyxy;
  readonly similarity: number;
  readonly positive: boolean;
  readonly crop_url: string | null;
}

/** `dropped`: below its run's threshold; a person's first answer makes it a suggestion. */
export type SuggestionState = "pending" | "accepted" | "rejected" | "withdrawn" | "dropped";

export interface Suggestion {
  readonly id: number;
  readonly class: number;
  readonly xyxy: Xyxy;
  readonly probability: number;
  readonly score: number;
  readonly source: string;
  readonly sure: boolean;
  readonly state: SuggestionState;
  readonly version: number;
  readonly run: number | null;
  readonly evidence: readonly Evidence[];
  readonly crop_url: string;
}

/** A suggestion in a project's list, where the image is not known from the address. */
export interface ListedSuggestion extends Suggestion {
  readonly image: NamedImage;
  /** The part of the image that the picture at `crop_url` shows. */
  readonly crop: Xyxy;
}

export interface NamedImage {
  readonly id: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export interface ImageState {
  readonly id: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly url: string;
  readonly thumb_url: string;
  readonly version: number;
  readonly boxes: readonly Box[];
  readonly complete: readonly number[];
  readonly tags?: readonly string[];
  readonly suggestions: readonly Suggestion[];
  /** After a save: suggestions that were accepted where a box of their class was already. */
  readonly warnings?: readonly { readonly suggestion: number; readonly box: string; readonly other: string }[];
  readonly previous: number | null;
  readonly next: number | null;
  readonly position: number;
  readonly total: number;
}

/** One entry of POST /api/images/{id}/changes/. */
export type Change =
  | {
      readonly op: "create";
      readonly id: string;
      readonly class: number;
      readonly xyxy: Xyxy;
      readonly flags?: Flags;
      readonly attributes?: Values;
    }
  | {
      readonly op: "update";
      readonly id: string;
      readonly class?: number;
      readonly xyxy?: Xyxy;
      readonly flags?: Flags;
      readonly attributes?: Values;
    }
  | { readonly op: "delete"; readonly id: string }
  | { readonly op: "complete"; readonly class: number; readonly value: boolean }
  | { readonly op: "tag"; readonly tag: string; readonly value: boolean }
  | {
      readonly op: "accept";
      readonly suggestion: number;
      readonly id: string;
      readonly xyxy?: Xyxy;
      readonly class?: number;
      readonly attributes?: Values;
    }
  | { readonly op: "reject"; readonly suggestion: number }
  | { readonly op: "reopen"; readonly suggestion: number };

export interface Page<T> {
  readonly count: number;
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly T[];
}

export interface ImageChange {
  readonly seq: number;
  /** Null: of no one image (a run was undone, a class changed). */
  readonly image: number | null;
  readonly version: number;
  readonly actor: string | null;
  /** A run stored suggestions, or they were taken back. */
  readonly suggestions?: boolean;
  /** Somebody commented, or resolved a comment. */
  readonly comments?: boolean;
  /** A class was made, changed or deleted. */
  readonly classes?: boolean;
}

/** Who has an image open, said to those who have it open too. */
export interface Present {
  readonly image: number;
  readonly present: readonly Person[];
}

export interface RunSummary {
  readonly id: number;
  readonly number: number;
  readonly kind: string;
  readonly state: string;
  readonly created_at: string;
  readonly batch: {
    readonly pending: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly withdrawn: number;
  } | null;
}
