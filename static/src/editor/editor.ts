// The editor's one mutable place: holds the state, runs outcomes of tools and commands through history and saver, tells who draws.
import type { Change, ImageState, LabelClass, Xyxy } from "../lib/types";
import { uuid4 } from "../lib/uuid";
import * as commands from "./model/commands";
import { inverse, waiting, type Doc } from "./model/document";
import type { Size } from "./model/geometry";
import { recorded, redone, undone, type Step } from "./model/history";
import type { Library, Opened } from "./sync/library";
import { storeDisplay, storedDisplay, type Display } from "./model/display";
import type { Picture } from "./sync/images";
import {
  chosen,
  isHidden,
  itemOf,
  same,
  type Draft,
  type EditorState,
  type Item,
  type Rights,
  type Selection,
  type Tool,
} from "./model/state";
import type { Outcome } from "./model/tools";
import { fitted, JUDGED_FROM, panned, shown, zoomedAt, type Viewport } from "./model/viewport";

export interface EditorOptions {
  readonly classes: readonly LabelClass[];
  readonly can: Rights;
  readonly onNeedsClass: () => void;
  /** The previous image has no box that is not here already. */
  readonly onNothingBefore: () => void;
}

/** How a selection comes into sight: found where it is, or so large that it can be judged. */
type Sight = "find" | "judge" | undefined | false;

/** The sets of the state that a person switches one by one. */
type Switches = "hiddenClasses" | "hiddenKinds" | "lockedClasses" | "lockedKinds";
const NOTHING_HELD = { selection: null, also: [], draft: null, band: null, extremes: [], hover: null } as const;
const NOTHING_YET: Doc = { boxes: [], complete: new Set(), suggestions: [] };

