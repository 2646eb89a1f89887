// Many images, or a zip, into a dataset: chunks of files, the state of each, and every problem by name.
import { request } from "../lib/api";
import { h, icon, need, pageData, replace } from "../lib/dom";
import { filesOf } from "../parts/dropped";
import { fileSize } from "../parts/words";
import { send } from "../parts/send";
import type { Answer, Problem } from "../parts/send";

interface Data {
  readonly dataset: number | null;
  readonly max_mb: number;
  readonly imports: readonly number[];
}

interface Item {
  readonly file: File;
  readonly row: HTMLElement;
}

interface ImportState {
  readonly id: number;
  readonly name?: string;
  readonly state: "queued" | "running" | "done" | "failed";
  readonly done: number;
  readonly total: number;
  readonly added: number;
  readonly problems: readonly Problem[];
}

const CHUNK_FILES = 20;
const CHUNK_BYTES = 64 * 2 ** 20;
const BY_NAME = new Intl.Collator(undefined, { numeric: true });
const POLL_MS = 1000;

const data = pageData<Data>();
const dialog = need<HTMLDialogElement>("#upload");
const dataset = need<HTMLSelectElement>("#upload-dataset");
const drop = need("#drop");
const veil = need("#drop-veil");

const queue: Item[] = [];
let working = 0;
let live = 0;
let stop = new AbortController();
const count = { files: 0, bytes: 0, sentBytes: 0, finished: 0, added: 0, problems: 0 };

// --- what is to be sent -------------------------------------------------------------------------------------------------
function take(files: readonly File[]): void {
  const wanted = files.filter((file) => !file.name.startsWith(".") && file.name !== "Thumbs.db");
  wanted.sort((a, b) => BY_NAME.compare(a.webkitRelativePath || a.name, b.webkitRelativePath || b.name)); // frames of a film stay in order
  if (wanted.length === 0) return;
  if (!dialog.open) dialog.showModal();
  if (working === 0 && queue.length === 0) stop = new AbortController();
  const rows: HTMLElement[] = [];
  for (const file of wanted) {
    const row = h("li.upload-item", {}, icon("clock"), h("span.clip", { title: file.name }, file.name), h("span.size", {}, fileSize(file.size)));
    rows.push(row);
    queue.push({ file, row });
    count.files += 1;
    count.bytes += file.size;
  }
  need("#upload-list").append(...rows);
  need("#upload-details").hidden = false;
  need("#upload-progress").hidden = false;
  dataset.disabled = true;
  if (working === 0) void work(); // one request at a time, so that images get their numbers in order
  show();
}

function nextChunk(): Item[] {
  const chunk: Item[] = [];
  let bytes = 0;
  while (queue.length > 0 && chunk.length < CHUNK_FILES) {
    const item = queue[0]!;
    if (chunk.length > 0 && bytes + item.file.size > CHUNK_BYTES) break;
    bytes += item.file.size;
    chunk.push(queue.shift()!);
  }
  return chunk;
}

async function work(): Promise<void> {
  working += 1;
  for (let chunk = nextChunk(); chunk.length > 0 && !stop.signal.aborted; chunk = nextChunk()) {
    for (const { row } of chunk) mark(row, "busy");
    let counted = 0;
    const total = chunk.reduce((sum, item) => sum + item.file.size, 0);
    const onSent = (share: number): void => {
      count.sentBytes += share * total - counted;
      counted = share * total;
      show();
    };
    try {
      settle(chunk, await send(`/api/datasets/${dataset.value}/images/`, chunk.map((item) => item.file), onSent, stop.signal));
    } catch (error) {
      const reason = stop.signal.aborted ? gettext("Stopped.") : error instanceof Error ? error.message : String(error);
      for (const item of chunk) fail(item.row, { file: item.file.name, code: "sending", detail: reason });
    }
    count.finished += chunk.length;
    onSent(1);
  }
  working -= 1;
  show();
}

// --- what came of it ----------------------------------------------------------------------------------------------------
/** The answer names files as the server cleaned them; several files of one name share out its problems in order. */
function settle(chunk: readonly Item[], answer: Answer): void {
  const problems = new Map<string, Problem[]>();
  for (const problem of answer.problems) problems.set(problem.file, [...(problems.get(problem.file) ?? []), problem]);
  for (const { file, row } of chunk) {
    const problem = problems.get(file.name)?.shift();
    if (problem) fail(row, problem);
    else mark(row, "added");
  }
  for (const rest of [...problems.values()].flat()) list(rest); // under a name that the server changed
  count.added += answer.added.length;
  for (const zip of answer.imports) void follow(zip.id, zip.name ?? "");
}

