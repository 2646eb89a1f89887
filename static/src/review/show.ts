// Shows the queue: tiles in a grid, the side panel of the focused one, and what is counted and saved.
import { h, icon, need, replace, Rows, setText, swatch } from "../lib/dom";
import { evidencePanel } from "../lib/evidence";
import { confidence } from "../lib/format";
import type { LabelClass } from "../lib/types";
import type { Entry } from "./ledger";
import { editorUrl } from "./place";
import { tally } from "./ledger";
import { startCutoff } from "./cutoffBar";
import type { ReviewQueue } from "./queue";

export interface Acts {
  readonly relabel: () => void;
  readonly acceptAbove: () => void;
}

export function startShow(
  root: HTMLElement,
  queue: ReviewQueue,
  classes: readonly LabelClass[],
  can: { readonly review: boolean; readonly run: boolean },
  acts: Acts,
): () => void {
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const labels = new Map(classes.map((one) => [one.id, one]));
  const grid = role("grid");
  const rows = new Rows<Entry, number>(
    grid,
    (entry) => entry.suggestion.id,
    (entry) => tile(queue, entry, labels, can.review),
  );
  const showCutoff = startCutoff(root, queue, can.review, acts.acceptAbove);
  const bar = role("selection");
  const several = (
    name: "accept" | "reject",
    text: string,
    key: string,
    picture: SVGSVGElement,
    decision: "accepted" | "rejected",
  ): HTMLElement =>
    h(
      "button",
      {
        class: `button small ${name}`,
        type: "button",
        "data-testid": `selection-${name}`,
        onclick: () => queue.decide(decision),
      },
      picture,
      text,
      h("kbd", {}, key),
    );
  const selected = h("strong", { role: "status" });
  replace(
    bar,
    selected,
    can.review && several("accept", gettext("Accept"), "A", icon("check"), "accepted"),
    can.review && several("reject", gettext("Reject"), "X", icon("x"), "rejected"),
    can.review &&
      classes.length > 1 &&
      h(
        "button.button.small",
        { type: "button", "data-testid": "selection-relabel", onclick: acts.relabel },
        icon("tag"),
        gettext("Other class"),
        h("kbd", {}, "R"),
      ),
    h(
      "button.icon-button",
      {
        type: "button",
        "aria-label": gettext("Select none"),
        title: `${gettext("Select none")} (Esc)`,
        onclick: () => queue.select([]),
      },
      icon("x"),
    ),
  );
  let side: Entry | null = null;
  let focus: number | null = null;

  return () => {
    rows.show([...queue.ledger.values()]);
    const counts = tally(queue.ledger);
    role("empty").hidden = queue.loading || queue.ledger.size > 0;
    role("keys").hidden = !can.review || queue.ledger.size === 0;
    role("more").hidden = queue.complete || queue.ledger.size === 0;
    role("loading").hidden = !queue.loading;
    setText(role("total"), queue.total === null ? "" : String(queue.total));
    setText(
      role("done"),
      counts.accepted + counts.rejected > 0 && queue.filters.state === "pending"
        ? interpolate(gettext("%s accepted, %s rejected here"), [counts.accepted, counts.rejected])
        : "",
    );
    const sure = role<HTMLButtonElement>("accept-sure");
    sure.hidden = !can.review || queue.sure === 0;
    setText(role("sure-text"), interpolate(gettext("Accept all sure ones (%s)"), [queue.sure]));
    role("undo-run").hidden = !can.run || queue.filters.run === "";
    role<HTMLButtonElement>("undo").disabled = !queue.canUndo;
    showSaving(role("save-state"), queue);
    showCutoff();
    bar.hidden = queue.selected.size < 2;
    setText(selected, interpolate(gettext("%s selected"), [queue.selected.size]));
    const entry = queue.focused;
    if (entry !== side) {
      showSide(role("side"), entry, queue, labels, can.review, classes.length > 1 ? acts.relabel : null);
      side = entry;
    }
    if (queue.focus !== focus) {
      focus = queue.focus;
      const element = focus === null ? undefined : rows.element(focus);
      element?.scrollIntoView({ block: "nearest" });
      if (element && grid.contains(document.activeElement)) need("button", element).focus({ preventScroll: true });
    }
  };
}