export class Editor {
  state: EditorState;
  view: Viewport = { scale: 1, x: 0, y: 0 };
  screen: Size = { width: 1, height: 1 };
  picture: Picture | null = null;
  display: Display = storedDisplay();
  image: ImageState | null = null;
  private opened: Opened | null = null;
  /** The image that is shown, or will be as soon as it is here. */
  wanted = 0;
  private viewChosen = false;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly library: Library,
    private readonly options: EditorOptions,
  ) {
    this.state = {
      image: { width: 1, height: 1 },
      doc: NOTHING_YET,
      classes: options.classes,
      selection: null,
      also: [],
      tool: "select",
      currentClass: options.classes[0]?.id ?? null,
      hiddenClasses: new Set(),
      hiddenKinds: new Set(),
      allHidden: false,
      lockedClasses: new Set(),
      lockedKinds: new Set(),
      draft: null,
      band: null,
      extremes: [],
      hover: null,
      can: options.can,
    };
  }

  /** Everything that shows something looks again after each change; what did not change compares equal. */
  watch(watcher: () => void): void {
    this.watchers.add(watcher);
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }

  patch(part: Partial<EditorState>): void {
    this.state = { ...this.state, ...part };
    this.tell();
  }

  // ---- images ----

  async show(id: number, select: Selection | null = null): Promise<void> {
    this.wanted = id;
    this.library.flush();
    const cached = this.library.has(id);
    const opened = await this.library.open(id);
    if (this.wanted !== id) return;
    const { image } = opened.saver;
    const before = this.state.image;
    const keepView = this.viewChosen && before.width === image.width && before.height === image.height;
    this.opened = opened;
    this.image = image;
    this.picture = null;
    this.state = {
      ...this.state,
      image: { width: image.width, height: image.height },
      doc: opened.saver.doc,
      ...NOTHING_HELD,
    };
    if (!keepView) this.fit();
    if (select) this.select(select, "judge");
    this.tell();
    if (cached) void this.library.refresh(id).catch(() => undefined);
    const picture = await this.library.pictures.get(id, image.url, image);
    if (this.wanted !== id) return;
    this.picture = picture;
    this.tell();
    this.library.pictures.shown(picture, () => this.tell());
    void this.library.ahead(image.next, 1).catch(() => undefined);
    void this.library.ahead(image.previous).catch(() => undefined);
  }

  /** The saver of some image has news; if it is the shown one, what is seen follows. */
  follow(id: number): void {
    if (this.opened?.id === id) {
      const { saver } = this.opened;
      this.image = saver.image;
      this.state = { ...this.state, doc: saver.doc };
      this.keepChosen();
    }
    this.tell();
  }

  rename(id: number, ids: ReadonlyMap<string, string>): void {
    if (this.opened?.id !== id || ids.size === 0) return;
    const follow = (what: Selection): Selection =>
      what.kind === "box" ? { kind: "box", id: ids.get(what.id) ?? what.id } : what;
    const { selection, also } = this.state;
    this.state = { ...this.state, selection: selection && follow(selection), also: also.map(follow) };
  }

  /** What is gone from the document is not selected any more; the next of the selected takes the main one's place. */
  private keepChosen(): void {
    const [first, ...also] = chosen(this.state).map((item) => item.what);
    if (!this.state.selection || (same(first ?? null, this.state.selection) && also.length === this.state.also.length))
      return;
    this.state = { ...this.state, selection: first ?? null, also };
  }

  get saveState(): "saved" | "saving" | "offline" | "blocked" {
    const own = this.opened?.saver.state ?? "saved";
    if (own !== "saved" || !this.library.unsent) return own;
    return this.library.stuck ? "offline" : "saving";
  }

  get blockedBecause(): string {
    return this.opened?.saver.reason ?? "";
  }

  // ---- changes ----

  /** Does what a tool or a command came to; every change is a step of undo. */
  run(outcome: Outcome, key?: string): void {
    if (outcome.needsClass) this.options.onNeedsClass();
    if (outcome.extremes) this.state = { ...this.state, extremes: outcome.extremes };
    if (outcome.changes.length > 0 && this.opened) {
      const backward = inverse(this.state.doc, outcome.changes);
      this.opened.history = recorded(this.opened.history, { forward: outcome.changes, backward, key });
      this.apply(outcome.changes, outcome.select, outcome.also, outcome.reveal && "judge");
    } else if (outcome.select !== undefined) this.select(outcome.select, outcome.reveal && "judge", outcome.also);
    else if (outcome.extremes) this.tell();
  }

  private apply(
    changes: readonly Change[],
    select: Selection | null | undefined,
    also?: readonly Selection[],
    sight?: Sight,
  ): void {
    if (!this.opened) return;
    if (select !== undefined) this.state = { ...this.state, selection: null, also: [] };
    this.opened.saver.add(changes);
    if (select !== undefined) this.select(select, sight, also);
  }

  undo(): void {
    this.step(this.opened && undone(this.opened.history, this.state.doc));
  }

  redo(): void {
    this.step(this.opened && redone(this.opened.history, this.state.doc));
  }

  private step(step: Step | null): void {
    if (!step || !this.opened) return;
    this.opened.history = step.history;
    const all = step.changes.map(touched).filter((what) => what !== undefined);
    const [first, ...also] = all.filter((what) => what !== null);
    this.apply(step.changes, first ?? (all.length > 0 ? null : undefined), also, also.length === 0 && "find");
  }

  get canUndo(): boolean {
    return (this.opened?.history.past.length ?? 0) > 0;
  }

  get canRedo(): boolean {
    return (this.opened?.history.future.length ?? 0) > 0;
  }

  /** The previous image's boxes, in the same places: films change little from frame to frame. */
  async bringPrevious(): Promise<void> {
    const { wanted, image } = this;
    if (!image?.previous) return void this.options.onNothingBefore();
    const { saver } = await this.library.open(image.previous);
    if (this.wanted !== wanted) return;
    const outcome = commands.brought(this.state, saver.doc.boxes, uuid4);
    if (outcome.changes.length === 0) this.options.onNothingBefore();
    else this.run(outcome);
  }

  setClass(id: number): void {
    this.state = { ...this.state, currentClass: id };
    this.run(commands.classed(this.state, id, uuid4));
    this.tell();
  }

  // ---- what is seen ----

  select(what: Selection | null, sight?: Sight, also: readonly Selection[] = []): void {
    const item = itemOf(this.state.doc, what);
    if (item && isHidden(this.state, item)) this.reveal(item);
    if (item && sight)
      this.view = shown(this.view, item.xyxy, this.state.image, this.screen, sight === "judge" ? JUDGED_FROM : 0);
    // The next box is likely of the class that the person has in hand.
    const currentClass = item?.what.kind === "box" && also.length === 0 ? item.class : this.state.currentClass;
    this.patch({ selection: item ? what : null, also: item ? also : [], currentClass });
  }

  private reveal(item: Item): void {
    const hiddenClasses = new Set(this.state.hiddenClasses);
    const hiddenKinds = new Set(this.state.hiddenKinds);
    hiddenClasses.delete(item.class);
    hiddenKinds.delete(item.kind);
    this.state = { ...this.state, hiddenClasses, hiddenKinds, allHidden: false };
  }

  setTool(tool: Tool): void {
    const draws = tool === "draw" || tool === "extreme";
    this.patch({ tool, extremes: [], ...(draws && { selection: null, also: [] }) });
  }

  setDraft(draft: Draft | null, band: Xyxy | null = null): void {
    if (draft !== this.state.draft || band !== this.state.band) this.patch({ draft, band });
  }

  setHover(hover: Selection | null): void {
    if (!same(hover, this.state.hover)) this.patch({ hover });
  }

  /** Hides or locks a class or a kind of box, or shows and frees it again. */
  flip<S extends Switches>(which: S, value: EditorState[S] extends ReadonlySet<infer V> ? V : never): void {
    const set = new Set<unknown>(this.state[which]);
    if (!set.delete(value)) set.add(value);
    const state = { ...this.state, [which]: set };
    const [first, ...also] = chosen(state)
      .filter((item) => !isHidden(state, item))
      .map((item) => item.what);
    this.patch({ [which]: set, selection: first ?? null, also });
  }

  toggleAll(): void {
    this.patch({ allHidden: !this.state.allHidden, hiddenClasses: new Set(), hiddenKinds: new Set() });
  }

  setDisplay(part: Partial<Display>): void {
    this.display = { ...this.display, ...part };
    storeDisplay(this.display);
    this.tell();
  }

  resize(screen: Size): void {
    this.screen = screen;
    if (this.viewChosen) this.view = panned(this.view, 0, 0, this.state.image, screen);
    else this.view = fitted(this.state.image, screen, margin(screen));
    this.tell();
  }

  fit(): void {
    this.viewChosen = false;
    this.view = fitted(this.state.image, this.screen, margin(this.screen));
    this.tell();
  }

  zoom(factor: number, at = { x: this.screen.width / 2, y: this.screen.height / 2 }): void {
    this.viewChosen = true;
    this.view = zoomedAt(this.view, at, factor, this.state.image, this.screen);
    this.tell();
  }

  pan(dx: number, dy: number): void {
    this.viewChosen = true;
    this.view = panned(this.view, dx, dy, this.state.image, this.screen);
    this.tell();
  }

  get waiting(): number {
    return waiting(this.state.doc).length;
  }
}

const margin = (screen: Size): number => (screen.width < 640 ? 8 : 28);

/** What undo and redo select: the box that came back or moved, the suggestion that is open again. */
function touched(change: Change): Selection | null | undefined {
  switch (change.op) {
    case "create":
    case "update":
    case "accept":
      return { kind: "box", id: change.id };
    case "reopen":
      return { kind: "suggestion", id: change.suggestion };
    case "delete":
    case "reject":
      return null;
    case "complete":
      return undefined;
  }
}
