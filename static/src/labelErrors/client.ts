// What the list of label errors asks of the API: pages, counts of now, and answers.
import { request } from "../lib/api";
import type { NamedImage, Page, Xyxy } from "../lib/types";

export const KINDS = ["wrong_class", "spurious", "missing", "loose"] as const;
export type Kind = (typeof KINDS)[number];
/** fix: as proposed. keep: the label is right as it is. reopen: takes either back. */
export type Verb = "fix" | "keep" | "reopen";

export interface LabelError {
  readonly id: number;
  readonly kind: Kind;
  readonly version: number;
  /** The label as the check saw it; of a missing box what it should be. */
  readonly class: number;
  readonly xyxy: Xyxy;
  /** What a wrong class should be. */
  readonly proposed: number | null;
  /** Where a tighter box lies. */
  readonly tight: Xyxy | null;
  readonly box: string | null;
  readonly probability: number;
  readonly image: NamedImage;
  readonly crop: Xyxy;
  readonly crop_url: string;
}

export interface SeenError {
  readonly id: number;
  readonly version: number;
}

export type Filters = Readonly<Record<"class" | "kind", string>>;
export type Counts = Readonly<Record<Kind, number>>;

/** Rows of one page, and the most that one answer may name. */
export const PAGE = 200;

export class Client {
  constructor(private readonly project: number) {}

  page(filters: Filters, page: number): Promise<Page<LabelError>> {
    const said = Object.entries(filters).filter(([, value]) => value !== "");
    const query = new URLSearchParams([...said, ["page", String(page)], ["page_size", String(PAGE)]]);
    return request("GET", `/api/projects/${this.project}/label-errors/?${query}`);
  }

  counts(): Promise<Counts> {
    return request("GET", `/api/projects/${this.project}/label-errors/counts/`);
  }

  async answer(verb: Verb, items: readonly SeenError[]): Promise<readonly SeenError[]> {
    const body = { items: items.map(({ id, version }) => ({ id, version })) };
    const address = `/api/projects/${this.project}/label-errors/${verb}/`;
    return (await request<{ items: SeenError[] }>("POST", address, { body })).items;
  }
}
