// The page of one image: puts library, editor, canvas, keys and panel together, and moves between images without a page
// load.
import { need, pageData } from "../lib/dom";
import { listen } from "../lib/socket";
import { toast } from "../lib/toast";
import type { ImageChange, LabelClass, Present } from "../lib/types";
import { Painter } from "../editor/ui/painter";
import { attributeBinding } from "../editor/ui/attributeBar";
import { flagBindings } from "../editor/ui/flagBar";
import { fillHelp } from "../editor/ui/helpSheet";
import { startChrome } from "../editor/ui/toolbar";
import { startDetect } from "../editor/ui/detection";
import { Editor } from "../editor/editor";
import { bindings, startKeys, type Places } from "../editor/ui/keys";
import { Library } from "../editor/sync/library";
import { startComments } from "../editor/ui/commentPanel";
import { startTagBar, tagBinding } from "../editor/ui/tagBar";
import { ClickTool } from "../editor/ui/clickTool";
import { startClassless } from "../editor/ui/classlessCard";
import { startConflicts } from "../editor/ui/conflicts";
import { Classes } from "../editor/sync/classes";
import { Comments, counted } from "../editor/sync/comments";
import { isConflict } from "../editor/sync/conflict";
import { startDisplayPanel } from "../editor/ui/displayPanel";
import { startCutoff } from "../editor/ui/cutoff";
import { startPalette } from "../editor/ui/classPalette";
import { sayHint } from "../editor/ui/hints";
import { notify } from "../editor/ui/notices";
import { startPanel } from "../editor/ui/panel";
import { startPresence } from "../editor/ui/presence";
import { startGuidelines } from "../editor/ui/guidelines";
import { TimelinePanel } from "../editor/ui/timelinePanel";
import { Timeline } from "../editor/sync/timeline";
import { PointerInput } from "../editor/ui/pointer";
import { hasUnknown } from "../editor/model/classes";
import type { Rights, Selection } from "../editor/model/state";
import { Walk } from "../editor/model/walk";
import type { Notice } from "../editor/sync/rebase";
import { shelf } from "../editor/sync/storage";
import { addressOf, backTo, walkOf, type WalkAddress } from "../editor/sync/walks";
import { startWork } from "../editor/ui/workBar";
import { expose } from "../editor/ui/testProbe";

interface PageData {
  readonly project: { readonly id: number; readonly name: string };
  readonly image: number;
  readonly classes: readonly LabelClass[];
  readonly tags: readonly string[];
  readonly guidelines: { readonly unread: boolean };
  readonly user: { readonly id: number; readonly email: string };
  readonly can: Rights & { readonly run: boolean; readonly classes: boolean; readonly guidelines: boolean };
  readonly came: WalkAddress;
  /** The class that is to be drawn. */
  readonly draw: number | null;
  /** Whether runs have looked for anything yet. */
  readonly runs: boolean;
  readonly owners?: readonly string[];
}

/** A run stores what it found before it takes back what that replaces: a moment later both are done. */
const SETTLES_MS = 700;

/** A page that was without a connection may have missed anything. */
const MISSED: ImageChange = {
  seq: 0,
  image: null,
  version: 0,
  actor: null,
  suggestions: true,
  comments: true,
  classes: true,
};

