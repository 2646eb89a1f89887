// Files on their way to a dataset, without a page: chunks that go one after the other, what became of each file, and
// going on after a break.
import type { Answer, Problem, SendProgress } from "./send";
import type { Source } from "./sources";
import { isZip } from "./zip";

export type ItemState = "waiting" | "busy" | "added" | "known" | "failed";

export interface Item extends Source {
  readonly id: number;
  readonly state: ItemState;
  /** How much of it is sent, 0 to 1. */
  readonly share: number;
  readonly reason: string;
}

export interface Counts {
  readonly files: number;
  readonly bytes: number;
  readonly sentBytes: number;
  /** Files that need nothing more: added, known, or named as a problem. */
  readonly finished: number;
  readonly added: number;
  readonly known: number;
  /** Files that a break kept back: they wait for the person to go on. */
  readonly kept: number;
}

export interface Server {
  /** The names under which the dataset has those of `files` that it has. */
  known(files: readonly File[]): Promise<ReadonlyMap<Blob, string>>;
  /** Rejects with a sentence. */
  send(files: readonly File[], sending: SendProgress): Promise<Answer>;
}

export interface Listener {
  item(item: Item): void;
  problem(problem: Problem): void;
  /** A zip that the server unpacks. */
  imported(id: number, name: string): void;
  /** The server takes no more for so many seconds; 0: it goes on. */
  paused(seconds: number): void;
  changed(): void;
}

interface OpenedFile {
  readonly item: Item;
  readonly file: File;
}

const CHUNK_FILES = 20;
const CHUNK_BYTES = 64 * 2 ** 20;
const MEGABYTE = 2 ** 20;

export class UploadQueue {
  private readonly waiting: Item[] = [];
  private kept: Item[] = [];
  private working = false;
  private stopping = new AbortController();
  private made = 0;
  private readonly count = { files: 0, bytes: 0, finished: 0, finishedBytes: 0, added: 0, known: 0 };
  private chunkSent = 0;

  constructor(
    private readonly server: Server,
    private readonly listener: Listener,
    private readonly maxMb: number,
  ) {}

  get busy(): boolean {
    return this.working || this.waiting.length > 0;
  }

  get counts(): Counts {
    const { finishedBytes, ...counts } = this.count;
    return { ...counts, sentBytes: finishedBytes + this.chunkSent, kept: this.kept.length };
  }

  add(sources: readonly Source[]): void {
    const items = sources.map((source): Item => {
      this.made += 1;
      return { ...source, id: this.made, state: "waiting", share: 0, reason: "" };
    });
    this.count.files += items.length;
    for (const { size } of items) this.count.bytes += size;
    for (const item of items) this.listener.item(item);
    this.enqueue(items);
  }

  /** What is on its way is broken off; it and all that waits is kept for `goOn`. */
  stop(): void {
    this.stopping.abort();
    this.keep(this.waiting.splice(0), gettext("Stopped."));
  }

  goOn(): void {
    const items = this.kept;
    this.kept = [];
    this.enqueue(items.map((item) => this.become(item, "waiting")));
  }

  /** Images of a zip that the server has unpacked. */
  countAdded(images: number): void {
    this.count.added += images;
    this.listener.changed();
  }

  private enqueue(items: readonly Item[]): void {
    if (!this.busy) this.stopping = new AbortController();
    this.waiting.push(...items);
    if (!this.working) void this.work(); // one request at a time, so that images get their numbers in order
    this.listener.changed();
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let chunk = this.nextChunk(); chunk.length > 0; chunk = this.nextChunk()) {
      if (this.stopping.signal.aborted) this.keep(chunk, gettext("Stopped."));
      else await this.sendChunk(chunk);
    }
    this.working = false;
    this.listener.changed();
  }

  private nextChunk(): Item[] {
    let bytes = 0;
    const end = this.waiting.findIndex(({ size }, n) => (bytes += size) > CHUNK_BYTES && n > 0);
    return this.waiting.splice(0, Math.min(CHUNK_FILES, end < 0 ? this.waiting.length : end));
  }

  private async sendChunk(chunk: readonly Item[]): Promise<void> {
    const opened = await this.opened(chunk);
    const known = await this.server.known(opened.map(({ file }) => file));
    for (const { item, file } of opened) {
      const name = known.get(file);
      if (name !== undefined)
        this.finish(this.become(item, "known", interpolate(gettext("here already, as %s"), [name])));
    }
    const going = opened.filter(({ file }) => !known.has(file));
    if (going.length === 0) return void this.listener.changed();
    const total = going.reduce((sum, { item }) => sum + item.size, 0);
    const onSent = (share: number): void => {
      this.chunkSent = share * total;
      this.meter(going);
      this.listener.changed();
    };
    onSent(0);
    const { signal } = this.stopping;
    try {
      const onWait = (seconds: number): void => this.listener.paused(seconds);
      const files = going.map(({ file }) => file);
      const answer = await this.server.send(files, { onSent, onWait, signal }).finally(() => (this.chunkSent = 0));
      this.settle(going, answer);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const items = going.map(({ item }) => item);
      this.keep(items, signal.aborted ? gettext("Stopped.") : reason);
    }
  }

  /** The files of a chunk; what cannot be read, or is too large to be taken, is named and left out. */
  private async opened(chunk: readonly Item[]): Promise<OpenedFile[]> {
    const opened: OpenedFile[] = [];
    for (const item of chunk) {
      const tooLarge = item.size > this.maxMb * MEGABYTE && !isZip(item.name);
      const file = tooLarge ? null : await item.read().catch(() => null);
      if (file) opened.push({ item, file });
      else
        this.fail(item, {
          file: item.name,
          code: "unread",
          detail: tooLarge
            ? interpolate(gettext("The file is larger than %s MB."), [this.maxMb])
            : gettext("The file could not be read."),
        });
    }
    return opened;
  }

  /** Files travel one after the other: what is sent belongs to the first of them. */
  private meter(going: readonly OpenedFile[]): void {
    let behind = this.chunkSent;
    for (const { item } of going) {
      const share = item.size > 0 ? Math.min(1, Math.max(0, behind / item.size)) : 1;
      this.listener.item({ ...item, state: "busy", share, reason: "" });
      behind -= item.size;
    }
  }

  /** The answer names files as the server cleaned them; several files of one name share out its problems in order. */
  private settle(going: readonly OpenedFile[], answer: Answer): void {
    const problems = new Map<string, Problem[]>();
    for (const problem of answer.problems) problems.set(problem.file, [...(problems.get(problem.file) ?? []), problem]);
    for (const { item, file } of going) {
      const problem = problems.get(file.name)?.shift();
      if (problem) this.fail(item, problem);
      else this.finish(this.become(item, "added"));
    }
    // Under a name that the server changed.
    for (const rest of [...problems.values()].flat()) this.listener.problem(rest);
    this.count.added += answer.added.length;
    for (const { id, name = "" } of answer.imports) this.listener.imported(id, name);
  }

  /** Not sent, through no fault of the files. */
  private keep(items: readonly Item[], reason: string): void {
    this.kept.push(...items.map((item) => this.become(item, "failed", reason)));
    this.listener.changed();
  }

  private fail(item: Item, problem: Problem): void {
    this.finish(this.become(item, "failed", problem.detail));
    this.listener.problem(problem);
  }

  private finish(item: Item): void {
    this.count.finished += 1;
    this.count.finishedBytes += item.size;
    if (item.state === "known") this.count.known += 1;
  }

  private become(item: Item, state: ItemState, reason = ""): Item {
    const next = { ...item, state, reason, share: 0 };
    this.listener.item(next);
    return next;
  }
}
