// The editor's one mutable place: holds the state, runs outcomes of tools and commands through history and saver, tells
// who draws.
import type { Change, ImageState, LabelClass, Xyxy } from "../lib/types";
import { uuid4 } from "../lib/uuid";
import * as commands from "./model/commands";
import { completed } from "./model/attributes";
import { inverse } from "./model/document";
import type { Point } from "./model/geometry";
import { recorded, redone, touched, undone, type Step } from "./model/history";
import type { Past } from "./model/past";
import type { Library, OpenedImage } from "./sync/library";
import { storeDisplay, storedDisplay, type Display } from "./model/display";
import type { Picture } from "./sync/images";
import { restored } from "./sync/restore";
import { flipped, followed, revealed, stillChosen, stillShown, type Switches } from "./model/selection";
import { emptyState, isHidden, itemOf, NOTHING_HELD, same } from "./model/state";
import type { Draft, EditorState, Rights, Selection, Tool } from "./model/state";
import type { Hint, Outcome } from "./model/tools";
import { neighboursOf, type Neighbours, type Walk } from "./model/walk";
import { Stage, type Reveal } from "./stage";

export interface EditorOptions {
  readonly classes: readonly LabelClass[];
  /** The list that is walked, or an empty one until it is there; null: the image's dataset. */
  readonly walk: Walk | null;
  /** The class in hand at the beginning. */
  readonly current: number | null;
  readonly can: Rights;
  /** A box was drawn, and there is no class for it. */
  readonly onNeedsClass: () => void;
  readonly onHint: (hint: Hint) => void;
  /** An object was clicked: its box is asked for. */
  readonly onClick: (at: Point) => void;
  /** The previous image has no box that is not here already. */
  readonly onNothingBefore: () => void;
}

/** What is selected besides, how it comes into sight, and whether anybody asked for it. */
interface SelectOptions {
  readonly also?: readonly Selection[] | undefined;
  readonly reveal?: Reveal | undefined;
  readonly loose?: boolean | undefined;
}

