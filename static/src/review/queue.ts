// The queue: loads rows, holds ledger, focus and undo, sends decisions one request at a time, tells whoever shows it.
import { ApiError, isPassing } from "../lib/api";
import type { ListedSuggestion, Suggestion } from "../lib/types";
import type { Client, Filters, Seen } from "./client";
import type { Bin } from "./cutoff";
import * as ledgers from "./ledger";
import type { Decision, Entry, Ledger } from "./ledger";
import { between } from "./selection";

export interface QueueEvents {
  changed(): void;
  /** So many of our decisions came after somebody else's. */
  overtaken(count: number): void;
  failed(detail: string): void;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 20_000;
const GATHER_MS = 400;
const PART = 100; // rows asked for by their ids at once
const AHEAD = 40; // rows before the end at which more are asked for

/** What undo takes back: answers on the queue, or what was accepted unseen. */
type Step = { readonly before: readonly Entry[] } | { readonly accepted: readonly Seen[] };

export class ReviewQueue {
  ledger: Ledger = new Map();
  focus: number | null = null;
  total: number | null = null;
  sure = 0;
  bins: readonly Bin[] = [];
  /** What the next answer is for, where it is more than the focused one. */
  selected: ReadonlySet<number> = new Set();
  cutoff = 1;
  loading = false;
  complete = false;
  offline = false;
  private page = 1;
  private ids: readonly number[] | null = null;
  private last: ListedSuggestion | null = null;
  private anchor: number | null = null;
  private round = 0;
  private sending = false;
  private sent: ledgers.Asked | null = null;
  private wait = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly past: Step[] = [];

  constructor(
    private readonly client: Client,
    public filters: Filters,
    private readonly events: QueueEvents,
  ) {}

  get order(): readonly number[] {
    return [...this.ledger.keys()];
  }

  get focused(): Entry | null {
    return this.focus === null ? null : (this.ledger.get(this.focus) ?? null);
  }

  get saving(): boolean {
    return this.sending || !ledgers.isSettled(this.ledger);
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  // ---- loading ----

  async load(filters: Filters = this.filters): Promise<void> {
    this.filters = filters;
    this.round += 1;
    this.ledger = new Map();
    this.past.length = 0;
    Object.assign(this, {
      focus: null,
      total: null,
      complete: false,
      loading: false,
      page: 1,
      last: null,
      ids: null,
      selected: new Set(),
    });
    await Promise.all([this.more(), this.recount()]);
  }

  async more(): Promise<void> {
    if (this.loading || this.complete) return;
    const { round } = this;
    this.loading = true;
    this.events.changed();
    try {
      await (this.filters.ordering === "useful" && this.filters.state === "pending"
        ? this.moreRanked(round)
        : this.morePages(round));
      if (round === this.round) this.focus ??= this.order[0] ?? null;
    } catch (error) {
      this.complete = true;
      this.events.failed(error instanceof ApiError ? error.detail : gettext("The list could not be loaded."));
    } finally {
      if (round === this.round) {
        this.loading = false;
        this.events.changed();
      }
    }
  }

  private async morePages(round: number): Promise<void> {
    const found = await this.client.page(this.filters, this.last, this.page);
    if (round !== this.round) return;
    const before = this.ledger.size;
    this.ledger = ledgers.listed(this.ledger, found.results);
    this.complete = found.next === null;
    const end = found.results.at(-1) ?? this.last;
    const stuck = end !== null && end.probability === this.last?.probability;
    this.page = stuck || this.ledger.size === before ? this.page + 1 : 1;
    if (!stuck) this.last = end;
  }

  private async moreRanked(round: number): Promise<void> {
    const ids = this.ids ?? (await this.client.order(this.filters));
    const rows = ids.length > 0 ? await this.client.these(ids.slice(0, PART)) : [];
    if (round !== this.round) return;
    this.ids = ids.slice(PART);
    this.ledger = ledgers.listed(this.ledger, rows);
    this.complete = this.ids.length === 0;
  }

  async recount(): Promise<void> {
    const { round, filters } = this;
    try {
      const bins = await this.client.bins(filters);
      if (round !== this.round) return;
      const sum = (of: "waiting" | "sure"): number => bins.reduce((all, bin) => all + bin[of], 0);
      Object.assign(this, { bins, total: sum("waiting"), sure: sum("sure") });
      this.events.changed();
    } catch {
      // Counts are a help; the queue works without them.
    }
  }

  // ---- moving and deciding ----

  go(id: number | null | undefined): void {
    if (id === null || id === undefined || (id === this.focus && this.selected.size === 0)) return;
    this.selected = new Set();
    this.focus = id;
    this.events.changed();
  }

  step(by: number, extending = false): void {
    const { order } = this;
    const at = this.focus === null ? 0 : order.indexOf(this.focus) + by;
    const to = order[Math.min(Math.max(at, 0), order.length - 1)];
    if (extending && to !== undefined) {
      this.anchor ??= this.focus;
      this.extend(this.anchor, to);
    } else {
      this.anchor = null;
      this.go(to);
    }
    if (at > order.length - AHEAD) void this.more();
  }

  setCutoff(cutoff: number): void {
    this.cutoff = cutoff;
    this.events.changed();
  }

  select(ids: Iterable<number>): void {
    this.selected = new Set(ids);
    this.events.changed();
  }

  /** From where the focus was to `id`: shift and a press, shift and an arrow, or dragging. */
  extend(from: number | null, id: number): void {
    this.focus = id;
    this.select(between(this.order, from ?? id, id));
  }

  /** Answers the selected ones, or else the focused one, or the one that is named. `as`: another class. */
  decide(wanted: Decision, as?: number, one: number | null = null): void {
    const ids =
      one !== null
        ? [one]
        : this.selected.size > 0
          ? this.order.filter((id) => this.selected.has(id))
          : this.focus === null
            ? []
            : [this.focus];
    const last = ids.at(-1);
    if (last === undefined) return;
    const next = ledgers.decided(this.ledger, ids, wanted, as);
    const before = ids.flatMap((id) => {
      const [was, is] = [this.ledger.get(id), next.get(id)];
      return was && is && (was.wanted !== is.wanted || was.as !== is.as) ? [was] : [];
    });
    if (before.length > 0) {
      this.past.push({ before });
      this.become(next);
    }
    if (one === null) this.selected = new Set();
    this.anchor = null;
    this.focus = this.nextWaiting(last);
    this.events.changed();
  }

  undo(): void {
    const step = this.past.pop();
    if (!step) return;
    if ("accepted" in step) return void this.takeBack(step.accepted);
    this.become(ledgers.restored(this.ledger, step.before));
    this.selected = new Set(step.before.length > 1 ? step.before.map((entry) => entry.suggestion.id) : []);
    this.focus = step.before[0]?.suggestion.id ?? this.focus;
    this.events.changed();
  }

  /** Accepts what nobody looks at, after what was answered is saved; undo takes all of it back. */
  async acceptAll(which: { readonly min_probability: number } | { readonly sure: true }): Promise<number> {
    while (this.saving && !this.offline) await new Promise((resolve) => setTimeout(resolve, 30));
    const accepted = await this.client.acceptAll(this.filters, which);
    this.know(accepted, "accepted");
    if (accepted.length > 0) this.past.push({ accepted });
    await this.recount();
    return accepted.length;
  }

  private async takeBack(accepted: readonly Seen[]): Promise<void> {
    // What was answered otherwise since then has another version, and stays.
    const items = accepted.filter(
      ({ id, version }) => (this.ledger.get(id)?.suggestion.version ?? version) === version,
    );
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

  private know(items: readonly Seen[], state: Decision): void {
    this.ledger = ledgers.known(this.ledger, items, state);
    this.events.changed();
  }

  private nextWaiting(id: number): number {
    const { order } = this;
    const at = order.indexOf(id);
    const next = order.slice(at + 1).find((one) => this.ledger.get(one)?.wanted === "pending") ?? order[at + 1] ?? id;
    if (order.indexOf(next) > order.length - AHEAD) void this.more();
    return next;
  }

  private become(ledger: Ledger): void {
    this.ledger = ledger;
    // Answers gather for a moment and go together: fewer transactions, and a slip that is undone at once costs nothing.
    if (!this.sending && this.timer === undefined) this.later(GATHER_MS);
  }

  // ---- sending ----

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.send();
    }, ms);
  }

