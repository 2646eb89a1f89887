// What the grid of boxes asks of the API: pages of one class's boxes, and changes of many that can be undone as one.
import { request } from "../lib/api";
import type { Box, NamedImage, Xyxy } from "../lib/types";

export interface GridBox extends Box {
  readonly updated_at: string;
  readonly image: NamedImage;
  /** The part of the image that the picture at `crop_url` shows. */
  readonly crop: Xyxy;
  readonly crop_url: string;
  /** Whether this person may change it with many others. */
  readonly mine: boolean;
}

export interface GridPage {
  readonly total: number | null;
  readonly next: string | null;
  readonly results: readonly GridBox[];
}

export type Filters = Readonly<Record<string, string>>;

export type Verb =
  | { readonly kind: "relabel"; readonly to: number }
  | { readonly kind: "delete" }
  | { readonly kind: "send_back"; readonly comment: string };

export interface Edit {
  readonly id: number;
  readonly state: "queued" | "running" | "done" | "failed" | "cancelled";
  readonly step: "apply" | "undo";
  readonly count: number;
  readonly stayed: number;
  readonly problem: string;
}

/** Boxes that one change may name. */
export const MOST = 2000;
const PAGE = "200";
const EVERY_MS = 500;

export class Client {
  constructor(private readonly project: number) {}

  page(filters: Filters, after: string | null): Promise<GridPage> {
    const said = Object.entries({ page_size: PAGE, ...filters, after: after ?? "" }).filter(
      ([, value]) => value !== "",
    );
    return request("GET", `/api/projects/${this.project}/boxes/grid/?${new URLSearchParams(said)}`);
  }

  /** Resolves when it is done, or has failed. */
  change(verb: Verb, label: number, boxes: readonly GridBox[]): Promise<Edit> {
    const named = boxes.map(({ id, updated_at }) => ({ id, updated_at }));
    const body = { ...verb, class: label, boxes: named };
    return this.ended(request<Edit>("POST", `/api/projects/${this.project}/bulk-edits/`, { body }));
  }

  undo(id: number): Promise<Edit> {
    return this.ended(request<Edit>("POST", `/api/projects/${this.project}/bulk-edits/${id}/undo/`));
  }

  private async ended(asked: Promise<Edit>): Promise<Edit> {
    let edit = await asked;
    while (edit.state === "queued" || edit.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      edit = await request<Edit>("GET", `/api/projects/${this.project}/bulk-edits/${edit.id}/`);
    }
    return edit;
  }
}