function start(): void {
  const data = pageData<PageData>();
  const root = need(".editor");
  const canvas = need<HTMLCanvasElement>("[data-testid=canvas]", root);
  const sheet = need<HTMLDialogElement>("#keys");
  const stateOf = {
    changed: (id: number) => editor.follow(id),
    renamed: (id: number, ids: ReadonlyMap<string, string>) => editor.rename(id, ids),
  };
  const library = new Library(
    shelf(data.user.id),
    {
      ...stateOf,
      notify: (id, notices) => {
        const here = id === editor.wanted;
        // On the shown image a card shows both versions, and whoever was warned of two equal boxes wants them; the rest
        // is said in words.
        const wanted = (one: Notice): boolean => one.kind === "double" && editor.state.warned.has(one.suggestion);
        const said = here ? notices.filter((one) => !isConflict(one) && !wanted(one)) : notices;
        notify(said, editor.state.classes, here ? undefined : id);
        conflict(id, notices);
      },
    },
    data.user.email,
  );
  const editor = new Editor(library, {
    classes: data.classes,
    walk: data.came.order === "" ? null : new Walk([]),
    current: data.draw,
    can: data.can,
    onNeedsClass: () => (data.can.classes || editor.state.classes.length > 0) && palette(),
    onHint: sayHint,
    onClick: (at) => void click.ask(at),
    onNothingBefore: () => toast(gettext("The previous image has no boxes that are not here already.")),
  });
  const comments = new Comments();
  const classes = new Classes(data.project.id);
  const makers = { may: data.can.classes, owners: data.owners ?? [] };

  const open = async (id: number | null | undefined, remember = true): Promise<void> => {
    if (id === null || id === undefined) return;
    if (remember) history.pushState(null, "", addressOf(id, data.came));
    try {
      await editor.show(id, fromHash());
      if (editor.image?.id !== id) return;
      document.title = `${editor.image.name} · ${data.project.name}`;
      void comments.load(id).catch(() => undefined);
    } catch {
      toast(gettext("This image cannot be opened now. Is it still there, and are you online?"), "error", {
        label: gettext("Try again"),
        run: () => void open(id, false),
      });
    }
  };
  const go: Places = {
    next: () => void open(editor.neighbours?.next),
    previous: () => void open(editor.neighbours?.previous),
    help: () => {
      fillHelp(need("[data-role=keys]", sheet), table, editor);
      sheet.showModal();
    },
    palette: () => palette(),
    display: () => display(),
    comment: () => {
      timeline.close();
      comment();
    },
    timeline: () => timeline.toggle(),
    guidelines: () => guidelines(),
    otherBox: (step) => click.step(step),
  };

  const click = new ClickTool(root, editor);
  const painter = new Painter(canvas, need<HTMLCanvasElement>("[data-role=ground]", root), editor);
  const palette = startPalette(need<HTMLDialogElement>("#palette"), editor, classes, makers);
  const display = startDisplayPanel(need("#display"), editor);
  const stage = need(".editor-stage", root);
  const conflict = startConflicts(stage, editor);
  const comment = startComments(root, editor, comments, data.user.email, data.project.id);
  const pointing = new PointerInput(canvas, editor, painter, () => data.can.label && palette());
  const work =
    data.came.from !== "work"
      ? []
      : startWork(root, editor, {
          project: data.project.id,
          can: data.can,
          open: (id) => void open(id),
          leave: () => location.assign(data.came.back),
          flush: () => library.flush(),
        });
  const detect = startDetect(root, editor, library, data.project.id, data.can);
  const flags = data.can.label ? [...flagBindings(editor), attributeBinding(editor, root), tagBinding(root)] : [];
  const table = [...bindings(editor, pointing, go), ...flags, ...detect, ...work];
  comments.watch(() => {
    painter.comments = counted(comments.all);
    painter.invalidate();
  });
  const timeline = new TimelinePanel(root, editor, new Timeline(data.project.id));
  const guidelines = startGuidelines(
    need<HTMLDialogElement>("#guidelines"),
    need("[data-do=guidelines]", root),
    editor,
    data.project.id,
    { ...data.guidelines, may: data.can.guidelines },
  );
  startClassless(stage, editor, classes, makers, palette);
  const panel = need(".editor-panel", root);
  const dropped = (image: number): Promise<void> => library.dropped(image, data.project.id);
  startPanel(panel, editor, comments, makers, data.runs && data.can.answer);
  startCutoff(panel, editor, dropped);
  startTagBar(root, editor, data.tags);
  startChrome(root, editor, go, {
    image: (id) => addressOf(id, data.came),
    back: (id) => backTo(id, data.came, document.referrer, location.origin),
  });
  startKeys(editor, pointing, table, canvas);
  expose(editor, canvas);

  const classesChanged = (): void =>
    void classes.all().then(
      (all) => editor.setClasses(all),
      () => undefined,
    );
  /** Something of a class that was made after this page was opened: the classes are asked for once. */
  let asked: unknown = null;
  editor.watch(() => {
    const { doc, classes: known } = editor.state;
    if (asked === doc) return;
    asked = doc;
    if (!hasUnknown(doc, known)) return;
    classesChanged();
  });

  let soon: ReturnType<typeof setTimeout> | undefined;
  const onRemoteChange = async (change: ImageChange): Promise<void> => {
    const { image, version, suggestions, comments: talk } = change;
    if (change.classes) classesChanged();
    const here = editor.image?.id;
    if (here && (image ?? here) === here) timeline.renew();
    if (talk && here && (image ?? here) === here) void comments.load(here).catch(() => undefined);
    // Other images are asked for again when they are shown.
    if (suggestions && here && (image ?? here) === here) {
      clearTimeout(soon);
      const again = async (): Promise<void> => {
        await library.refresh(here);
        if (editor.state.cutoff !== null) await dropped(here);
      };
      soon = setTimeout(() => void again().catch(() => undefined), SETTLES_MS);
    }
    if (image !== null) await library.remoteChange(image, version);
  };
  const shownId = (): number => Number(/\/images\/(\d+)\//.exec(location.pathname)?.[1] ?? data.image);
  window.addEventListener(
    "popstate",
    () =>
      void (shownId() === editor.image?.id ? editor.select(fromHash(), { reveal: "answer" }) : open(shownId(), false)),
  );
  window.addEventListener("online", () => library.flush());
  document.addEventListener("visibilitychange", () => library.flush());
  window.addEventListener("beforeunload", (event) => {
    library.leave();
    if (library.stuck) event.preventDefault();
  });
  const showPresent = startPresence(root, data.user.id);
  let visited: number | undefined;
  const live = listen<ImageChange | (Present & { seq?: number })>(`/ws/projects/${data.project.id}/changes/`, {
    onMessage: (change) => {
      if (!("present" in change)) void onRemoteChange(change).catch(() => undefined);
      else if (change.image === editor.image?.id) showPresent(change.present);
    },
    onOpen: (again) => {
      if (visited !== undefined) live.say({ image: visited });
      // A class that was renamed between the page's answer and this moment is in no message.
      if (!again) classesChanged();
      else if (editor.image) void onRemoteChange(MISSED).catch(() => undefined);
    },
    onClose: () => showPresent([]),
  });
  editor.watch(() => {
    if (!editor.image || editor.image.id === visited) return;
    visited = editor.image.id;
    showPresent([]);
    live.say({ image: visited });
  });
  const looked = Number(/^#version=(\d+)$/.exec(location.hash)?.[1] ?? 0);
  void open(shownId(), false).then(() => {
    if (looked > 0 && editor.image) void timeline.lookAt({ kind: "version", id: looked });
    return library.sendLeftovers(data.image);
  });
  const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const again = visit?.type === "reload" || visit?.type === "back_forward";
  void walkOf(data.came, shownId(), again, sessionStorage).then(
    (walk) => editor.follows(walk),
    () => {
      editor.follows(null);
      toast(gettext("The list that you came from could not be loaded. The images of the dataset follow one another."));
    },
  );
}

/** #suggestion=ID from the review page, #box=UUID from evidence. */
function fromHash(): Selection | null {
  const [, kind, id] = /^#(suggestion|box)=([\w-]+)$/.exec(location.hash) ?? [];
  if (kind === "suggestion") return { kind, id: Number(id) };
  return kind === "box" && id ? { kind, id } : null;
}

start();
