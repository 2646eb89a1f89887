// The review queue of a project: filters, keys and buttons around the grid of suggestions.
import { ApiError } from "../lib/api";
import { isTyping, need, pageData } from "../lib/dom";
import { percent } from "../lib/format";
import { listen } from "../lib/socket";
import { toast } from "../lib/toast";
import type { ImageChanged, LabelClass } from "../lib/types";
import { keyName } from "../lib/keyName";
import { ask } from "../parts/dialogs";
import { startDrag } from "../review/drag";
import { askClass } from "../review/relabel";
import { Client, type Filters } from "../review/client";
import { estimate } from "../review/cutoff";
import { editorUrl, findPlace, keepPlace, queryOf } from "../review/place";
import { columns, startShow } from "../review/show";
import { ReviewQueue } from "../review/queue";

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
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const select = (name: keyof Filters): HTMLSelectElement => need(`select[name="${name}"]`, root);
  const names = ["class", "run", "state", "ordering"] as const;
  const client = new Client(data.project.id);
  const filters: Filters = {
    class: data.chosen.class ?? "",
    run: data.chosen.run ?? "",
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
    const chosen = await askClass(data.classes, Math.max(1, queue.selected.size));
    if (chosen !== null) queue.decide("accepted", chosen);
  };
  const acceptAll = (which: { min_probability: number } | { sure: true }, question: string): Promise<void> =>
    attempt(
      ask(question, gettext("Accept all")).then(async (yes) => {
        if (!yes) return;
        const count = await queue.acceptAll(which);
        toast(
          interpolate(ngettext("%s suggestion accepted.", "%s suggestions accepted.", count), [count]),
          "success",
          count > 0 ? { label: gettext("Undo"), run: () => queue.undo() } : undefined,
        );
      }),
    );
  const acceptAbove = (): void => {
    const { count } = estimate(queue.bins, Math.round(queue.cutoff * 100));
    void acceptAll(
      { min_probability: queue.cutoff },
      interpolate(
        ngettext(
          "Accept %(count)s suggestion of %(cutoff)s or more without looking at it? It can be undone.",
          "Accept %(count)s suggestions of %(cutoff)s or more without looking at each? It can be undone.",
          count,
        ),
        { count, cutoff: percent(queue.cutoff) },
        true,
      ),
    );
  };
  const show = startShow(root, queue, data.classes, data.can, { relabel: () => void relabel(), acceptAbove });

  const chosen = (): Filters => ({
    class: select("class").value,
    run: select("run").value,
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
      place.append(
        new Option(
          `${interpolate(gettext("Run %s"), [run.number])} · ${day.format(new Date(run.created_at))}`,
          String(run.id),
        ),
      );
    place.value = queue.filters.run;
  };

  const open = (): void => {
    if (!queue.focused) return;
    location.assign(editorUrl(queue.focused, queue.filters));
  };
  const acceptSure = (): Promise<void> =>
    acceptAll(
      { sure: true },
      interpolate(
        ngettext(
          "Accept %s sure suggestion without looking at it? The run can still be undone.",
          "Accept %s sure suggestions without looking at each? The run can still be undone.",
          queue.sure,
        ),
        [queue.sure],
      ),
    );
  const undoRun = async (): Promise<void> => {
    const question = gettext(
      "Undo this run? Suggestions that wait are withdrawn, and boxes that were accepted as they were are removed. What people drew or changed stays.",
    );
    if (!(await ask(question, gettext("Undo the run")))) return;
    await attempt(client.undoRun(queue.filters.run).then(() => toast(gettext("The run is undone."), "success")));
    await queue.load();
  };
  role("accept-sure").addEventListener("click", () => void acceptSure());
  role("undo-run").addEventListener("click", () => void undoRun());
  role("undo").addEventListener("click", () => queue.undo());
  role("more").addEventListener("click", () => void queue.more());
  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && void queue.more(), {
    rootMargin: "600px",
  }).observe(role("more"));

  const grid = role("grid");
  startDrag(grid, queue);
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
  window.addEventListener("keydown", (event) => {
    if (event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const name = keyName(event);
    // Enter and arrows belong to the control that has the focus, unless that is a tile.
    const elsewhere = event.target instanceof Element && event.target !== document.body && !grid.contains(event.target);
    if (elsewhere && (name === "enter" || name.startsWith("arrow") || name === "home" || name === "end")) return;
    const run = keys[name];
    if (!run) return;
    event.preventDefault();
    run(event);
  });

  window.addEventListener("online", () => queue.flush());
  window.addEventListener("beforeunload", (event) => {
    queue.leave();
    if (queue.offline) event.preventDefault();
  });
  let recount: ReturnType<typeof setTimeout> | undefined;
  listen<ImageChanged>(`/ws/projects/${data.project.id}/changes/`, {
    onMessage: () => {
      clearTimeout(recount);
      recount = setTimeout(() => void queue.recount(), RECOUNT_MS);
    },
  });

  for (const name of names) if (name !== "run") select(name).value = filters[name];
  window.addEventListener("pagehide", () => keepPlace(queue));
  void queue.load().then(() => findPlace(queue, location.hash));
  void attempt(fillRuns());
}

start();
