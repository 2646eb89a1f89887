// The classes of the project: asked for again when others may have made some, and made anew.
import { request } from "../../lib/api";
import type { LabelClass, Page } from "../../lib/types";

export class Classes {
  private asking: Promise<readonly LabelClass[]> | null = null;

  constructor(private readonly project: number) {}

  /** As the project has them by now; several who ask at once share one answer. */
  all(): Promise<readonly LabelClass[]> {
    this.asking ??= this.fetch().finally(() => (this.asking = null));
    return this.asking;
  }

  /** Colour and key are chosen by the server. */
  make(name: string): Promise<LabelClass> {
    return request("POST", this.url, { body: { name } });
  }

  private async fetch(): Promise<readonly LabelClass[]> {
    const found: LabelClass[] = [];
    for (let page = 1; ; page += 1) {
      const { results, next } = await request<Page<LabelClass>>("GET", `${this.url}?page=${page}&page_size=200`);
      found.push(...results);
      if (next === null) return found;
    }
  }

  private get url(): string {
    return `/api/projects/${this.project}/classes/`;
  }
}