  flush(): void {
    if (!this.sending && this.saving) this.later(0);
  }

  /** The page goes: what was not sent goes now, and outlives it. */
  leave(): void {
    let ledger = this.sent ? ledgers.done(this.ledger, this.sent) : this.ledger;
    for (let asked = ledgers.asked(ledger); asked; asked = ledgers.asked(ledger)) {
      this.client.decide(asked, true).catch(() => undefined);
      ledger = ledgers.done(ledger, asked);
    }
  }

  private async send(): Promise<void> {
    const asked = ledgers.asked(this.ledger);
    if (!asked || this.sending) return;
    this.sending = true;
    this.sent = asked;
    const { round } = this;
    let next = 0;
    try {
      const versions = await this.client.decide(asked);
      this.wait = FIRST_RETRY_MS;
      this.offline = false;
      if (round === this.round) this.ledger = ledgers.done(this.ledger, asked, versions);
    } catch (error) {
      next = this.refused(error, asked);
    }
    this.sending = false;
    this.sent = null;
    if (!ledgers.isSettled(this.ledger)) this.later(next);
    else void this.recount();
    this.events.changed();
  }

  /** Returns how long to wait before the next request. */
  private refused(error: unknown, asked: ledgers.Asked): number {
    const rows =
      error instanceof ApiError && error.status === 409
        ? (error.body as { current?: Suggestion[] }).current
        : undefined;
    if (Array.isArray(rows)) {
      const result = ledgers.overtaken(this.ledger, rows);
      this.ledger = result.ledger;
      if (result.ids.length > 0) this.events.overtaken(result.ids.length);
      return 0;
    }
    if (isPassing(error)) {
      this.offline = true;
      const { wait } = this;
      this.wait = Math.min(wait * 2, LONGEST_RETRY_MS);
      return wait;
    }
    this.ledger = ledgers.givenUp(this.ledger, asked);
    this.events.failed(error instanceof ApiError ? error.detail : String(error));
    return 0;
  }
}