export class Editor {
  state: EditorState;
  readonly stage = new Stage(() => this.tell());
  picture: Picture | null = null;
  display: Display = storedDisplay();
  image: ImageState | null = null;
  private walk: Walk | null;
  private opened: OpenedImage | null = null;
  /** The image that is shown, or will be as soon as it is here. */
  wanted = 0;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly library: Library,
    private readonly options: EditorOptions,
  ) {
    this.walk = options.walk;
    this.state = emptyState(options.classes, options.current, options.can);
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
    const size = { width: image.width, height: image.height };
    this.opened = opened;
    this.image = image;
    this.picture = null;
    this.state = { ...this.state, image: size, doc: opened.saver.doc, classless: opened.classless, ...NOTHING_HELD };
    this.stage.open(size);
    if (select) this.select(select, { reveal: "answer" });
    this.tell();
    if (cached) void this.library.refresh(id).catch(() => undefined);
    const picture = await this.library.pictures.get(id, image.url, image);
    if (this.wanted !== id) return;
    this.picture = picture;
    this.tell();
    this.library.pictures.shown(picture, () => this.tell());
    this.ahead(image);
  }

  /** Where the person goes next is there already. */
  private ahead(image: ImageState): void {
    const { next, previous } = neighboursOf(image, this.walk);
    void this.library.ahead(next, (there) => neighboursOf(there, this.walk).next).catch(() => undefined);
    void this.library.ahead(previous).catch(() => undefined);
  }

  /** The list that is walked from now on. */
  follows(walk: Walk | null): void {
    this.walk = walk;
    if (this.picture && this.image) this.ahead(this.image);
    this.tell();
  }

  get neighbours(): Neighbours | null {
    return this.image && neighboursOf(this.image, this.walk);
  }

  /** The saver of some image has news; if it is the shown one, what is seen follows. */
  follow(id: number): void {
    if (this.opened?.id === id) {
      const { saver } = this.opened;
      this.image = saver.image;
      this.state = stillChosen({ ...this.state, doc: saver.doc });
    }
    this.tell();
  }

  rename(id: number, ids: ReadonlyMap<string, string>): void {
    if (this.opened?.id !== id || ids.size === 0) return;
    this.state = followed(this.state, ids);
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
    const { select, also, extremes, warned, classless, loose } = outcome;
    const changes = completed(this.state, outcome.changes);
    if (this.state.past && (changes.length > 0 || classless)) return this.options.onHint("looking-back");
    const selecting: SelectOptions = { also, reveal: outcome.reveal ? "answer" : undefined, loose };
    if (extremes) this.state = { ...this.state, extremes };
    if (classless) this.wait(classless);
    if (changes.length > 0 && this.opened) {
      const backward = inverse(this.state.doc, changes);
      this.opened.history = recorded(this.opened.history, { forward: changes, backward, key });
      this.apply(changes, select, selecting);
    } else if (select !== undefined) this.select(select, selecting);
    if (warned) this.state = { ...this.state, warned };
    if (extremes || classless) this.tell();
    if (outcome.hint) this.options.onHint(outcome.hint);
    if (outcome.click) this.options.onClick(outcome.click);
  }

  private apply(changes: readonly Change[], select: Selection | null | undefined, how: SelectOptions): void {
    if (!this.opened) return;
    if (select !== undefined) this.state = { ...this.state, selection: null, also: [] };
    this.opened.saver.add(changes);
    if (select !== undefined) this.select(select, how);
  }

  undo(): void {
    if (this.state.past) return this.options.onHint("looking-back");
    const { classless } = this.state;
    if (classless.length > 0) this.run({ changes: [], classless: classless.slice(0, -1) });
    else this.step(this.opened && undone(this.opened.history, this.state.doc));
  }

  redo(): void {
    if (this.state.past) return this.options.onHint("looking-back");
    this.step(this.opened && redone(this.opened.history, this.state.doc));
  }

  private step(step: Step | null): void {
    if (!step || !this.opened) return;
    this.opened.history = step.history;
    const all = step.changes.map(touched).filter((what) => what !== undefined);
    const [first, ...also] = all.filter((what) => what !== null);
    const reveal = also.length === 0 ? "find" : undefined;
    this.apply(step.changes, first ?? (all.length > 0 ? null : undefined), { also, reveal, loose: true });
  }

  get canUndo(): boolean {
    if (this.state.past) return false;
    return this.state.classless.length > 0 || (this.opened?.history.past.length ?? 0) > 0;
  }

  get canRedo(): boolean {
    return !this.state.past && (this.opened?.history.future.length ?? 0) > 0;
  }

  /** Null: back to now. */
  lookBack(past: Past | null): void {
    if (past === this.state.past) return;
    this.patch(past ? { ...NOTHING_HELD, past } : { past });
  }

  /** `ask` has the image restored on what is saved of it. False: something could not be saved before. */
  async restore(ask: (seen: ImageState) => Promise<ImageState>): Promise<boolean> {
    if (!this.opened || !(await restored(this.opened, ask))) return false;
    this.lookBack(null);
    return true;
  }

  /** The previous image's boxes, in the same places: films change little from frame to frame. */
  async bringPrevious(): Promise<void> {
    const { wanted } = this;
    const previous = this.neighbours?.previous;
    if (!previous) return void this.options.onNothingBefore();
    const { saver } = await this.library.open(previous);
    if (this.wanted !== wanted) return;
    const outcome = commands.brought(this.state, saver.doc.boxes, uuid4);
    if (outcome.changes.length === 0) this.options.onNothingBefore();
    else this.run(outcome);
  }

  // ---- classes ----

  /** The class in hand: what waits for one gets it, or else what is selected. */
  setClass(id: number): void {
    this.state = { ...this.state, currentClass: id };
    const waits = this.state.classless.length > 0;
    this.run(waits ? commands.named(this.state, id, uuid4) : commands.classed(this.state, id, uuid4));
    this.tell();
  }

  /** The classes as the project has them by now. */
  setClasses(classes: readonly LabelClass[]): void {
    const { currentClass, classless } = this.state;
    const still = classes.some((one) => one.id === currentClass);
    const first = classless.length > 0 ? null : (classes[0]?.id ?? null);
    this.patch({ classes, currentClass: still ? currentClass : first });
  }

  private wait(classless: readonly Xyxy[]): void {
    if (!this.opened) return;
    const more = classless.length > this.state.classless.length;
    this.state = { ...this.state, classless };
    this.library.keepClassless(this.opened, classless);
    if (more) this.options.onNeedsClass();
  }

  // ---- what is seen ----

  select(what: Selection | null, { also = [], reveal, loose = false }: SelectOptions = {}): void {
    const item = itemOf(this.state.doc, what);
    if (item && isHidden(this.state, item)) this.state = revealed(this.state, item);
    if (item && reveal) this.stage.bring(item.xyxy, reveal);
    // The next box is likely of the class that the person has in hand.
    const currentClass = item?.what.kind === "box" && also.length === 0 ? item.class : this.state.currentClass;
    this.patch({ selection: item ? what : null, also: item ? also : [], loose, currentClass });
  }

  setTool(tool: Tool): void {
    const draws = tool === "draw" || tool === "click" || tool === "extreme";
    this.patch({ tool, extremes: [], clicks: [], ...(draws && { selection: null, also: [] }) });
  }

  setDraft(draft: Draft | null, band: Xyxy | null = null): void {
    if (draft !== this.state.draft || band !== this.state.band) this.patch({ draft, band });
  }

  setHover(hover: Selection | null): void {
    if (!same(hover, this.state.hover)) this.patch({ hover });
  }

  flip<S extends Switches>(which: S, value: EditorState[S] extends ReadonlySet<infer V> ? V : never): void {
    this.patch(flipped(this.state, which, value));
  }

  toggleAll(): void {
    this.patch({ allHidden: !this.state.allHidden, hiddenClasses: new Set(), hiddenKinds: new Set() });
  }

  /** Null: suggestions are shown as their runs decided. */
  setCutoff(cutoff: number | null): void {
    this.patch(stillShown({ ...this.state, cutoff }));
  }

  setDisplay(part: Partial<Display>): void {
    this.display = { ...this.display, ...part };
    storeDisplay(this.display);
    this.tell();
  }
}
