// The list of label errors: what is loaded, focused and selected, its answers, and undo; tells whoever shows it.
import { ApiError } from "../lib/api";
import { AHEAD, Cursor } from "../review/cursor";
import { PAGE, type Client, type Counts, type Filters, type LabelError, type Verb } from "./client";

/** became: its answer here; "overtaken" where somebody else changed the label, or answered, before. */
export interface Entry {
  readonly error: LabelError;
  readonly became: "fixed" | "right" | "overtaken" | null;
}

export interface ListEvents {
  readonly changed: () => void;
  readonly failed: (detail: string) => void;
}

type Api = Pick<Client, "page" | "counts" | "answer">;
const BECAME = { fix: "fixed", keep: "right", reopen: null } as const;

export class ErrorList extends Cursor<number> {
  counts: Counts | null = null;
  loading = false;
  complete = false;
  /** Requests on their way. */
  sending = 0;
  private entries: ReadonlyMap<number, Entry> = new Map();
  private round = 0;
  private past: readonly (readonly number[])[] = [];
  /** One request follows the other, so that an undo never overtakes what it takes back. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Api,
    public filters: Filters,
    private readonly events: ListEvents,
  ) {
    super();
  }

  protected tell(): void {
    this.events.changed();
  }

  get shown(): readonly Entry[] {
    return [...this.entries.values()];
  }

  get order(): readonly number[] {
    return [...this.entries.keys()];
  }

  get focused(): Entry | null {
    return this.focus === null ? null : (this.entries.get(this.focus) ?? null);
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  /** What the next answer is for: the selected ones, or else the focused one, where they still wait. */
  get chosen(): readonly number[] {
    const ids = this.selected.size > 0 ? [...this.selected] : this.focus === null ? [] : [this.focus];
    return ids.filter((id) => this.entries.get(id)?.became === null).slice(0, PAGE);
  }

  // ---- loading ----

  async load(filters: Filters = this.filters): Promise<void> {
    this.round += 1;
    this.filters = filters;
    this.entries = new Map();
    this.past = [];
    Object.assign(this, { focus: null, complete: false, loading: false, selected: new Set() });
    await Promise.all([this.more(), this.recount()]);
  }

  /** Answered rows leave the server's list: the next page begins after those that still wait. */
  async more(): Promise<void> {
    if (this.loading || this.complete) return;
    const { round } = this;
    this.loading = true;
    this.events.changed();
    try {
      await this.last;
      const waiting = this.shown.filter(({ became }) => became === null).length;
      const page = await this.client.page(this.filters, Math.floor(waiting / PAGE) + 1);
      if (round !== this.round) return;
      const fresh = page.results.filter(({ id }) => !this.entries.has(id));
      this.put(fresh.map((error) => ({ error, became: null })));
      this.complete = page.next === null || fresh.length === 0;
      this.focus ??= this.order[0] ?? null;
    } catch (error) {
      this.complete = true;
      this.events.failed(said(error));
    } finally {
      if (round === this.round) {
        this.loading = false;
        this.events.changed();
      }
    }
  }

  /** How many wait at this moment. */
  async recount(): Promise<void> {
    try {
      this.counts = await this.client.counts();
      this.events.changed();
    } catch {
      // Counts are a help; the list works without them.
    }
  }

  private put(entries: readonly Entry[]): void {
    const known = new Map(this.entries);
    for (const entry of entries) known.set(entry.error.id, entry);
    this.entries = known;
  }

  // ---- answers ----

  answer(verb: "fix" | "keep", one: number | null = null): void {
    const ids = one === null ? this.chosen : [one].filter((id) => this.entries.get(id)?.became === null);
    const last = ids.at(-1);
    if (last === undefined) return;
    this.past = [...this.past, ids];
    this.become(ids, BECAME[verb]);
    if (one === null) this.selected = new Set();
    this.anchor = null;
    this.focus = this.nextAfter(last) ?? this.focus;
    this.send(verb, ids);
  }

  /** Goes on without an answer. */
  skip(): void {
    const next = this.focus === null ? undefined : this.nextAfter(this.focus);
    this.go(next);
  }

  /** Takes the latest answers back. */
  undo(): void {
    const ids = this.past.at(-1);
    if (!ids) return;
    this.past = this.past.slice(0, -1);
    const back = ids.filter((id) => this.entries.get(id)?.became !== "overtaken");
    if (back.length === 0) return this.events.changed();
    this.become(back, null);
    this.selected = new Set(back.length > 1 ? back : []);
    this.focus = back[0] ?? this.focus;
    this.send("reopen", back);
  }

  private become(ids: readonly number[], became: Entry["became"]): void {
    this.put(
      ids.flatMap((id) => {
        const entry = this.entries.get(id);
        return entry ? [{ ...entry, became }] : [];
      }),
    );
  }

  private send(verb: Verb, ids: readonly number[]): void {
    this.sending += 1;
    this.events.changed();
    this.last = this.last.then(async () => {
      try {
        const items = ids.flatMap((id) => this.entries.get(id)?.error ?? []);
        const seen = new Map((await this.client.answer(verb, items)).map(({ id, version }) => [id, version]));
        this.put(
          ids.flatMap((id) => {
            const entry = this.entries.get(id);
            const version = seen.get(id);
            return entry && version !== undefined ? [{ ...entry, error: { ...entry.error, version } }] : [];
          }),
        );
      } catch (error) {
        this.become(ids, "overtaken");
        this.events.failed(said(error));
      }
      this.sending -= 1;
      this.events.changed();
      if (this.sending === 0) void this.recount();
    });
  }

  private nextAfter(id: number): number | undefined {
    const { order } = this;
    const at = order.indexOf(id);
    if (at > order.length - AHEAD) void this.more();
    return order.slice(at + 1).find((one) => this.entries.get(one)?.became === null);
  }
}

function said(error: unknown): string {
  return error instanceof ApiError ? error.detail : gettext("The server cannot be reached.");
}
