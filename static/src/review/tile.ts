// One suggestion in the grid: its crop with the outline of its box, its class, how far it is believed, and quick
// answers.
import { h, icon, replace, setText, swatch } from "../lib/dom";
import { confidence } from "../lib/format";
import type { LabelClass, Xyxy } from "../lib/types";
import { outline } from "../parts/boxOnPicture";
import type { Entry } from "./ledger";
import { editorUrl } from "./place";
import type { ReviewQueue } from "./queue";

/** One suggestion of the grid; `update` is asked at every change of the queue. */
export function tile(
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
  const image = h("img", { src: suggestion.crop_url, alt: "", loading: "lazy", decoding: "async", draggable: "false" });
  const picture = h("span.box-frame", {}, image);
  let drawn: Xyxy | null = null;
  const button = h(
    "button.tile-button",
    {
      type: "button",
      onclick: () => queue.go(suggestion.id),
      ondblclick: () => location.assign(editorUrl(first, queue.filters)),
    },
    picture,
    stamp,
    h(
      "span.tile-foot",
      {},
      dot,
      name,
      " ",
      suggestion.sure && h("span.tile-sure", { title: gettext("The run is sure of it") }, icon("badge-check")),
      suggestion.state === "dropped" &&
        h("span.tile-dropped", { title: gettext("The run itself dropped it") }, icon("circle-dashed")),
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
    const now = `${entry.wanted} ${entry.as} ${focused} ${chosen} ${below} ${String(entry.corners)}`;
    if (now === before) return;
    before = now;
    const shown = labels.get(entry.as) ?? label;
    const box = entry.corners ?? suggestion.xyxy;
    if (drawn !== box) replace(picture, image, outline(suggestion.crop, (drawn = box)));
    dot.style.backgroundColor = shown?.color ?? "";
    setText(name, shown?.name ?? "?");
    element.classList.toggle("selected", chosen);
    element.classList.toggle("below", below);
    element.dataset.state = entry.wanted;
    // Decided ones stay where they are, so that nothing jumps and a slip can be seen; they are no longer of this list.
    element.dataset.testid =
      entry.wanted === queue.filters.state || entry.wanted === "dropped" ? "queue-item" : "queue-decided";
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

export function stateName({ wanted }: Entry): string {
  return {
    pending: gettext("waiting"),
    dropped: gettext("below the threshold"),
    accepted: gettext("accepted"),
    rejected: gettext("rejected"),
    withdrawn: gettext("withdrawn"),
  }[wanted];
}
