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

  /** Whether undo would take the answer to this one back. */
  undoes(id: number): boolean {
    return this.past.at(-1)?.includes(id) ?? false;
  }

  /** All of this list are answered. */
  get done(): boolean {
    return this.complete && this.entries.size > 0 && this.shown.every(({ became }) => became !== null);
  }

  /** What was said here. */
  get tally(): { readonly fixed: number; readonly right: number } {
    const said = (state: Entry["became"]): number => this.shown.filter(({ became }) => became === state).length;
    return { fixed: said("fixed"), right: said("right") };
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
    const before = this.named(ids);
    this.become(ids, BECAME[verb]);
    if (one === null) this.selected = new Set();
    this.anchor = null;
    this.focus = this.nextAfter(last) ?? this.focus;
    this.send(verb, ids, before);
  }

  /** Goes on without an answer. */
  skip(): void {
    const next = this.focus === null ? undefined : this.nextAfter(this.focus);
    this.go(next);
  }

  /** Takes the latest answers back that nobody else has overtaken. */
  undo(): void {
    const ids = this.past.at(-1);
    if (!ids) return;
    this.past = this.past.slice(0, -1);
    const back = ids.filter((id) => this.entries.get(id)?.became !== "overtaken");
    if (back.length === 0) return this.past.length > 0 ? this.undo() : this.events.changed();
    const before = this.named(back);
    this.become(back, null);
    this.selected = new Set(back.length > 1 ? back : []);
    this.focus = back[0] ?? this.focus;
    this.send("reopen", back, before);
  }

  private become(ids: readonly number[], became: Entry["became"]): void {
    this.put(this.named(ids).map((entry) => ({ ...entry, became })));
  }

  private named(ids: readonly number[]): readonly Entry[] {
    return ids.flatMap((id) => this.entries.get(id) ?? []);
  }

  /** before: what the rows were, for when it does not arrive. */
  private send(verb: Verb, ids: readonly number[], before: readonly Entry[]): void {
    this.sending += 1;
    this.events.changed();
    this.last = this.last.then(async () => {
      try {
        await this.deliver(verb, ids);
      } catch (error) {
        const was = new Map(before.map((entry) => [entry.error.id, entry.became]));
        this.put(this.named(ids).map((entry) => ({ ...entry, became: was.get(entry.error.id) ?? null })));
        this.past = verb === "reopen" ? [...this.past, ids] : this.past.filter((one) => one !== ids);
        this.events.failed(said(error));
      }
      this.sending -= 1;
      this.events.changed();
      if (this.sending === 0) void this.recount();
    });
  }

  /** The server refuses all where one has changed meanwhile: halves find out which. */
  private async deliver(verb: Verb, ids: readonly number[]): Promise<void> {
    try {
      const answered = await this.client.answer(
        verb,
        this.named(ids).map(({ error }) => error),
      );
      const seen = new Map(answered.map(({ id, version }) => [id, version]));
      this.put(
        this.named(ids).map((entry) => {
          const version = seen.get(entry.error.id) ?? entry.error.version;
          return { ...entry, error: { ...entry.error, version } };
        }),
      );
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      const middle = Math.ceil(ids.length / 2);
      if (ids.length > 1) {
        await this.deliver(verb, ids.slice(0, middle));
        return this.deliver(verb, ids.slice(middle));
      }
      this.become(ids, "overtaken");
      this.events.failed(error.detail);
    }
  }

  /** The next that waits; after the last one the first that was skipped. */
  private nextAfter(id: number): number | undefined {
    const { order } = this;
    const at = order.indexOf(id);
    if (at > order.length - AHEAD) void this.more();
    const waits = (one: number): boolean => this.entries.get(one)?.became === null;
    return order.slice(at + 1).find(waits) ?? (this.complete ? order.slice(0, at).find(waits) : undefined);
  }
}

function said(error: unknown): string {
  return error instanceof ApiError ? error.detail : gettext("The server cannot be reached.");
}
