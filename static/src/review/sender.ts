// Sends what a person decided, one request at a time: gathers answers for a moment, tries again while the network is
// away.
import { ApiError, isPassing } from "../lib/api";
import type { Suggestion } from "../lib/types";
import type { Client } from "./client";
import * as ledgers from "./ledger";
import type { Ledger } from "./ledger";

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 20_000;
const GATHER_MS = 400;

/** Whose decisions are sent. */
export interface Source {
  ledger: Ledger;
  /** Another number: the list was loaded anew meanwhile. */
  readonly round: number;
}

export interface SendEvents {
  readonly changed: () => void;
  /** Nothing is left to send. */
  readonly settled: () => void;
  /** So many of our decisions came after somebody else's. */
  readonly overtaken: (count: number) => void;
  readonly failed: (detail: string) => void;
}

export class Sender {
  offline = false;
  private sending = false;
  private sent: ledgers.DecisionRequest | null = null;
  private wait = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: Client,
    private readonly source: Source,
    private readonly events: SendEvents,
  ) {}

  get busy(): boolean {
    return this.sending || !ledgers.isSettled(this.source.ledger);
  }

  /**
   * Answers gather for a moment and go together: fewer transactions, and a slip that is undone at once costs nothing.
   */
  soon(): void {
    if (!this.sending && this.timer === undefined) this.later(GATHER_MS);
  }

  flush(): void {
    if (!this.sending && this.busy) this.later(0);
  }

  /** Resolves when all is saved, or at once while the server is away. */
  async settled(): Promise<void> {
    while (this.busy && !this.offline) await new Promise((resolve) => setTimeout(resolve, 30));
  }

  /** The page goes: what was not sent goes now, and outlives it. */
  leave(): void {
    let ledger = this.sent ? ledgers.done(this.source.ledger, this.sent) : this.source.ledger;
    for (let asked = ledgers.asked(ledger); asked; asked = ledgers.asked(ledger)) {
      this.client.decide(asked, true).catch(() => undefined);
      ledger = ledgers.done(ledger, asked);
    }
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.send();
    }, ms);
  }

  private async send(): Promise<void> {
    const { source } = this;
    const asked = ledgers.asked(source.ledger);
    if (!asked || this.sending) return;
    this.sending = true;
    this.sent = asked;
    const { round } = source;
    let next = 0;
    try {
      const versions = await this.client.decide(asked);
      this.wait = FIRST_RETRY_MS;
      this.offline = false;
      if (round === source.round) source.ledger = ledgers.done(source.ledger, asked, versions);
    } catch (error) {
      next = this.refused(error, asked);
    }
    this.sending = false;
    this.sent = null;
    if (!ledgers.isSettled(source.ledger)) this.later(next);
    else this.events.settled();
    this.events.changed();
  }

  /** Returns how long to wait before the next request. */
  private refused(error: unknown, asked: ledgers.DecisionRequest): number {
    const { source } = this;
    const rows =
      error instanceof ApiError && error.status === 409
        ? (error.body as { current?: Suggestion[] }).current
        : undefined;
    if (Array.isArray(rows)) {
      const result = ledgers.overtaken(source.ledger, rows);
      source.ledger = result.ledger;
      if (result.ids.length > 0) this.events.overtaken(result.ids.length);
      return 0;
    }
    if (isPassing(error)) {
      this.offline = true;
      const { wait } = this;
      this.wait = Math.min(wait * 2, LONGEST_RETRY_MS);
      return wait;
    }
    source.ledger = ledgers.givenUp(source.ledger, asked);
    this.events.failed(error instanceof ApiError ? error.detail : String(error));
    return 0;
  }
}