function tile(
  queue: ReviewQueue,
  first: Entry,
  labels: ReadonlyMap<number, LabelClass>,
  canReview: boolean,
): { element: HTMLElement; update: (entry: Entry) => void } {
  const { suggestion } = first;
  const label = labels.get(suggestion.class);
  const dot = swatch(label?.color ?? "");
  const name = h("span.name", {}, label?.name ?? "?");
  const stamp = h("span.tile-stamp", { "aria-hidden": true }, icon("check"), icon("x"));
  const button = h(
    "button.tile-button",
    {
      type: "button",
      onclick: () => queue.go(suggestion.id),
      ondblclick: () => location.assign(editorUrl(first, queue.filters)),
    },
    h("img", { src: suggestion.crop_url, alt: "", loading: "lazy", decoding: "async", draggable: "false" }),
    stamp,
    h(
      "span.tile-foot",
      {},
      dot,
      name,
      " ",
      suggestion.sure && h("span.tile-sure", { title: gettext("sure") }, icon("badge-check")),
      h("strong", {}, confidence(suggestion)),
    ),
  );
  // The keyboard moved it here; where the queue did, the selection stays.
  button.addEventListener("focus", () => queue.focus !== suggestion.id && queue.go(suggestion.id));
  const quick = (decision: "accepted" | "rejected", text: string, picture: SVGSVGElement): HTMLElement =>
    h(
      "button",
      {
        class: `icon-button quick-${decision}`,
        type: "button",
        tabindex: -1,
        "aria-label": text,
        title: text,
        onclick: () => queue.decide(decision, undefined, suggestion.id),
      },
      picture,
    );
  const element = h(
    "li.tile",
    { "data-id": suggestion.id },
    button,
    canReview &&
      h(
        "span.tile-quick",
        {},
        quick("accepted", gettext("Accept"), icon("check")),
        quick("rejected", gettext("Reject"), icon("x")),
      ),
  );
  let before = "";
  const update = (entry: Entry): void => {
    const focused = queue.focus === suggestion.id;
    const chosen = queue.selected.has(suggestion.id);
    const below = queue.filters.state === "pending" && suggestion.probability < queue.cutoff;
    // Every change of the queue asks every tile: most have nothing to do.
    const now = `${entry.wanted} ${entry.as} ${focused} ${chosen} ${below}`;
    if (now === before) return;
    before = now;
    const shown = labels.get(entry.as) ?? label;
    dot.style.backgroundColor = shown?.color ?? "";
    setText(name, shown?.name ?? "?");
    element.classList.toggle("selected", chosen);
    element.classList.toggle("below", below);
    element.dataset.state = entry.wanted;
    // Decided ones stay where they are, so that nothing jumps and a slip can be seen; they are no longer of this list.
    element.dataset.testid = entry.wanted === queue.filters.state ? "queue-item" : "queue-decided";
    element.classList.toggle("focused", focused);
    button.tabIndex = focused ? 0 : -1;
    button.setAttribute("aria-current", String(focused));
    button.setAttribute("aria-pressed", String(chosen));
    button.setAttribute(
      "aria-label",
      `${shown?.name ?? "?"} ${confidence(suggestion)}, ${suggestion.image.name}, ${stateName(entry)}`,
    );
  };
  return { element, update };
}

function stateName({ wanted }: Entry): string {
  return {
    pending: gettext("waiting"),
    accepted: gettext("accepted"),
    rejected: gettext("rejected"),
    withdrawn: gettext("withdrawn"),
    dropped: gettext("below the threshold"),
  }[wanted];
}

function showSide(
  place: HTMLElement,
  entry: Entry | null,
  queue: ReviewQueue,
  labels: ReadonlyMap<number, LabelClass>,
  canReview: boolean,
  relabel: (() => void) | null,
): void {
  place.hidden = entry === null;
  if (!entry) return;
  const { suggestion, wanted } = entry;
  const label = labels.get(entry.as);
  const answer = (
    name: "accept" | "reject",
    text: string,
    key: string,
    picture: SVGSVGElement,
    decision: "accepted" | "rejected",
  ): HTMLElement =>
    h(
      "button",
      {
        class: `button ${name}`,
        type: "button",
        "data-testid": name,
        disabled: !canReview,
        "aria-pressed": String(wanted === decision),
        onclick: () => queue.decide(decision),
      },
      picture,
      text,
      h("kbd", {}, key),
    );
  replace(
    place,
    h("img.side-crop", { src: suggestion.crop_url, alt: "" }),
    h(
      "div.side-answers",
      {},
      answer("accept", gettext("Accept"), "A", icon("check"), "accepted"),
      answer("reject", gettext("Reject"), "X", icon("x"), "rejected"),
      canReview &&
        relabel &&
        h(
          "button.button.side-relabel",
          { type: "button", "data-testid": "relabel-one", onclick: relabel },
          icon("tag"),
          gettext("Other class"),
          h("kbd", {}, "R"),
        ),
    ),
    h(
      "div.side-facts",
      {},
      h(
        "p.side-title",
        {},
        swatch(label?.color ?? ""),
        h("strong", {}, label?.name ?? "?"),
        wanted !== "pending" && h("span", { class: `badge ${wanted === "accepted" ? "ok" : ""}` }, stateName(entry)),
        suggestion.sure && wanted === "pending" && h("span.badge.ok", {}, gettext("sure")),
      ),
      evidencePanel(suggestion),
      h(
        "a.side-image",
        { href: editorUrl(entry, queue.filters), "data-testid": "open-image" },
        icon("image"),
        h("span.clip", {}, suggestion.image.name),
        h("kbd", {}, "E"),
      ),
    ),
  );
}

function showSaving(element: HTMLElement, queue: ReviewQueue): void {
  const state = !queue.saving ? "saved" : queue.offline ? "offline" : "saving";
  element.dataset.state = state;
  setText(element, { saved: "", saving: gettext("Saving…"), offline: gettext("Offline: will be sent") }[state]);
}

/** How many tiles make a row: what the arrow keys up and down go by. */
export function columns(grid: HTMLElement): number {
  return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
}
