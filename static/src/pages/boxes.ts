// All boxes of one class: filters, keys and buttons around the grid of crops.
import { at } from "../lib/address";
import { need, pageData } from "../lib/dom";
import { toast } from "../lib/toast";
import type { LabelClass } from "../lib/types";
import { watchDock } from "../parts/dock";
import { undoList, type UndoLine } from "../parts/undoList";
import { Client, type Filters } from "../grid/client";
import { askComment } from "../grid/comment";
import { BoxList, type EditRecord } from "../grid/list";
import { startShow, type Can } from "../grid/show";
import { editorUrl } from "../grid/tile";
import { doneWords, queryOf } from "../grid/words";
import { startDrag } from "../review/drag";
import { startTileKeys } from "../review/tileKeys";
import { askClass } from "../review/relabel";
import { columns } from "../review/show";

interface PageData {
  readonly project: { readonly id: number };
  readonly classes: readonly LabelClass[];
  readonly can: Can;
  readonly chosen: Filters;
}

function start(): void {
  const data = pageData<PageData>();
  const root = need(".boxes");
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const selects = [...root.querySelectorAll<HTMLSelectElement>(".review-filters select")];
  const lines = undoList(role("undo-list"));
  const kept = new Map<EditRecord, UndoLine>();
  const list = new BoxList(new Client(data.project.id), data.chosen, {
    changed: () => show(),
    failed: (detail) => toast(detail, "error"),
    done: (step) => {
      const text = doneWords(step.verb, step.edit, data.classes);
      kept.set(
        step,
        lines.add(text, () => list.undo(step)),
      );
    },
  });

  const count = (): number => list.chosen.length;
  const acts = {
    relabel: async () => {
      if (!data.can.label || count() === 0) return;
      const others = data.classes.filter(({ id }) => String(id) !== list.filters.class);
      const title = ngettext("Which class is it? (%s box)", "Which class are they? (%s boxes)", count());
      const to = others.length > 0 ? await askClass(others, interpolate(title, [count()])) : null;
      if (to !== null) await list.change({ kind: "relabel", to });
    },
    remove: async () => {
      if (data.can.label && count() > 0) await list.change({ kind: "delete" });
    },
    sendBack: async () => {
      if (!data.can.review || count() === 0) return;
      const title = ngettext("Send %s box back", "Send %s boxes back", count());
      const comment = await askComment(interpolate(title, [count()]));
      if (comment !== null) await list.change({ kind: "send_back", comment });
    },
  };
  const view = startShow(root, list, data.classes, data.can, {
    relabel: () => void acts.relabel(),
    remove: () => void acts.remove(),
    sendBack: () => void acts.sendBack(),
  });
  const show = (): void => {
    view();
    for (const [step, line] of kept) {
      if (list.canTakeBack(step)) continue;
      line.remove();
      kept.delete(step);
    }
  };

  /** What changes all of these leads to the page that asks about all at once. */
  const follow = (): void => {
    const all = root.querySelector<HTMLAnchorElement>("[data-role=all]");
    if (!all) return;
    const { class: label = "", order: _order, ...narrow } = list.filters;
    const filter = queryOf(narrow);
    const query = new URLSearchParams({ class: label, ...(filter && { filter }) });
    all.href = at(`/projects/${data.project.id}/boxes/changes/?${query}`);
  };
  for (const select of selects) {
    const value = list.filters[select.name] ?? "";
    if ([...select.options].some((one) => one.value === value)) select.value = value;
    select.addEventListener("change", () => {
      const filters = Object.fromEntries(selects.map((one) => [one.name, one.value]));
      history.replaceState(null, "", `?${queryOf(filters)}`);
      void list.load(filters);
      follow();
    });
  }
  list.filters = Object.fromEntries(selects.map((one) => [one.name, one.value]));

  watchDock(role("dock"));
  role("undo").addEventListener("click", () => void list.undo());
  role("more").addEventListener("click", () => void list.more());
  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && void list.more(), {
    rootMargin: "600px",
  }).observe(role("more"));
  const grid = role("grid");
  startDrag(grid, list, String);
  const open = (): void => {
    if (list.focused) location.assign(editorUrl(list.focused.box.image.id));
  };
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    arrowright: ({ shiftKey }) => list.step(1, shiftKey),
    arrowleft: ({ shiftKey }) => list.step(-1, shiftKey),
    arrowdown: ({ shiftKey }) => list.step(columns(grid), shiftKey),
    arrowup: ({ shiftKey }) => list.step(-columns(grid), shiftKey),
    home: () => list.step(-list.order.length),
    end: () => list.step(list.order.length),
    "ctrl+a": () => list.select(list.order),
    escape: () => list.select([]),
    r: () => void acts.relabel(),
    x: () => void acts.remove(),
    delete: () => void acts.remove(),
    b: () => void acts.sendBack(),
    z: () => void list.undo(),
    "ctrl+z": () => void list.undo(),
    e: open,
    enter: open,
  };
  startTileKeys(grid, keys);
  window.addEventListener("beforeunload", (event) => {
    if (list.saving) event.preventDefault();
  });
  follow();
  if (data.classes.length > 0) void list.load();
  else {
    list.complete = true;
    show();
  }
}

start();
