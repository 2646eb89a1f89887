// Many images, or zips of them, into a dataset: the progress of each, every problem by name, and going on after a break.
import { request } from "../lib/api";
import { h, icon, need, pageData, replace } from "../lib/dom";
import { filesOf } from "../upload/dropped";
import { knownOf } from "../upload/known";
import { fileSize } from "../lib/format";
import { send } from "../upload/send";
import type { Answer, Problem } from "../upload/send";
import { entriesOf } from "../upload/zip";

interface Data {
  readonly dataset: number | null;
  readonly max_mb: number;
  readonly imports: readonly number[];
}

interface Item {
  readonly name: string;
  readonly size: number;
  readonly row: HTMLElement;
  /** The bytes, read when their turn comes: a zip's images are not held in memory. */
  read(): Promise<File>;
}

interface Ready {
  readonly item: Item;
  readonly file: File;
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
const left: Item[] = []; // what a break of the network kept back
let working = 0;
let stop = new AbortController();
const count = { files: 0, bytes: 0, sentBytes: 0, finished: 0, added: 0, known: 0, problems: 0 };

// --- what is to be sent -------------------------------------------------------------------------------------------------
async function take(files: readonly File[]): Promise<void> {
  const wanted = files.filter((file) => !file.name.startsWith(".") && file.name !== "Thumbs.db");
  wanted.sort((a, b) => BY_NAME.compare(a.webkitRelativePath || a.name, b.webkitRelativePath || b.name)); // frames of a film stay in order
  if (wanted.length === 0) return;
  if (!dialog.open) dialog.showModal();
  const items: Item[] = [];
  for (const file of wanted)
    items.push(...((await unpacked(file)) ?? [item(file.name, file.size, () => Promise.resolve(file))]));
  need("#upload-list").append(...items.map(({ row }) => row));
  count.files += items.length;
  for (const { size } of items) count.bytes += size;
  need("#upload-details").hidden = false;
  need("#upload-progress").hidden = false;
  put(items);
}

function put(items: readonly Item[]): void {
  if (working === 0 && queue.length === 0) stop = new AbortController();
  queue.push(...items);
  dataset.disabled = true;
  if (working === 0) void work(); // one request at a time, so that images get their numbers in order
  show();
}

function item(name: string, size: number, read: () => Promise<File>): Item {
  const row = h(
    "li.upload-item",
    {},
    icon("clock"),
    h("span.clip", { title: name }, name),
    h("span.size", {}, fileSize(size)),
  );
  return { name: name.split("/").at(-1)!, size, row, read };
}

/** The images of a zip, each on its own; null for what is no zip, or one that only the server can read. */
async function unpacked(file: File): Promise<Item[] | null> {
  if (!/\.zip$/i.test(file.name)) return null;
  const entries = await entriesOf(file).catch(() => null);
  return entries && entries.length > 0
    ? entries.map(({ path, size, read }) =>
        item(path, size, async () => new File([await read()], path.split("/").at(-1)!)),
      )
    : null;
}

function nextChunk(): Item[] {
  const chunk: Item[] = [];
  let bytes = 0;
  while (queue.length > 0 && chunk.length < CHUNK_FILES) {
    const next = queue[0]!;
    if (chunk.length > 0 && bytes + next.size > CHUNK_BYTES) break;
    bytes += next.size;
    chunk.push(queue.shift()!);
  }
  return chunk;
}

async function work(): Promise<void> {
  working += 1;
  for (let chunk = nextChunk(); chunk.length > 0; chunk = nextChunk()) {
    if (stop.signal.aborted) keep(chunk, gettext("Stopped."));
    else await sendChunk(chunk);
  }
  working -= 1;
  show();
}

async function sendChunk(chunk: readonly Item[]): Promise<void> {
  const ready = await opened(chunk);
  const known = await knownOf(
    dataset.value,
    ready.map(({ file }) => file),
  );
  const going = ready.filter(({ file }) => !known.has(file));
  const there = ready.filter(({ file }) => known.has(file));
  for (const { item, file } of there)
    remark(item, "known", interpolate(gettext("here already, as %s"), [known.get(file)!]));
  count.known += there.length;
  finish(there.map(({ item }) => item));
  if (going.length === 0) return void show();
  const before = count.sentBytes;
  const total = going.reduce((sum, { item }) => sum + item.size, 0);
  const onSent = (share: number): void => {
    count.sentBytes = before + share * total;
    meter(going, share * total);
    show();
  };
  onSent(0);
  try {
    const answer = await send(
      `/api/datasets/${dataset.value}/images/`,
      going.map(({ file }) => file),
      onSent,
      stop.signal,
    );
    settle(going, answer);
    count.sentBytes = before;
    finish(going.map(({ item }) => item));
  } catch (error) {
    count.sentBytes = before;
    keep(
      going.map(({ item }) => item),
      stop.signal.aborted ? gettext("Stopped.") : error instanceof Error ? error.message : String(error),
    );
  }
}

/** The files of a chunk; what cannot be read, or is too large to be taken, is named and left out. */
async function opened(chunk: readonly Item[]): Promise<Ready[]> {
  const ready: Ready[] = [];
  for (const item of chunk) {
    const tooLarge = item.size > data.max_mb * 2 ** 20 && !/\.zip$/i.test(item.name);
    const file = tooLarge ? null : await item.read().catch(() => null);
    if (file) ready.push({ item, file });
    else {
      const detail = tooLarge
        ? interpolate(gettext("The file is larger than %s MB."), [data.max_mb])
        : gettext("The file could not be read.");
      fail(item.row, { file: item.name, code: "unread", detail });
      finish([item]);
    }
  }
  return ready;
}

function finish(items: readonly Item[]): void {
  count.finished += items.length;
  for (const { size } of items) count.sentBytes += size;
}

/** Shows in each row how much of it is sent; files travel one after the other. */
function meter(going: readonly Ready[], sent: number): void {
  let behind = sent;
  for (const { item } of going) {
    let bar = item.row.querySelector("progress");
    if (!bar) {
      mark(item.row, "busy");
      item.row.append((bar = h("progress.upload-meter", { max: 1, "aria-label": item.name })));
    }
    bar.value = item.size > 0 ? Math.min(1, Math.max(0, behind / item.size)) : 1;
    behind -= item.size;
  }
}

/** Not sent, through no fault of the files: they wait for the person to go on. */
function keep(items: readonly Item[], reason: string): void {
  left.push(...items);
  for (const kept of items) remark(kept, "failed", reason);
  show();
}

// --- what came of it ----------------------------------------------------------------------------------------------------
/** The answer names files as the server cleaned them; several files of one name share out its problems in order. */
function settle(chunk: readonly Ready[], answer: Answer): void {
  const problems = new Map<string, Problem[]>();
  for (const problem of answer.problems) problems.set(problem.file, [...(problems.get(problem.file) ?? []), problem]);
  for (const { item, file } of chunk) {
    const problem = problems.get(file.name)?.shift();
    if (problem) fail(item.row, problem);
    else mark(item.row, "added");
  }
  for (const rest of [...problems.values()].flat()) list(rest); // under a name that the server changed
  count.added += answer.added.length;
  for (const zip of answer.imports) void follow(zip.id, zip.name ?? "");
}

type State = "waiting" | "busy" | "added" | "known" | "failed";

function mark(row: HTMLElement, state: State): void {
  row.classList.remove("waiting", "busy", "added", "known", "failed");
  row.classList.add(state);
  const pictures = {
    waiting: () => icon("clock"),
    busy: () => icon("loader"),
    added: () => icon("check"),
    known: () => icon("check"),
    failed: () => icon("x"),
  };
  row.querySelector("svg")?.replaceWith(pictures[state]());
  if (state !== "busy") row.querySelector("progress")?.remove();
}

function remark({ row }: Item, state: State, words = ""): void {
  mark(row, state);
  row.querySelector(".reason")?.remove();
  if (words) row.append(h("span.reason", {}, words));
}

function fail(row: HTMLElement, problem: Problem): void {
  mark(row, "failed");
  row.append(h("span.reason", {}, problem.detail));
  list(problem);
}

function list(problem: Problem): void {
  count.problems += 1;
  need("#upload-problems").hidden = false;
  need("#upload-problem-list").append(
    h(
      "li.upload-item.failed",
      {},
      icon("x"),
      h("strong.clip", { title: problem.file }, problem.file),
      null,
      h("span.reason", {}, problem.detail),
    ),
  );
  need("#upload-problems-line").textContent = interpolate(
    ngettext("%s file was not taken; all others were.", "%s files were not taken; all others were.", count.problems),
    [count.problems],
  );
}

/** A zip is unpacked by a worker: ask how far it is until it is done. */
async function follow(id: number, name: string): Promise<void> {
  const bar = h("progress", { max: 100, "aria-label": name || gettext("Zip") });
  const text = h("span.muted", {}, gettext("waits for a worker"));
  need("#upload-imports").append(
    h("div.stack.tight", {}, h("div.row.between", {}, h("strong.clip", {}, name || gettext("Zip")), text), bar),
  );
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
    : [
        interpolate(ngettext("%s image added", "%s images added", count.added), [count.added]),
        count.known > 0 &&
          interpolate(ngettext("%s was here already", "%s were here already", count.known), [count.known]),
      ]
        .filter(Boolean)
        .join(", ");
  if (count.files > 0 && line.textContent !== text) line.textContent = text;
  need("#upload-percent").textContent = busy ? `${Math.floor(share)}%` : "";
  need("#upload-stop").hidden = !busy;
  need("#upload-done").hidden = busy || count.added + count.known === 0 || left.length > 0;
  const again = need("#upload-again");
  again.hidden = busy || left.length === 0;
  if (!again.hidden)
    need("#upload-again-line").textContent = interpolate(
      ngettext("Go on: send %s file", "Go on: send %s files", left.length),
      [left.length],
    );
  dataset.disabled = busy;
}

// --- where files come from ----------------------------------------------------------------------------------------------
for (const id of ["#upload-files", "#upload-folder"])
  need<HTMLInputElement>(id).addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    void take([...(input.files ?? [])]);
    input.value = "";
  });
need("#upload-folder-open").addEventListener("click", () => need<HTMLInputElement>("#upload-folder").click());
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  void take(files.map(named));
});

/** Browsers call every picture of the clipboard image.png: its time tells them apart. */
function named(file: File): File {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const now = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  return new File([file], `${gettext("pasted")} ${now}.${file.name.split(".").at(-1)}`, { type: file.type });
}

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
  keep(queue.splice(0), gettext("Stopped."));
});
need("#upload-again").addEventListener("click", () => {
  const items = left.splice(0);
  for (const again of items) remark(again, "waiting");
  put(items);
});
addEventListener("online", () => need("#upload-again").hidden || need("#upload-again").click());
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
