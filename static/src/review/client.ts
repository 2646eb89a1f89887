// What the queue asks of the API: pages of suggestions that stay right while they are decided, counts, runs, and its
// decisions.
import { request } from "../lib/api";
import type { ListedSuggestion, Page, RunSummary } from "../lib/types";
import type { Bin } from "./cutoff";
import type { DecisionRequest } from "./ledger";

export interface Filters {
  readonly class: string;
  readonly run: string;
  /** What an import brought. */
  readonly batch: string;
  readonly state: string;
  /** "-probability": best first; "probability": least certain first; "useful": the answer that teaches most first. */
  readonly ordering: string;
}

const PAGE = 200;

/**
 * How many answers said yes, of all that people gave; between low and high 19 times in 20, null while there are too
 * few.
 */
export interface Answers {
  readonly right: number;
  readonly all: number;
  readonly low: number | null;
  readonly high: number | null;
}

interface Counts {
  readonly bins: readonly Bin[];
  readonly answers: Answers;
}

export interface SeenSuggestion {
  readonly id: number;
  readonly version: number;
}

const wanted = (query: Record<string, string>): URLSearchParams =>
  new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));

export class Client {
  constructor(private readonly project: number) {}

  private list(filters: Filters, more: Record<string, string>): Promise<Page<ListedSuggestion>> {
    const query = wanted({ ...filters, ordering: filters.ordering === "useful" ? "" : filters.ordering, ...more });
    return request("GET", `/api/projects/${this.project}/suggestions/?${query}`);
  }

  /**
   * The rows after `last`. Page numbers would skip rows, for each decision takes one out of the list; so the next page
   * is the first one from the last row's probability on, and page numbers only count rows of that same probability.
   */
  page(filters: Filters, last: ListedSuggestion | null, page: number): Promise<Page<ListedSuggestion>> {
    const bound = filters.ordering === "probability" ? "min_probability" : "max_probability";
    const from: Record<string, string> = last ? { [bound]: String(last.probability) } : {};
    return this.list(filters, { ...from, page: String(page), page_size: String(PAGE) });
  }

  /** Finds that the runs dropped, from a probability on, the most probable first. */
  dropped(filters: Filters, least: number, page: number): Promise<Page<ListedSuggestion>> {
    const more = { min_probability: String(least), page: String(page), page_size: String(PAGE) };
    return this.list({ ...filters, state: "dropped", ordering: "-probability" }, more);
  }

  /** Ids of those that wait, the most useful answer first: fixed once, so that decisions move nothing. */
  async order(filters: Filters): Promise<readonly number[]> {
    const query = wanted({ class: filters.class, run: filters.run, batch: filters.batch });
    return (await request<{ ids: number[] }>("GET", `/api/projects/${this.project}/suggestions/order/?${query}`)).ids;
  }

  /** These rows, in this order; those that were decided meanwhile are left out. */
  async these(ids: readonly number[]): Promise<readonly ListedSuggestion[]> {
    const { results } = await this.list(
      { class: "", run: "", batch: "", state: "pending", ordering: "" },
      { ids: ids.join(","), page_size: String(PAGE) },
    );
    const found = new Map(results.map((row) => [row.id, row]));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  counts(filters: Filters): Promise<Counts> {
    const query = wanted({ class: filters.class, run: filters.run, batch: filters.batch, state: "all" });
    return request("GET", `/api/projects/${this.project}/suggestions/cutoff/?${query}`);
  }

  async runs(): Promise<readonly RunSummary[]> {
    return (await request<Page<RunSummary>>("GET", `/api/projects/${this.project}/runs/?page_size=100`)).results;
  }

  async decide({ verb, ...body }: DecisionRequest, leaving = false): Promise<readonly SeenSuggestion[]> {
    const answer = await request<{ items?: SeenSuggestion[] }>(
      "POST",
      `/api/projects/${this.project}/suggestions/${verb}/`,
      {
        body,
        keepalive: leaving,
      },
    );
    return answer.items ?? [];
  }

  /**
   * Accepts all that wait within the filters, from a probability on or only the sure ones, 200 a request; returns what
   * a reopen has to name.
   */
  async acceptAll(
    filters: Filters,
    which: { readonly min_probability: number } | { readonly sure: true },
  ): Promise<readonly SeenSuggestion[]> {
    const [label, run, batch] = [filters.class, filters.run, filters.batch].map((id) => Number(id) || null);
    const body = { ...which, class: label, run, batch };
    const accepted: SeenSuggestion[] = [];
    for (;;) {
      const { items, left } = await request<{ items: SeenSuggestion[]; left: number }>(
        "POST",
        `/api/projects/${this.project}/suggestions/accept_above/`,
        { body },
      );
      accepted.push(...items);
      if (left === 0 || items.length === 0) return accepted;
    }
  }

  undoRun(run: string): Promise<unknown> {
    return request("POST", `/api/runs/${run}/undo/`);
  }
}
