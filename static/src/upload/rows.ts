// The lists of the upload's dialog: a row for every file, one for every problem, a bar for every zip.
import { h, icon, need } from "../lib/dom";
import { fileSize } from "../lib/format";
import type { ImportView } from "./imports";
import type { Item, ItemState } from "./queue";
import type { Problem } from "./send";

/** Shows an item as it is now; the first time it gets its row. */
export function startRows(): (item: Item) => void {
  const rows = new Map<number, HTMLElement>();
  return (item) => {
    let row = rows.get(item.id);
    if (!row) {
      row = h("li.upload-item", {}, icon("clock"), h("span.clip", { title: item.path }, item.path), size(item));
      rows.set(item.id, row);
      need("#upload-list").append(row);
    }
    if (row.dataset.state !== item.state) mark(row, item.state);
    meter(row, item);
    row.querySelector(".reason")?.remove();
    if (item.reason) row.append(h("span.reason", {}, item.reason));
  };
}

function size(item: Item): HTMLElement {
  return h("span.size", {}, fileSize(item.size));
}

function mark(row: HTMLElement, state: ItemState): void {
  /* icons: clock, loader, check, x */
  const pictures: Record<ItemState, string> = {
    waiting: "clock",
    busy: "loader",
    added: "check",
    known: "check",
    failed: "x",
  };
  row.className = `upload-item ${state}`;
  row.dataset.state = state;
  row.querySelector("svg")?.replaceWith(icon(pictures[state]));
}

function meter(row: HTMLElement, { state, share, name }: Item): void {
  let bar = row.querySelector("progress");
  if (state !== "busy") return bar?.remove();
  if (!bar) row.append((bar = h("progress.upload-meter", { max: 1, "aria-label": name })));
  bar.value = share;
}

export function startProblems(): (problem: Problem) => void {
  let count = 0;
  return ({ file, detail }) => {
    count += 1;
    need("#upload-problems").hidden = false;
    need("#upload-problem-list").append(
      h("li.upload-item.failed", {}, icon("x"), h("strong.clip", { title: file }, file), h("span.reason", {}, detail)),
    );
    const text = ngettext(
      "%s file was not taken; all others were.",
      "%s files were not taken; all others were.",
      count,
    );
    need("#upload-problems-line").textContent = interpolate(text, [count]);
  };
}

export function importBar(name: string): (view: ImportView) => void {
  const title = name || gettext("Zip");
  const bar = h("progress", { max: 100, "aria-label": title });
  const text = h("span.muted", {}, gettext("waits for a worker"));
  need("#upload-imports").append(
    h("div.stack.tight", {}, h("div.row.between", {}, h("strong.clip", {}, title), text), bar),
  );
  return (view) => {
    bar.value = view.share;
    bar.classList.toggle("done", view.done);
    text.textContent = view.text;
  };
}
