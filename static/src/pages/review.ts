// The review queue of a project: filters, keys and buttons around the grid of suggestions.
import { ApiError } from "../lib/api";
import { need, pageData } from "../lib/dom";
import { listen } from "../lib/socket";
import { toast } from "../lib/toast";
import type { ImageChange, LabelClass } from "../lib/types";
import { ask } from "../parts/dialogs";
import { watchDock } from "../parts/dock";
import { undoList, type UndoLine } from "../parts/undoList";
import { startDrag } from "../review/drag";
import { startTileKeys } from "../review/tileKeys";
import { askClass } from "../review/relabel";
import { Client, type Filters } from "../review/client";
import { choiceOf, editorUrl, findPlace, isReturn, keepPlace, queryOf, sourceOf } from "../review/place";
import { columns, startShow } from "../review/show";
import { ReviewQueue, type Step } from "../review/queue";

interface PageData {
  readonly project: { readonly id: number };
  readonly classes: readonly LabelClass[];
  readonly can: { readonly review: boolean; readonly run: boolean };
  readonly chosen: Partial<Filters>;
}

const RECOUNT_MS = 1500;

function start(): void {
  const data = pageData<PageData>();
  const root = need(".review");
  const names = ["class", "run", "state", "ordering"] as const;
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const select = (name: (typeof names)[number]): HTMLSelectElement => need(`select[name="${name}"]`, root);
  const client = new Client(data.project.id);
  const filters: Filters = {
    class: data.chosen.class ?? "",
    run: data.chosen.run ?? "",
    batch: data.chosen.batch ?? "",
    state: data.chosen.state || "pending",
    ordering: data.chosen.ordering || "-probability",
  };

  const queue = new ReviewQueue(client, filters, {
    changed: () => show(),
    overtaken: (count) =>
      toast(
        interpolate(
          ngettext(
            "%s suggestion was decided by somebody else before you; their answer is shown.",
            "%s suggestions were decided by somebody else before you; their answers are shown.",
            count,
          ),
          [count],
        ),
      ),
    failed: (detail) => toast(detail, "error"),
  });
  const attempt = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => undefined,
      (error: unknown) =>
        toast(error instanceof ApiError ? error.detail : gettext("The server cannot be reached."), "error"),
    );

  const relabel = async (): Promise<void> => {
    if (!data.can.review || data.classes.length < 2 || !queue.focused) return;
    const count = Math.max(1, queue.selected.size);
    const title = ngettext("Which class is it? (%s suggestion)", "Which class are they? (%s suggestions)", count);
    const chosen = await askClass(data.classes, interpolate(title, [count]));
    if (chosen !== null) queue.decide("accepted", chosen);
  };
  const lines = undoList(role("undo-list"));
  /** What was accepted in one go; a step that was taken back by its key takes its line along. */
  const massSteps = new Map<Step, UndoLine>();
  const acceptAll = (which: { min_probability: number } | { sure: true }): Promise<void> =>
    attempt(
      queue.acceptAll(which).then((step) => {
        const count = "accepted" in step ? step.accepted.length : 0;
        const text = interpolate(ngettext("%s suggestion accepted.", "%s suggestions accepted.", count), [count]);
        if (count === 0) toast(text);
        else
          massSteps.set(
            step,
            lines.add(text, () => queue.takeBack(step)),
          );
      }),
    );
  const view = startShow(root, queue, data.classes, data.can, {
    relabel: () => void relabel(),
    acceptAbove: () => void acceptAll({ min_probability: queue.cutoff }),
  });
  const show = (): void => {
    view();
    for (const [step, line] of massSteps) {
      if (queue.canTakeBack(step)) continue;
      line.remove();
      massSteps.delete(step);
    }
  };

  const chosen = (): Filters => ({
    class: select("class").value,
    ...sourceOf(select("run").value),
    state: select("state").value,
    ordering: select("ordering").value,
  });
  for (const name of names) {
    select(name).addEventListener("change", () => {
      const wanted = chosen();
      history.replaceState(null, "", `?${queryOf(wanted)}`);
      void queue.load(wanted);
    });
  }
  const day = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { month: "short", day: "numeric" });
  const fillRuns = async (): Promise<void> => {
    const runs = (await client.runs()).filter((run) => run.batch);
    const place = select("run");
    for (const run of runs)
      place.insertBefore(
        new Option(
          `${interpolate(gettext("Run %s"), [run.number])} · ${day.format(new Date(run.created_at))}`,
          String(run.id),
        ),
        place.querySelector("optgroup"),
      );
    place.value = choiceOf(queue.filters);
  };

  const open = (): void => {
    if (!queue.focused) return;
    location.assign(editorUrl(queue.focused, queue.filters));
  };
  const undoRun = async (): Promise<void> => {
    const question = gettext(
      "Undo this run? Suggestions that wait are withdrawn, and boxes that were accepted as they were are removed. What people drew or changed stays.",
    );
    if (!(await ask(question, gettext("Undo the run")))) return;
    await attempt(client.undoRun(queue.filters.run).then(() => toast(gettext("The run is undone."), "success")));
    await queue.load();
  };
  role("accept-sure").addEventListener("click", () => {
    need<HTMLDetailsElement>("[data-role=further]", root).open = false;
    void acceptAll({ sure: true });
  });
  role("next-others").addEventListener("click", () => {
    for (const name of ["class", "run"] as const) select(name).value = "";
    select("class").dispatchEvent(new Event("change"));
  });
  watchDock(role("dock"));
  role("undo-run").addEventListener("click", () => void undoRun());
  role("undo").addEventListener("click", () => queue.undo());
  role("more").addEventListener("click", () => void queue.more());
  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && void queue.more(), {
    rootMargin: "600px",
  }).observe(role("more"));

  const grid = role("grid");
  startDrag(grid, queue, Number);
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    arrowright: ({ shiftKey }) => queue.step(1, shiftKey),
    arrowleft: ({ shiftKey }) => queue.step(-1, shiftKey),
    arrowdown: ({ shiftKey }) => queue.step(columns(grid), shiftKey),
    arrowup: ({ shiftKey }) => queue.step(-columns(grid), shiftKey),
    "ctrl+a": () => queue.select(queue.order),
    escape: () => queue.select([]),
    r: () => void relabel(),
    home: () => queue.step(-queue.ledger.size),
    end: () => queue.step(queue.ledger.size),
    a: () => data.can.review && queue.decide("accepted"),
    x: () => data.can.review && queue.decide("rejected"),
    z: () => queue.undo(),
    "ctrl+z": () => queue.undo(),
    e: open,
    enter: open,
  };
  startTileKeys(grid, keys);

  window.addEventListener("online", () => queue.flush());
  window.addEventListener("beforeunload", (event) => {
    queue.leave();
    if (queue.offline) event.preventDefault();
  });
  let recount: ReturnType<typeof setTimeout> | undefined;
  listen<ImageChange>(`/ws/projects/${data.project.id}/changes/`, {
    onMessage: () => {
      clearTimeout(recount);
      recount = setTimeout(() => void queue.recount(), RECOUNT_MS);
    },
  });

  for (const name of names) if (name !== "run") select(name).value = filters[name];
  window.addEventListener("pagehide", () => keepPlace(queue));
  void queue.load().then(() => findPlace(queue, location.hash, isReturn()));
  void attempt(fillRuns());
}

start();
