// The grid's boxes: what is loaded, what is focused and selected, what became of boxes here, and undo; tells whoever
// shows it.
import { ApiError } from "../lib/api";
import { AHEAD, Cursor } from "../review/cursor";
import { MOST, type Client, type Edit, type Filters, type GridBox, type Verb } from "./client";

/** became: the class that it got here, or that it was deleted or sent back. */
export interface Entry {
  readonly box: GridBox;
  readonly became: number | "deleted" | "sent" | null;
}

export interface EditRecord {
  readonly edit: Edit;
  readonly verb: Verb;
  readonly ids: readonly string[];
}

export interface ListEvents {
  readonly changed: () => void;
  readonly failed: (detail: string) => void;
  readonly done: (step: EditRecord) => void;
}

type Api = Pick<Client, "page" | "change" | "undo">;

const PART = 100; // ids that one address names

export class BoxList extends Cursor<string> {
  total: number | null = null;
  loading = false;
  saving = false;
  complete = false;
  private entries: ReadonlyMap<string, Entry> = new Map();
  private after: string | null = null;
  private round = 0;
  private past: readonly EditRecord[] = [];

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

  get order(): readonly string[] {
    return [...this.entries.keys()];
  }

  get focused(): Entry | null {
    return this.focus === null ? null : (this.entries.get(this.focus) ?? null);
  }

  get canUndo(): boolean {
    return this.past.length > 0 && !this.saving;
  }

  // ---- loading ----

  async load(filters: Filters = this.filters): Promise<void> {
    this.round += 1;
    Object.assign(this, { filters, entries: new Map(), after: null, complete: false, loading: false });
    Object.assign(this, { focus: null, total: null, selected: new Set() });
    await this.more();
  }

  async more(): Promise<void> {
    if (this.loading || this.complete) return;
    const { round } = this;
    this.loading = true;
    this.events.changed();
    try {
      const page = await this.client.page(this.filters, this.after);
      if (round !== this.round) return;
      this.total = page.total ?? this.total;
      this.after = page.next;
      this.complete = page.next === null;
      this.know(page.results.filter(({ id }) => !this.entries.has(id)));
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

  /** As the server has these boxes now. */
  private know(boxes: readonly GridBox[]): void {
    const entries = new Map(this.entries);
    for (const box of boxes) entries.set(box.id, { box, became: null });
    this.entries = entries;
  }

  /** What the next verb is for: the selected ones, or else the focused one, where they are this person's to change. */
  get chosen(): readonly Entry[] {
    const ids = this.selected.size > 0 ? this.selected : new Set(this.focus === null ? [] : [this.focus]);
    return this.shown.filter(({ box, became }) => ids.has(box.id) && box.mine && untouched(became)).slice(0, MOST);
  }

  // ---- changing ----

  async change(verb: Verb): Promise<void> {
    const boxes = this.chosen.map(({ box }) => box);
    const ids = boxes.map(({ id }) => id);
    if (boxes.length === 0 || this.saving) return;
    const last = ids.at(-1);
    await this.attempt(async () => {
      const edit = await this.client.change(verb, Number(this.filters.class), boxes);
      if (edit.state !== "done") throw new Error(edit.problem);
      const step = { edit, verb, ids };
      this.past = [...this.past, step];
      this.mark(ids, verb.kind === "relabel" ? verb.to : verb.kind === "delete" ? "deleted" : "sent");
      if (edit.stayed > 0) await this.refresh(ids);
      this.focus = this.nextAfter(last ?? null) ?? this.focus;
      this.events.done(step);
    });
  }

  /** Takes back the latest change, or the one that is named. */
  async undo(step: EditRecord | undefined = this.past.at(-1)): Promise<void> {
    if (!step || !this.past.includes(step) || this.saving) return;
    await this.attempt(async () => {
      const edit = await this.client.undo(step.edit.id);
      if (edit.state !== "done") throw new Error(edit.problem);
      this.past = this.past.filter((one) => one !== step);
      await this.refresh(step.ids);
      const back = step.ids.filter((id) => this.entries.has(id));
      this.selected = new Set(back.length > 1 ? back : []);
      this.focus = back[0] ?? this.focus;
    });
  }

  canTakeBack(step: EditRecord): boolean {
    return this.past.includes(step);
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    this.saving = true;
    this.selected = new Set();
    this.anchor = null;
    this.events.changed();
    try {
      await work();
    } catch (error) {
      this.events.failed(said(error));
    }
    this.saving = false;
    this.events.changed();
  }

  private mark(ids: readonly string[], became: Entry["became"]): void {
    const entries = new Map(this.entries);
    for (const id of ids) {
      const entry = entries.get(id);
      if (entry) entries.set(id, { ...entry, became });
    }
    this.entries = entries;
  }

  /** Boxes as they are now; those that are of the class no more keep what became of them here. */
  private async refresh(ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += PART) {
      const some = ids.slice(at, at + PART).filter((id) => this.entries.has(id));
      const filters = { class: this.filters.class ?? "", ids: some.join(","), order: "size", page_size: String(PART) };
      if (some.length > 0) this.know((await this.client.page(filters, null)).results);
    }
  }

  private nextAfter(id: string | null): string | undefined {
    const { order } = this;
    const at = id === null ? -1 : order.indexOf(id);
    if (at > order.length - AHEAD) void this.more();
    return order.slice(at + 1).find((one) => untouched(this.entries.get(one)?.became ?? null));
  }
}

function untouched(became: Entry["became"]): boolean {
  return became === null || became === "sent";
}

function said(error: unknown): string {
  if (error instanceof ApiError) return error.detail;
  return error instanceof Error && error.message !== "" && error.name === "Error"
    ? error.message
    : gettext("The server cannot be reached.");
}
