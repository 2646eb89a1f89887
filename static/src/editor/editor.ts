// The editor's one mutable place: holds the state, runs outcomes of tools and commands through history and saver, tells who draws.
import type { Change, ImageState, LabelClass } from "../lib/types";
import { uuid4 } from "../lib/uuid";
import * as commands from "./commands";
import { inverse, waiting, type Doc } from "./document";
import type { Size } from "./geometry";
import { recorded, redone, undone, type Step } from "./history";
import type { Library, Opened } from "./library";
import { itemOf, selected, type Draft, type EditorState, type Rights, type Selection, type Tool } from "./state";
import type { Outcome } from "./tools";
import { fitted, JUDGED_FROM, panned, shown, zoomedAt, type Viewport } from "./viewport";

export interface EditorOptions {
  readonly classes: readonly LabelClass[];
  readonly can: Rights;
  readonly onNeedsClass: () => void;
}

/** How a selection comes into sight: found where it is, or so large that it can be judged. */
type Sight = "find" | "judge" | undefined | false;

const NOTHING_YET: Doc = { boxes: [], complete: new Set(), suggestions: [] };

export class Editor {
  state: EditorState;
  view: Viewport = { scale: 1, x: 0, y: 0 };
  screen: Size = { width: 1, height: 1 };
  picture: HTMLImageElement | null = null;
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
      tool: "select",
      currentClass: options.classes[0]?.id ?? null,
      hiddenClasses: new Set(),
      allHidden: false,
      draft: null,
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
    this.state = { ...this.state, image: { width: image.width, height: image.height }, doc: opened.saver.doc, selection: null, draft: null, hover: null };
    if (!keepView) this.fit();
    if (select) this.select(select, "judge");
    this.tell();
    if (cached) void this.library.refresh(id).catch(() => undefined);
    const picture = await this.library.picture(id, image.url);
    if (this.wanted !== id) return;
    this.picture = picture;
    this.tell();
    void this.library.ahead(image.next, 1).catch(() => undefined);
    void this.library.ahead(image.previous).catch(() => undefined);
  }

  /** The saver of some image has news; if it is the shown one, what is seen follows. */
  follow(id: number): void {
    if (this.opened?.id === id) {
      const { saver } = this.opened;
      this.image = saver.image;
      this.state = { ...this.state, doc: saver.doc };
      if (this.state.selection && !selected(this.state)) this.state = { ...this.state, selection: null };
    }
    this.tell();
  }

  rename(id: number, ids: ReadonlyMap<string, string>): void {
    const { selection } = this.state;
    if (this.opened?.id !== id || selection?.kind !== "box") return;
    const now = ids.get(selection.id);
    if (now) this.state = { ...this.state, selection: { kind: "box", id: now } };
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
    if (outcome.changes.length > 0 && this.opened) {
      const backward = inverse(this.state.doc, outcome.changes);
      this.opened.history = recorded(this.opened.history, { forward: outcome.changes, backward, key });
      this.apply(outcome.changes, outcome.select, outcome.reveal && "judge");
    } else if (outcome.select !== undefined) this.select(outcome.select, outcome.reveal && "judge");
  }

  private apply(changes: readonly Change[], select: Selection | null | undefined, sight?: Sight): void {
    if (!this.opened) return;
    if (select !== undefined) this.state = { ...this.state, selection: null };
    this.opened.saver.add(changes);
    if (select !== undefined) this.select(select, sight);
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
    this.apply(step.changes, touched(step.changes), "find");
    if (this.state.selection && !selected(this.state)) this.patch({ selection: null });
  }

  get canUndo(): boolean {
    return (this.opened?.history.past.length ?? 0) > 0;
  }

  get canRedo(): boolean {
    return (this.opened?.history.future.length ?? 0) > 0;
  }

  setClass(id: number): void {
    this.state = { ...this.state, currentClass: id };
    this.run(commands.classed(this.state, id, uuid4));
    this.tell();
  }

  // ---- what is seen ----

  select(what: Selection | null, sight?: Sight): void {
    const item = itemOf(this.state.doc, what);
    if (item && (this.state.hiddenClasses.has(item.class) || this.state.allHidden)) {
      const hiddenClasses = new Set(this.state.hiddenClasses);
      hiddenClasses.delete(item.class);
      this.state = { ...this.state, hiddenClasses, allHidden: false };
    }
    if (item && sight) this.view = shown(this.view, item.xyxy, this.state.image, this.screen, sight === "judge" ? JUDGED_FROM : 0);
    // The next box is likely of the class that the person has in hand.
    const currentClass = item?.what.kind === "box" ? item.class : this.state.currentClass;
    this.patch({ selection: item ? what : null, currentClass });
  }

  setTool(tool: Tool): void {
    this.patch({ tool, ...(tool === "draw" && { selection: null }) });
  }

  setDraft(draft: Draft | null): void {
    if (draft !== this.state.draft) this.patch({ draft });
  }

  setHover(hover: Selection | null): void {
    if (hover?.id !== this.state.hover?.id) this.patch({ hover });
  }

  toggleClass(id: number): void {
    const hiddenClasses = new Set(this.state.hiddenClasses);
    if (!hiddenClasses.delete(id)) hiddenClasses.add(id);
    const item = selected(this.state);
    this.patch({ hiddenClasses, ...(item && hiddenClasses.has(item.class) && { selection: null }) });
  }

  toggleAll(): void {
    this.patch({ allHidden: !this.state.allHidden, hiddenClasses: new Set() });
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
function touched(changes: readonly Change[]): Selection | null | undefined {
  const change = changes.at(-1);
  switch (change?.op) {
    case "create":
    case "update":
    case "accept":
      return { kind: "box", id: change.id };
    case "reopen":
      return { kind: "suggestion", id: change.suggestion };
    case "delete":
    case "reject":
      return null;
    default:
      return undefined;
  }
}
