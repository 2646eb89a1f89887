// The queue: holds ledger, focus, selection and undo over a list that is loaded and decisions that are sent; tells
// whoever shows it.
import { ApiError } from "../lib/api";
import type { Xyxy } from "../lib/types";
import type { Answers, Client, Filters, SeenSuggestion } from "./client";
import { counted } from "./counted";
import { AHEAD, Cursor } from "./cursor";
import type { Bin } from "./cutoff";
import * as ledgers from "./ledger";
import type { Decision, Entry, Ledger } from "./ledger";
import { Loader } from "./loader";
import { Sender } from "./sender";

export interface QueueEvents {
  readonly changed: () => void;
  /** So many of our decisions came after somebody else's. */
  readonly overtaken: (count: number) => void;
  readonly failed: (detail: string) => void;
}

const SETTLE_MS = 250; // a slider that is being moved asks for nothing

/** What undo takes back: answers on the queue, or what was accepted unseen. */
export type Step = { readonly before: readonly Entry[] } | { readonly accepted: readonly SeenSuggestion[] };

export class ReviewQueue extends Cursor<number> {
  ledger: Ledger = new Map();
  total: number | null = null;
  /** How many wait in all classes and runs. */
  everywhere = 0;
  sure = 0;
  bins: readonly Bin[] = [];
  /** People's answers within the filters: the same figure as at home and on the run's page. */
  answers: Answers | null = null;
  cutoff = 1;
  loading = false;
  round = 0;
  private loader: Loader;
  private readonly sender: Sender;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private past: readonly Step[] = [];

  constructor(
    private readonly client: Client,
    public filters: Filters,
    private readonly events: QueueEvents,
  ) {
    super();
    this.loader = new Loader(client, filters);
    this.sender = new Sender(client, this, { ...events, settled: () => void this.recount() });
  }

  protected tell(): void {
    this.events.changed();
  }

  /** Dropped finds show as far down as the cut-off goes; one that was answered stays where it is. */
  get shown(): readonly Entry[] {
    return [...this.ledger.values()].filter(
      ({ suggestion, wanted }) => wanted !== "dropped" || suggestion.probability >= this.cutoff,
    );
  }

  get order(): readonly number[] {
    return this.shown.map((entry) => entry.suggestion.id);
  }

  get focused(): Entry | null {
    return this.focus === null ? null : (this.ledger.get(this.focus) ?? null);
  }

  get saving(): boolean {
    return this.sender.busy;
  }

  get offline(): boolean {
    return this.sender.offline;
  }

