// Many images, or zips of them, into a dataset: the progress of each, every problem by name, and going on after a
// break.
import { request } from "../lib/api";
import { need, pageData, setText } from "../lib/dom";
import { startGestures } from "../upload/gestures";
import { follow } from "../upload/imports";
import type { ImportState } from "../upload/imports";
import { knownOf } from "../upload/known";
import { UploadQueue } from "../upload/queue";
import { bringLabels, sendLabels } from "../upload/labelImport";
import { importBar, startProblems, startRows } from "../upload/rows";
import { send } from "../upload/send";
import { sourcesOf } from "../upload/sources";
import { summaryOf } from "../upload/summary";

interface Data {
  readonly project: number;
  readonly dataset: number | null;
  readonly max_mb: number;
  readonly imports: readonly number[];
}

const POLL_MS = 1000;

const data = pageData<Data>();
const dialog = need<HTMLDialogElement>("#upload");
const dataset = need<HTMLSelectElement>("#upload-dataset");
const problem = startProblems();
let pausedFor = 0;

const queue = new UploadQueue(
  {
    known: (files) => knownOf(dataset.value, files),
    send: (files, sending) => send(`/api/datasets/${dataset.value}/images/`, files, sending),
  },
  {
    item: startRows(),
    problem,
    imported: (id, name) => void followImport(id, name),
    paused: (seconds) => {
      pausedFor = seconds;
      show();
    },
    changed: show,
  },
  data.max_mb,
);

async function take(files: readonly File[]): Promise<void> {
  if (!queue.busy && (await bringLabels(files))) return takeLabels(files);
  const sources = await sourcesOf(files);
  if (sources.length === 0) return;
  if (!dialog.open) dialog.showModal();
  need("#upload-details").hidden = false;
  need("#upload-progress").hidden = false;
  queue.add(sources);
}

/** Pictures with their labels go together to the preview of an import, which tells what they bring. */
async function takeLabels(files: readonly File[]): Promise<void> {
  if (!dialog.open) dialog.showModal();
  need("#upload-progress").hidden = false;
  setText(
    need("#upload-line"),
    gettext("There are labels with it: you see what they bring before anything is written."),
  );
  try {
    const show = (share: number): void => {
      need<HTMLProgressElement>("#upload-bar").value = 100 * share;
      setText(need("#upload-percent"), `${Math.floor(100 * share)}%`);
    };
    location.assign(await sendLabels(data.project, dataset.value, files, show));
  } catch (error) {
    setText(need("#upload-line"), error instanceof Error ? error.message : String(error));
  }
}

async function followImport(id: number, name: string): Promise<void> {
  const added = await follow({
    ask: () => request<ImportState>("GET", `/api/imports/${id}/`),
    show: importBar(name),
    problem,
    pause: () => new Promise((resolve) => setTimeout(resolve, POLL_MS)),
  });
  queue.countAdded(added);
}

function show(): void {
  const { share, percent, line, canStop, canShow, goOn } = summaryOf(queue.counts, queue.busy, pausedFor);
  need<HTMLProgressElement>("#upload-bar").value = share;
  need("#upload-bar").classList.toggle("done", !queue.busy);
  setText(need("#upload-percent"), percent);
  if (line !== null) setText(need("#upload-line"), line);
  need("#upload-stop").hidden = !canStop;
  need("#upload-done").hidden = !canShow;
  need("#upload-again").hidden = goOn === null;
  setText(need("#upload-again-line"), goOn ?? "");
  dataset.disabled = queue.busy;
}

startGestures(dialog, (files) => void take(files));
need("#upload-stop").addEventListener("click", () => queue.stop());
need("#upload-again").addEventListener("click", () => queue.goOn());
addEventListener("online", () => queue.goOn());
need("#upload-done").addEventListener("click", () => location.assign(`${location.pathname}?dataset=${dataset.value}`));
dialog.addEventListener("close", () => {
  if (queue.counts.added > 0 && !queue.busy) location.assign(location.pathname + location.search);
});
addEventListener("beforeunload", (event) => {
  if (queue.busy) event.preventDefault();
});

for (const id of data.imports) void followImport(id, "");
if (data.imports.length > 0 || location.hash === "#upload") {
  history.replaceState(null, "", location.pathname + location.search);
  dialog.showModal();
}