function mark(row: HTMLElement, state: "busy" | "added" | "failed"): void {
  row.classList.remove("busy", "added", "failed");
  row.classList.add(state);
  const pictures = { busy: () => icon("loader"), added: () => icon("check"), failed: () => icon("x") };
  row.querySelector("svg")?.replaceWith(pictures[state]());
}

function fail(row: HTMLElement, problem: Problem): void {
  mark(row, "failed");
  row.append(h("span.reason", {}, problem.detail));
  list(problem);
}

function list(problem: Problem): void {
  count.problems += 1;
  need("#upload-problems").hidden = false;
  need("#upload-problem-list").append(h("li.upload-item.failed", {}, icon("x"), h("strong.clip", { title: problem.file }, problem.file), null, h("span.reason", {}, problem.detail)));
  need("#upload-problems-line").textContent = interpolate(ngettext("%s file was not taken; all others were.", "%s files were not taken; all others were.", count.problems), [count.problems]);
}

/** A zip is unpacked by a worker: ask how far it is until it is done. */
async function follow(id: number, name: string): Promise<void> {
  live += 1;
  const bar = h("progress", { max: 100, "aria-label": name || gettext("Zip") });
  const text = h("span.muted", {}, gettext("waits for a worker"));
  need("#upload-imports").append(h("div.stack.tight", {}, h("div.row.between", {}, h("strong.clip", {}, name || gettext("Zip")), text), bar));
  show();
  let told = 0;
  for (;;) {
    const state = await request<ImportState>("GET", `/api/imports/${id}/`).catch(() => null);
    if (state) {
      if (state.total > 0) bar.value = (100 * state.done) / state.total;
      for (const problem of state.problems.slice(told)) list(problem);
      told = state.problems.length;
      if (state.state === "running") text.textContent = `${state.done} / ${state.total || "…"}`;
      if (state.state === "done" || state.state === "failed") {
        bar.value = 100;
        bar.classList.add("done");
        count.added += state.added;
        text.textContent = interpolate(ngettext("%s image added", "%s images added", state.added), [state.added]);
        break;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  live -= 1;
  show();
}

function show(): void {
  const busy = working > 0 || queue.length > 0;
  const share = count.bytes > 0 ? Math.min(100, (100 * count.sentBytes) / count.bytes) : 0;
  need<HTMLProgressElement>("#upload-bar").value = share;
  need("#upload-bar").classList.toggle("done", !busy);
  const line = need("#upload-line");
  const text = busy
    ? interpolate(gettext("%s of %s files sent"), [count.finished, count.files])
    : interpolate(ngettext("%s image added", "%s images added", count.added), [count.added]);
  if (count.files > 0 && line.textContent !== text) line.textContent = text;
  need("#upload-percent").textContent = busy ? `${Math.floor(share)} %` : "";
  need("#upload-stop").hidden = !busy;
  need("#upload-done").hidden = busy || count.added === 0;
  dataset.disabled = busy;
}

// --- where files come from ----------------------------------------------------------------------------------------------
need<HTMLInputElement>("#upload-files").addEventListener("change", (event) => {
  const input = event.target as HTMLInputElement;
  take([...(input.files ?? [])]);
  input.value = "";
});

let depth = 0;
const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
document.addEventListener("dragenter", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  depth += 1;
  veil.hidden = dialog.open;
  drop.classList.toggle("over", dialog.open);
});
document.addEventListener("dragleave", () => {
  depth = Math.max(0, depth - 1);
  if (depth > 0) return;
  veil.hidden = true;
  drop.classList.remove("over");
});
document.addEventListener("dragover", (event) => {
  if (holdsFiles(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  depth = 0;
  veil.hidden = true;
  drop.classList.remove("over");
  if (event.dataTransfer) void filesOf(event.dataTransfer).then(take);
});

need("#upload-stop").addEventListener("click", () => {
  stop.abort();
  for (const { row, file } of queue.splice(0)) fail(row, { file: file.name, code: "stopped", detail: gettext("Stopped.") });
  show();
});
need("#upload-done").addEventListener("click", () => location.assign(location.pathname + `?dataset=${dataset.value}`));
dialog.addEventListener("close", () => {
  if (count.added > 0 && working === 0) location.assign(location.pathname + location.search);
});
addEventListener("beforeunload", (event) => {
  if (working > 0) event.preventDefault();
});

for (const id of data.imports) void follow(id, "");
if (data.imports.length > 0 || location.hash === "#upload") {
  history.replaceState(null, "", location.pathname + location.search);
  dialog.showModal();
}
replace(need("#upload-problem-list"));