  get complete(): boolean {
    return this.loader.complete;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  /** Every suggestion of the list has its answer. */
  get answered(): boolean {
    return (
      this.filters.state === "pending" &&
      this.complete &&
      this.ledger.size > 0 &&
      this.shown.every((entry) => !ledgers.isOpen(entry.wanted))
    );
  }

  // ---- loading ----

  async load(filters: Filters = this.filters): Promise<void> {
    this.filters = filters;
    this.round += 1;
    this.ledger = new Map();
    this.loader = new Loader(this.client, filters);
    this.past = this.past.filter((step) => "accepted" in step); // it can be taken back wherever one looks
    Object.assign(this, { focus: null, total: null, loading: false, selected: new Set() });
    await Promise.all([this.more(), this.recount()]);
  }

  async more(): Promise<void> {
    if (this.loading || this.complete) return;
    const { round, loader } = this;
    this.loading = true;
    this.events.changed();
    try {
      const rows = await loader.next(this.ledger);
      if (round !== this.round) return;
      this.ledger = ledgers.listed(this.ledger, rows);
      this.focus ??= this.order[0] ?? null;
    } catch (error) {
      loader.complete = true;
      this.events.failed(error instanceof ApiError ? error.detail : gettext("The list could not be loaded."));
    } finally {
      if (round === this.round) {
        this.loading = false;
        this.events.changed();
      }
    }
  }

  async recount(): Promise<void> {
    const { round, filters } = this;
    try {
      const counts = await counted(this.client, filters);
      if (round !== this.round) return;
      Object.assign(this, counts);
      this.events.changed();
    } catch {
      // Counts are a help; the queue works without them.
    }
  }

  /** A person moved the cut-off: below what waits, the finds that the runs dropped come in. */
  setCutoff(cutoff: number): void {
    this.cutoff = cutoff;
    this.events.changed();
    clearTimeout(this.timer);
    if (this.bins.some((bin) => bin.dropped > 0 && bin.at + 0.01 > cutoff))
      this.timer = setTimeout(() => void this.loadDropped(cutoff), SETTLE_MS);
  }

  private async loadDropped(least: number): Promise<void> {
    const { round, loader } = this;
    try {
      const rows = await loader.dropped(least);
      if (round !== this.round || rows.length === 0) return;
      this.ledger = ledgers.listed(this.ledger, rows);
      this.focus ??= this.order[0] ?? null;
      this.events.changed();
    } catch (error) {
      this.events.failed(error instanceof ApiError ? error.detail : gettext("The list could not be loaded."));
    }
  }

  // ---- deciding ----

  /** Answers the selected ones, or else the focused one, or the one that is named. `as`: another class. */
  decide(wanted: Decision, as?: number, one: number | null = null): void {
    const ids = one === null ? this.chosen() : [one];
    const last = ids.at(-1);
    if (last === undefined) return;
    this.become(ledgers.decided(this.ledger, ids, wanted, as), ids);
    if (one === null) this.selected = new Set();
    this.anchor = null;
    this.focus = this.nextWaiting(last);
    this.events.changed();
  }

  /** Gives the box of a suggestion other corners; null brings its own back. */
  adjust(id: number, corners: Xyxy | null): void {
    this.become(ledgers.adjusted(this.ledger, id, corners), [id]);
    this.events.changed();
  }

  private chosen(): readonly number[] {
    if (this.selected.size > 0) return this.order.filter((id) => this.selected.has(id));
    return this.focus === null ? [] : [this.focus];
  }

  // ---- undo ----

  undo(): void {
    const step = this.past.at(-1);
    if (!step) return;
    if ("accepted" in step) return void this.takeBack(step);
    this.past = this.past.slice(0, -1);
    this.ledger = ledgers.restored(this.ledger, step.before);
    this.sender.soon();
    this.selected = new Set(step.before.length > 1 ? step.before.map((entry) => entry.suggestion.id) : []);
    this.focus = step.before[0]?.suggestion.id ?? this.focus;
    this.events.changed();
  }

  canTakeBack(step: Step): boolean {
    return this.past.includes(step);
  }

  /** Accepts what nobody looks at, after what was answered is saved; the step takes all of it back. */
  async acceptAll(which: { readonly min_probability: number } | { readonly sure: true }): Promise<Step> {
    await this.sender.settled();
    const step = { accepted: await this.client.acceptAll(this.filters, which) };
    this.know(step.accepted, "accepted");
    if (step.accepted.length > 0) this.past = [...this.past, step];
    if (this.focused && !ledgers.isOpen(this.focused.wanted)) this.focus = this.nextWaiting(this.focused.suggestion.id);
    await this.recount();
    return step;
  }

  async takeBack(step: Step): Promise<void> {
    if (!("accepted" in step) || !this.canTakeBack(step)) return;
    this.past = this.past.filter((one) => one !== step);
    const items = ledgers.unanswered(this.ledger, step.accepted);
    try {
      for (let at = 0; at < items.length; at += ledgers.LARGEST)
        this.know(
          await this.client.decide({ verb: "reopen", items: items.slice(at, at + ledgers.LARGEST) }),
          "pending",
        );
    } catch (error) {
      this.events.failed(error instanceof ApiError ? error.detail : gettext("The server cannot be reached."));
    }
    await this.recount();
  }

  private know(items: readonly SeenSuggestion[], state: Decision): void {
    this.ledger = ledgers.known(this.ledger, items, state);
    this.events.changed();
  }

  /** The next one that waits; past the end, the first one that was passed over. */
  private nextWaiting(id: number): number {
    const { order } = this;
    const at = order.indexOf(id);
    const waits = (one: number): boolean => ledgers.isOpen(this.ledger.get(one)?.wanted ?? "withdrawn");
    const next = order.slice(at + 1).find(waits) ?? (this.complete ? order.find(waits) : order[at + 1]) ?? id;
    if (order.indexOf(next) > order.length - AHEAD) void this.more();
    return next;
  }

  private become(ledger: Ledger, ids: readonly number[]): void {
    const before = ledgers.replaced(this.ledger, ledger, ids);
    if (before.length === 0) return;
    this.past = [...this.past, { before }];
    this.ledger = ledger;
    this.sender.soon();
  }

  // ---- sending ----

  flush(): void {
    this.sender.flush();
  }

  /** The page goes: what was not sent goes now, and outlives it. */
  leave(): void {
    this.sender.leave();
  }
}
