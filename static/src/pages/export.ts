// The export form counts what would go in as choices change, has a worker prepare what is large, and says how a script
// asks.
import { countsView } from "../export/counts";
import type { Counts } from "../export/counts";
import { followUntilOneEnds, percentOf } from "../export/jobs";
import type { Job } from "../export/jobs";
import { bodyOf, commandOf, queryOf } from "../export/query";
import { ApiError, request } from "../lib/api";
import { h, icon, need, pageData, replace } from "../lib/dom";
import { toast } from "../lib/toast";
import { showTimes } from "../parts/times";

interface Data {
  readonly counts: string;
  readonly jobs: string;
}

const POLL_MS = 1500;
const REST_MS = 250; // after the last change, so that typing asks once

const data = pageData<Data>();
const form = need<HTMLFormElement>("#export");
const command = need("#export-command");
const place = need("#export-counts");
const download = need<HTMLButtonElement>("#export-download");
const prepare = need<HTMLButtonElement>("#export-prepare");
const predictions = need<HTMLFieldSetElement>("#export-predictions");
let asked: AbortController | undefined;
let timer = 0;

const format = (): HTMLInputElement => need<HTMLInputElement>("input[name=format]:checked", form);
const query = (): URLSearchParams => queryOf(new FormData(form));

/** Formats for training start with what is complete, the others with all; a choice that was made by hand stays. */
let chosenByHand = false;
function suitFormat(): void {
  const { dataset } = format();
  predictions.hidden = predictions.disabled = dataset.predictions === undefined;
  if (!chosenByHand)
    need<HTMLInputElement>(`input[name=unfinished][value="${dataset.trains === undefined ? 1 : 0}"]`, form).checked =
      true;
}

function show(): void {
  const wanted = query();
  need("#export-probability").hidden = wanted.get("predictions") !== "1";
  const site = command.dataset.site ?? "";
  command.textContent = commandOf(site, new URL(form.action).pathname, wanted, format().dataset.suffix ?? "zip");
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void count(wanted), REST_MS);
}

async function count(wanted: URLSearchParams): Promise<void> {
  asked?.abort();
  asked = new AbortController();
  try {
    const found = await request<Counts>("GET", `${data.counts}?${wanted.toString()}`, { signal: asked.signal });
    showCounts(found, wanted.get("unfinished") === "1");
  } catch (error) {
    if (error instanceof ApiError) replace(place, h("p.error", { role: "alert" }, error.detail));
  }
}

function showCounts(counts: Counts, taken: boolean): void {
  const view = countsView(counts, taken);
  replace(
    place,
    h(
      "dl.figures",
      {},
      ...view.figures.map(({ name, value, note }) =>
        h("div.figure", {}, h("dt", {}, name), h("dd", {}, value), note && h("dd.note", {}, note)),
      ),
    ),
    view.warning && h("div", { class: "notice warn" }, icon("triangle-alert"), h("div", {}, view.warning)),
    view.note && h("div.notice", {}, icon("info"), h("div", {}, view.note)),
  );
  download.disabled = prepare.disabled = view.nothing;
  prepare.hidden = false;
  prepare.classList.toggle("primary", counts.large);
  download.classList.toggle("primary", !counts.large);
}

async function start(): Promise<void> {
  prepare.disabled = true;
  try {
    await request<Job>("POST", data.jobs, { body: bodyOf(query()) });
    await refresh();
    need("#exports").scrollIntoView({ block: "nearest", behavior: "smooth" });
  } catch (error) {
    toast(error instanceof ApiError ? error.detail : gettext("The server does not answer."), "error");
  }
  prepare.disabled = false;
}

/** The list as the server shows it now: what is chosen above stays. */
async function refresh(): Promise<void> {
  const page = new DOMParser().parseFromString(await (await fetch(window.location.href)).text(), "text/html");
  need("#exports").replaceWith(document.adoptNode(need("#exports", page)));
  showTimes();
  void follow();
}

let following = 0;
async function follow(): Promise<void> {
  const turn = ++following;
  const bars = document.querySelectorAll<HTMLProgressElement>("[data-job] progress");
  const barOf = new Map([...bars].map((bar) => [Number(bar.closest<HTMLElement>("[data-job]")?.dataset.job), bar]));
  if (barOf.size === 0) return;
  await followUntilOneEnds([...barOf.keys()], {
    ask: (id) => request<Job>("GET", `/api/exports/${id}/`),
    show: (job) => {
      const bar = barOf.get(job.id);
      if (bar) bar.value = percentOf(job);
    },
    pause: () => new Promise((resolve) => setTimeout(resolve, POLL_MS)),
  });
  if (turn === following) await refresh();
}

form.addEventListener("change", ({ target }) => {
  if (target instanceof HTMLInputElement && target.name === "unfinished") chosenByHand = true;
  if (target instanceof HTMLInputElement && target.name === "format") suitFormat();
  show();
});
prepare.addEventListener("click", () => void start());
suitFormat();
show();
void follow();
