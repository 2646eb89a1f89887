// Shows the wall: tiles in a grid, the side panel of the focused one, and what is counted and saved.
import { h, icon, need, replace, Rows, setText, swatch } from "../lib/dom";
import { evidencePanel } from "../lib/evidence";
import { chance } from "../lib/likeness";
import type { LabelClass } from "../lib/types";
import type { Entry } from "./ledger";
import { tally } from "./ledger";
import type { Wall } from "./wall";

export function editorUrl({ suggestion }: Entry): string {
  return `/images/${suggestion.image.id}/#suggestion=${suggestion.id}`;
}

export function startShow(root: HTMLElement, wall: Wall, classes: readonly LabelClass[], can: { readonly review: boolean; readonly run: boolean }): () => void {
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const labels = new Map(classes.map((one) => [one.id, one]));
  const grid = role("grid");
  const rows = new Rows<Entry, number>(grid, (entry) => entry.suggestion.id, (entry) => tile(wall, entry, labels));
  let side: Entry | null = null;
  let focus: number | null = null;

  return () => {
    rows.show([...wall.ledger.values()]);
    const counts = tally(wall.ledger);
    role("empty").hidden = wall.loading || wall.ledger.size > 0;
    role("keys").hidden = !can.review || wall.ledger.size === 0;
    role("more").hidden = wall.complete || wall.ledger.size === 0;
    role("loading").hidden = !wall.loading;
    setText(role("total"), wall.total === null ? "" : String(wall.total));
    setText(role("done"), counts.accepted + counts.rejected > 0 && wall.filters.state === "pending" ? interpolate(gettext("%s accepted, %s rejected here"), [counts.accepted, counts.rejected]) : "");
    const sure = role<HTMLButtonElement>("accept-sure");
    sure.hidden = !can.review || wall.sure === 0;
    setText(role("sure-text"), interpolate(gettext("Accept all sure ones (%s)"), [wall.sure]));
    role("undo-run").hidden = !can.run || wall.filters.run === "";
    role<HTMLButtonElement>("undo").disabled = !wall.canUndo;
    showSaving(role("save-state"), wall);
    const entry = wall.focused;
    if (entry !== side) {
      showSide(role("side"), entry, wall, labels, can.review);
      side = entry;
    }
    if (wall.focus !== focus) {
      focus = wall.focus;
      const element = focus === null ? undefined : rows.element(focus);
      element?.scrollIntoView({ block: "nearest" });
      if (element && grid.contains(document.activeElement)) need("button", element).focus({ preventScroll: true });
    }
  };
}

function tile(wall: Wall, first: Entry, labels: ReadonlyMap<number, LabelClass>): { element: HTMLElement; update: (entry: Entry) => void } {
  const { suggestion } = first;
  const label = labels.get(suggestion.class);
  const stamp = h("span.tile-stamp", { "aria-hidden": true }, icon("check"), icon("x"));
  const button = h(
    "button.tile-button",
    { type: "button", onclick: () => wall.go(suggestion.id), ondblclick: () => location.assign(editorUrl(first)) },
    h("img", { src: suggestion.crop_url, alt: "", loading: "lazy", decoding: "async" }),
    stamp,
    h("span.tile-foot", {}, swatch(label?.color ?? ""), h("span.name", {}, label?.name ?? "?"), suggestion.sure && h("span.tile-sure", { title: gettext("sure") }, icon("badge-check")), h("strong", {}, chance(suggestion))),
  );
  button.addEventListener("focus", () => wall.go(suggestion.id));
  const element = h("li.tile", { "data-id": suggestion.id }, button);
  const update = (entry: Entry): void => {
    const focused = wall.focus === suggestion.id;
    element.dataset["state"] = entry.wanted;
    // Decided ones stay where they are, so that nothing jumps and a slip can be seen; they are no longer of this list.
    element.dataset["testid"] = entry.wanted === wall.filters.state ? "wall-item" : "wall-decided";
    element.classList.toggle("focused", focused);
    button.tabIndex = focused ? 0 : -1;
    button.setAttribute("aria-current", String(focused));
    button.setAttribute("aria-label", `${label?.name ?? "?"} ${chance(suggestion)}, ${suggestion.image.name}, ${stateName(entry)}`);
  };
  return { element, update };
}

function stateName({ wanted }: Entry): string {
  return { pending: gettext("waiting"), accepted: gettext("accepted"), rejected: gettext("rejected"), withdrawn: gettext("withdrawn") }[wanted];
}

function showSide(place: HTMLElement, entry: Entry | null, wall: Wall, labels: ReadonlyMap<number, LabelClass>, canReview: boolean): void {
  place.hidden = entry === null;
  if (!entry) return;
  const { suggestion, wanted } = entry;
  const label = labels.get(suggestion.class);
  const answer = (name: "accept" | "reject", text: string, key: string, picture: SVGSVGElement, decision: "accepted" | "rejected"): HTMLElement =>
    h("button", { class: `button ${name}`, type: "button", "data-testid": name, disabled: !canReview, "aria-pressed": String(wanted === decision), onclick: () => wall.decide(decision) }, picture, text, h("kbd", {}, key));
  replace(
    place,
    h("img.side-crop", { src: suggestion.crop_url, alt: "" }),
    h("div.side-answers", {}, answer("accept", gettext("Accept"), "A", icon("check"), "accepted"), answer("reject", gettext("Reject"), "X", icon("x"), "rejected")),
    h(
      "div.side-facts",
      {},
      h("p.side-title", {}, swatch(label?.color ?? ""), h("strong", {}, label?.name ?? "?"), wanted !== "pending" && h("span", { class: `badge ${wanted === "accepted" ? "ok" : ""}` }, stateName(entry)), suggestion.sure && wanted === "pending" && h("span.badge.ok", {}, gettext("sure"))),
      evidencePanel(suggestion),
      h("a.side-image", { href: editorUrl(entry), "data-testid": "open-image" }, icon("image"), h("span.clip", {}, suggestion.image.name), h("kbd", {}, "E")),
    ),
  );
}

function showSaving(element: HTMLElement, wall: Wall): void {
  const state = !wall.saving ? "saved" : wall.offline ? "offline" : "saving";
  element.dataset["state"] = state;
  setText(element, { saved: "", saving: gettext("Saving…"), offline: gettext("Offline: will be sent") }[state]);
}

/** How many tiles make a row: what the arrow keys up and down go by. */
export function columns(grid: HTMLElement): number {
  return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
}
