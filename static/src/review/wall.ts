// The wall: loads rows, holds ledger, focus and undo, sends decisions one request at a time, tells whoever shows it.
import { ApiError, isPassing } from "../lib/api";
import type { ListedSuggestion, Suggestion } from "../lib/types";
import type { Client, Filters } from "./client";
import * as ledgers from "./ledger";
import type { Decision, Entry, Ledger } from "./ledger";

export interface WallEvents {
  changed(): void;
  /** So many of our decisions came after somebody else's. */
  overtaken(count: number): void;
  failed(detail: string): void;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 20_000;

export class Wall {
  ledger: Ledger = new Map();
  focus: number | null = null;
  total: number | null = null;
  sure = 0;
  loading = false;
  complete = false;
  offline = false;
  private page = 1;
  private last: ListedSuggestion | null = null;
  private round = 0;
  private sending = false;
  private wait = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly past: { ids: readonly number[]; from: Decision }[] = [];

  constructor(
    private readonly client: Client,
    public filters: Filters,
    private readonly events: WallEvents,
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
    Object.assign(this, { focus: null, total: null, complete: false, loading: false, page: 1, last: null });
    await Promise.all([this.more(), this.recount()]);
  }

  async more(): Promise<void> {
    if (this.loading || this.complete) return;
    const { round } = this;
    this.loading = true;
    this.events.changed();
    try {
      const found = await this.client.page(this.filters, this.last, this.page);
      if (round !== this.round) return;
      const before = this.ledger.size;
      this.ledger = ledgers.listed(this.ledger, found.results);
      this.complete = found.next === null;
      const end = found.results.at(-1) ?? this.last;
      const stuck = end !== null && end.probability === this.last?.probability;
      this.page = stuck || this.ledger.size === before ? this.page + 1 : 1;
      if (!stuck) this.last = end;
      this.focus ??= this.order[0] ?? null;
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

  async recount(): Promise<void> {
    const { round, filters } = this;
    try {
      const [total, sure] = await Promise.all([this.client.count(filters, false), this.client.count(filters, true)]);
      if (round !== this.round) return;
      Object.assign(this, { total, sure });
      this.events.changed();
    } catch {
      // Counts are a help; the wall works without them.
    }
  }

  // ---- moving and deciding ----

  go(id: number | null | undefined): void {
    if (id === null || id === undefined || id === this.focus) return;
    this.focus = id;
    this.events.changed();
  }

  step(by: number): void {
    const { order } = this;
    const at = this.focus === null ? 0 : order.indexOf(this.focus) + by;
    this.go(order[Math.min(Math.max(at, 0), order.length - 1)]);
    if (at > order.length - 12) void this.more();
  }

  decide(wanted: Decision): void {
    const entry = this.focused;
    if (!entry) return;
    const { id } = entry.suggestion;
    if (entry.wanted !== wanted && entry.suggestion.state !== "withdrawn") {
      this.past.push({ ids: [id], from: entry.wanted as Decision });
      this.become(ledgers.decided(this.ledger, [id], wanted));
    }
    this.go(this.nextWaiting(id));
    this.events.changed();
  }

  undo(): void {
    const step = this.past.pop();
    if (!step) return;
    this.become(ledgers.decided(this.ledger, step.ids, step.from));
    this.go(step.ids[0]);
    this.events.changed();
  }

  private nextWaiting(id: number): number {
    const { order } = this;
    const at = order.indexOf(id);
    const next = order.slice(at + 1).find((one) => this.ledger.get(one)?.wanted === "pending") ?? order[at + 1] ?? id;
    if (order.indexOf(next) > order.length - 12) void this.more();
    return next;
  }

  private become(ledger: Ledger): void {
    this.ledger = ledger;
    // The first decision goes at once; those that come while it is on its way go together after it.
    if (!this.sending) this.later(0);
  }

  // ---- sending ----

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), ms);
  }

  flush(): void {
    if (!this.sending && this.saving) this.later(0);
  }

  /** The page goes: what was not sent goes now, and outlives it. */
  leave(): void {
    if (!this.sending) void this.send(true);
  }

  private async send(leaving = false): Promise<void> {
    const asked = ledgers.asked(this.ledger);
    if (!asked || this.sending) return;
    this.sending = true;
    const { round } = this;
    let next = 0;
    try {
      const versions = await this.client.decide(asked, leaving);
      this.wait = FIRST_RETRY_MS;
      this.offline = false;
      if (round === this.round) this.ledger = ledgers.done(this.ledger, asked, versions);
    } catch (error) {
      next = this.refused(error, asked);
    }
    this.sending = false;
    if (!ledgers.isSettled(this.ledger)) this.later(next);
    else void this.recount();
    this.events.changed();
  }

  /** Returns how long to wait before the next request. */
  private refused(error: unknown, asked: ledgers.Asked): number {
    const rows = error instanceof ApiError && error.status === 409 ? (error.body as { current?: Suggestion[] }).current : undefined;
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
