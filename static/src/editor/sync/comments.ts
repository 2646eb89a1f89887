// Comments of the shown image: fetched after the picture, kept by box, told to whoever draws them.
import { request } from "../../lib/api";
import type { Page } from "../../lib/types";

export interface Comment {
  readonly id: number;
  /** Null: about the image. A box that was deleted since keeps its comments. */
  readonly box: string | null;
  readonly text: string;
  /** Members whom the text calls. */
  readonly mentions: readonly { readonly email: string; readonly name: string }[];
  /** The e-mail address, by which a person knows their own. */
  readonly author: string | null;
  readonly author_name: string | null;
  readonly created_at: string;
  /** Null: its words are the first ones. */
  readonly changed_at: string | null;
  readonly resolved: boolean;
  readonly resolved_by: string | null;
  readonly resolved_by_name: string | null;
}

/** Open comments by box. */
export function counted(comments: readonly Comment[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { box, resolved } of comments) if (box && !resolved) counts.set(box, (counts.get(box) ?? 0) + 1);
  return counts;
}

/** What to list: of the selected box all, open ones first; with none selected the open ones of the image. */
export function listed(comments: readonly Comment[], box: string | null): readonly Comment[] {
  const some = box === null ? comments.filter((one) => !one.resolved) : comments.filter((one) => one.box === box);
  return some.toSorted((a, b) => Number(a.resolved) - Number(b.resolved) || a.id - b.id);
}

/**
 * Addresses of those whose name another bears too, or one that looks like it: a name is free text, an address is not.
 */
export function namesakes(comments: readonly Comment[]): ReadonlySet<string> {
  const named = new Map<string, Set<string>>();
  const bear = (name: string | null, address: string | null): void => {
    if (name === null || address === null) return;
    const folded = name.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
    named.set(folded, (named.get(folded) ?? new Set()).add(address));
  };
  for (const one of comments) {
    bear(one.author_name, one.author);
    bear(one.resolved_by_name, one.resolved_by);
  }
  return new Set([...named.values()].filter((some) => some.size > 1).flatMap((some) => [...some]));
}

export class Comments {
  all: readonly Comment[] = [];
  private image = 0;
  private readonly watchers = new Set<() => void>();

  watch(watcher: () => void): void {
    this.watchers.add(watcher);
  }

  /** Another image is shown, or somebody commented on this one. */
  async load(image: number): Promise<void> {
    if (image !== this.image) {
      this.image = image;
      this.become([]);
    }
    const rows: Comment[] = [];
    let address: string | null = `/api/images/${image}/comments/?page_size=200`;
    while (address) {
      const page: Page<Comment> = await request<Page<Comment>>("GET", address);
      rows.push(...page.results);
      address = page.next;
    }
    if (this.image === image) this.become(rows);
  }

  async add(box: string | null, text: string): Promise<void> {
    const { image } = this;
    const row = await request<Comment>("POST", `/api/images/${image}/comments/`, { body: { box, text } });
    if (this.image === image) this.put(row);
  }

  async change(id: number, body: { readonly text: string } | { readonly resolved: boolean }): Promise<void> {
    const { image } = this;
    const row = await request<Comment>("PATCH", `/api/comments/${id}/`, { body });
    if (this.image === image) this.put(row);
  }

  async remove(id: number): Promise<void> {
    await request<null>("DELETE", `/api/comments/${id}/`);
    this.become(this.all.filter((one) => one.id !== id));
  }

  private put(row: Comment): void {
    const at = this.all.findIndex((one) => one.id === row.id);
    this.become(at < 0 ? [...this.all, row] : this.all.with(at, row));
  }

  private become(all: readonly Comment[]): void {
    this.all = all;
    for (const watcher of this.watchers) watcher();
  }
}
