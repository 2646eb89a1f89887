// Labels that a check calls likely wrong: filters, keys and buttons around the grid of crops.
import { need, pageData } from "../lib/dom";
import { listen } from "../lib/socket";
import { toast } from "../lib/toast";
import type { ImageChange, LabelClass } from "../lib/types";
import { Client, type Filters } from "../labelErrors/client";
import { ErrorList } from "../labelErrors/list";
import { startShow } from "../labelErrors/show";
import { editorUrl } from "../labelErrors/words";
import { watchDock } from "../parts/dock";
import { startDrag } from "../review/drag";
import { columns } from "../review/show";
import { startTileKeys } from "../review/tileKeys";

interface PageData {
  readonly project: { readonly id: number };
  readonly classes: readonly LabelClass[];
  readonly can: { readonly review: boolean };
  readonly chosen: Filters;
}

const RECOUNT_MS = 1500;

function start(): void {
  const data = pageData<PageData>();
  const root = need(".label-errors");
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const select = (name: "class" | "kind"): HTMLSelectElement => need(`select[name="${name}"]`, root);
  const list = new ErrorList(new Client(data.project.id), data.chosen, {
    changed: () => show(),
    failed: (detail) => toast(detail, "error"),
  });
  const show = startShow(root, list, data.classes, data.can.review);
  const chosen = (): Filters => ({ class: select("class").value, kind: select("kind").value });
  for (const name of ["class", "kind"] as const) {
    const wanted = data.chosen[name];
    if ([...select(name).options].some(({ value }) => value === wanted)) select(name).value = wanted;
    select(name).addEventListener("change", () => again());
  }
  const again = (): void => {
    const said = Object.entries(chosen()).filter(([, value]) => value !== "");
    history.replaceState(null, "", said.length > 0 ? `?${new URLSearchParams(said)}` : location.pathname);
    void list.load(chosen());
  };
  for (const button of root.querySelectorAll<HTMLElement>("[data-role=all]")) {
    button.addEventListener("click", () => {
      for (const name of ["class", "kind"] as const) select(name).value = "";
      again();
    });
  }

  watchDock(role("dock"));
  role("undo").addEventListener("click", () => list.undo());
  role("more").addEventListener("click", () => void list.more());
  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && void list.more(), {
    rootMargin: "600px",
  }).observe(role("more"));
  const grid = role("grid");
  startDrag(grid, list, Number);
  const open = (): void => {
    if (list.focused) location.assign(editorUrl(list.focused.error));
  };
  const answer = (verb: "fix" | "keep"): void => {
    if (data.can.review) list.answer(verb);
  };
  startTileKeys(grid, {
    arrowright: ({ shiftKey }) => list.step(1, shiftKey),
    arrowleft: ({ shiftKey }) => list.step(-1, shiftKey),
    arrowdown: ({ shiftKey }) => list.step(columns(grid), shiftKey),
    arrowup: ({ shiftKey }) => list.step(-columns(grid), shiftKey),
    home: () => list.step(-list.order.length),
    end: () => list.step(list.order.length),
    "ctrl+a": () => list.select(list.order),
    escape: () => list.select([]),
    a: () => answer("fix"),
    x: () => answer("keep"),
    s: () => list.skip(),
    z: () => list.undo(),
    "ctrl+z": () => list.undo(),
    e: open,
    enter: open,
  });
  window.addEventListener("beforeunload", (event) => {
    if (list.sending > 0) event.preventDefault();
  });
  let recount: ReturnType<typeof setTimeout> | undefined;
  listen<ImageChange>(`/ws/projects/${data.project.id}/changes/`, {
    onMessage: () => {
      clearTimeout(recount);
      recount = setTimeout(() => void list.recount(), RECOUNT_MS);
    },
  });
  void list.load(chosen());
}

start();
