// What the wall asks of the API: pages of suggestions that stay right while they are decided, counts, runs, and its decisions.
import { request } from "../lib/api";
import type { ListedSuggestion, Page, RunSummary } from "../lib/types";
import type { Asked } from "./ledger";

export interface Filters {
  readonly class: string;
  readonly run: string;
  readonly state: string;
  /** "-probability": best first; "probability": least certain first. */
  readonly ordering: string;
}

const PAGE = 200;

export class Client {
  constructor(private readonly project: number) {}

  private list(filters: Filters, more: Record<string, string>): Promise<Page<ListedSuggestion>> {
    const wanted = { class: filters.class, run: filters.run, state: filters.state, ordering: filters.ordering, ...more };
    const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== ""));
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

  async count(filters: Filters, sure: boolean): Promise<number> {
    const { count } = await this.list({ ...filters, state: "pending" }, { page_size: "1", ...(sure && { sure: "true" }) });
    return count;
  }

  async runs(): Promise<readonly RunSummary[]> {
    return (await request<Page<RunSummary>>("GET", `/api/projects/${this.project}/runs/?page_size=100`)).results;
  }

  async decide({ verb, items }: Asked, leaving = false): Promise<readonly { id: number; version: number }[]> {
    const answer = await request<{ items?: { id: number; version: number }[] }>("POST", `/api/projects/${this.project}/suggestions/${verb}/`, { body: { items }, keepalive: leaving });
    return answer.items ?? [];
  }

  /** All that are sure within the filters: of a whole run at once, otherwise page by page. Returns how many. */
  async acceptSure(filters: Filters): Promise<number> {
    if (filters.run !== "" && filters.class === "") {
      const body = { run: Number(filters.run) };
      return (await request<{ accepted: number }>("POST", `/api/projects/${this.project}/suggestions/accept_sure/`, { body })).accepted;
    }
    let accepted = 0;
    for (;;) {
      const { results } = await this.list({ ...filters, state: "pending" }, { sure: "true", page_size: "200" });
      if (results.length === 0) return accepted;
      await this.decide({ verb: "accept", items: results.map(({ id, version }) => ({ id, version })) });
      accepted += results.length;
    }
  }

  undoRun(run: string): Promise<unknown> {
    return request("POST", `/api/runs/${run}/undo/`);
  }
}
