// Sends the changes of one image: the queue's decisions carried out, with waiting, retrying and a state to show.
import { ApiError, isPassing } from "../../lib/api";
import type { Change, ImageState } from "../../lib/types";
import { uuid4 } from "../../lib/uuid";
import type { Doc, Offer } from "../model/document";
import * as queues from "./queue";
import type { Queue, SettledQueue, StoredQueue } from "./queue";
import type { Notice } from "./rebase";

export type SaveState = "saved" | "saving" | "offline" | "blocked";

export interface Wire {
  readonly send: (
    imageId: number,
    version: number,
    changes: readonly Change[],
    leaving: boolean,
  ) => Promise<ImageState>;
  readonly keep: (imageId: number, stored: StoredQueue | null) => void;
}

export interface Listener {
  changed(): void;
  notify(notices: readonly Notice[]): void;
  renamed(ids: ReadonlyMap<string, string>): void;
}

/** Long enough that a flurry of keys is one request, short enough that nobody waits for it. */
const GATHER_MS = 150;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 20_000;

export class Saver {
  /** "busy": the server answers, has no room just now, and said when to come again. */
  private trouble: "busy" | "offline" | "blocked" | null = null;
  private wait = FIRST_RETRY_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private shown: Doc;
  private readonly asking: ((saved: boolean) => void)[] = [];
  /** Why the server will not take the changes although it answers. */
  reason = "";

  constructor(
    private queue: Queue,
    private readonly wire: Wire,
    private readonly listener: Listener,
    private readonly author: string | null,
  ) {
    this.shown = queues.localDoc(queue, author);
  }

  get doc(): Doc {
    return this.shown;
  }

  get image(): ImageState {
    return this.queue.base;
  }

  get idle(): boolean {
    return queues.isIdle(this.queue);
  }

  get state(): SaveState {
    if (this.idle) return "saved";
    return this.trouble === null || this.trouble === "busy" ? "saving" : this.trouble;
  }

  add(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.become(queues.enqueued(this.queue, changes));
    if (!this.trouble) this.later(GATHER_MS);
  }

  /** A state that we were told of or fetched. */
  refresh(state: ImageState): void {
    this.settle(queues.refreshed(this.queue, state, uuid4));
    if (!this.idle && !this.trouble) this.later(GATHER_MS);
  }

  /** What runs dropped in this image, as it was asked for. */
  drop(dropped: readonly Offer[]): void {
    this.become(queues.withDropped(this.queue, dropped));
  }

  /** Changes of an earlier visit that never reached the server. */
  restore(stored: StoredQueue): void {
    this.settle(queues.restored(this.queue.base, stored, uuid4));
    this.later(0);
  }

  /** Sends now: the person leaves the image, or the network is back. */
  flush(): void {
    if (!this.idle && !this.queue.sending) this.later(0);
  }

  /** Sends now; true when all is saved, false when that is not possible just now. */
  settled(): Promise<boolean> {
    if (this.idle) return Promise.resolve(true);
    if (this.state !== "saving") return Promise.resolve(false);
    this.flush();
    return new Promise((resolve) => this.asking.push(resolve));
  }

  /** The page goes: what was not sent goes now, and outlives it. What does not arrive is kept for the next visit. */
  leave(): void {
    if (!this.queue.sending) void this.send(true);
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.send(), ms);
  }

  private async send(leaving = false): Promise<void> {
    const next = queues.taken(this.queue);
    if (!next) return;
    this.become(next);
    try {
      const state = await this.wire.send(next.base.id, next.base.version, next.batch, leaving);
      this.trouble = null;
      this.wait = FIRST_RETRY_MS;
      this.become(queues.succeeded(this.queue, state));
      const doubles = queues.doubles(state);
      if (doubles.length > 0) this.listener.notify(doubles);
    } catch (error) {
      this.failed(error);
    }
    if (!this.idle && !this.trouble) this.later(0);
  }

  private failed(error: unknown): void {
    const current = staleState(error);
    if (current) {
      this.trouble = null;
      return this.settle(queues.rebased(this.queue, current, uuid4));
    }
    if (error instanceof ApiError && (error.status === 400 || error.status === 409))
      return this.settle(queues.refused(this.queue, error.detail));
    const asked = error instanceof ApiError && error.status === 503 ? error.retryAfterMs : null;
    this.trouble = asked !== null ? "busy" : isPassing(error) ? "offline" : "blocked";
    this.reason = error instanceof ApiError ? error.detail : "";
    this.become(queues.unanswered(this.queue));
    // Not all at once.
    if (asked !== null) return this.later(Math.min(asked, LONGEST_RETRY_MS) * (1 + Math.random() / 2));
    this.later(this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_RETRY_MS);
  }

  private settle(result: SettledQueue): void {
    this.listener.renamed(result.renamed);
    this.become(result.queue);
    if (result.notices.length > 0) this.listener.notify(result.notices);
  }

  private become(queue: Queue): void {
    this.queue = queue;
    this.shown = queues.localDoc(queue, this.author);
    this.wire.keep(queue.base.id, queues.stored(queue));
    this.listener.changed();
    if (this.idle || this.state !== "saving") for (const answer of this.asking.splice(0)) answer(this.idle);
  }
}

/** What the server has, where it refused since somebody else was quicker. */
export function staleState(error: unknown): ImageState | null {
  if (!(error instanceof ApiError) || error.status !== 409) return null;
  const { current } = (error.body ?? {}) as { current?: ImageState };
  return current && Array.isArray(current.boxes) ? current : null;
}
