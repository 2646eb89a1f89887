// A run, live: stages, numbers, curves, examples and log as its events come; the same page looks back at it afterwards.
import { h, icon, need, pageData, replace, setText } from "../lib/dom";
import { listen } from "../lib/socket";
import { figure } from "../run/figures";
import { keyFigures } from "../run/keyFigures";
import { startExamples, startLog, startMemory, startTraining } from "../run/live";
import { badgeOf, faultOf, isLive, isOffered, progressOf, reviewText, stagesOf } from "../run/progress";
import { networkCard, qualityCard } from "../run/quality";
import { startQuestions } from "../run/questions";
import { settingsOf } from "../run/settings";
import { begin, tell } from "../run/story";
import type { Message, Run, Since } from "../run/types";

interface Data {
  readonly run: Run;
  readonly classes: Readonly<Record<string, { readonly name: string; readonly color: string }>>;
  readonly may: boolean;
  readonly project: number;
  readonly since: Readonly<Record<string, Since>>;
}

const { run: first, classes, may, project, since } = pageData<Data>();
let run = first;
let story = begin(run.stages);
let ended = "";

const growing = [
  startExamples((id) => classes[id]?.name ?? ""),
  startTraining(),
  startLog(() => run.started_at),
  startMemory(),
];

const ask = may ? startQuestions(project, classes, need<HTMLAnchorElement>("#run-review").href) : () => undefined;

function showState(): void {
  const { look, icon: picture, text } = badgeOf(run);
  replace(need("#run-state"), h("span", { class: `badge ${look}` }, picture && icon(picture), text));
  for (const form of document.querySelectorAll<HTMLElement>("[data-states]"))
    form.hidden = !isOffered(form.dataset.states ?? "", run);
  const review = document.querySelector<HTMLElement>("#run-review");
  if (review && may) {
    const text = reviewText(run);
    review.hidden = text === null;
    need("#run-review-text").textContent = text;
  }
  const fault = faultOf(run);
  need("#run-error").hidden = fault === null;
  setText(need("#run-error-title"), fault?.title ?? "");
  setText(need("#run-error-text"), fault?.text ?? "");
}

function showProgress(): void {
  const { share, done, percent, remaining, line } = progressOf(run, story);
  const bar = need<HTMLProgressElement>("#run-bar");
  bar.value = share;
  bar.classList.toggle("done", done);
  setText(need("#run-percent"), percent);
  setText(need("#run-eta"), remaining);
  setText(need("#run-line"), line);
  const views = stagesOf(run, story);
  need("#stages").hidden = views.length === 0;
  replace(
    need("#stages"),
    ...views.map(({ look, label, note }) => h("li", { class: `stage ${look}` }, label, h("small", {}, note))),
  );
}

function showFigures(): void {
  const rows = keyFigures(run, story, Date.now());
  need("#run-figures").hidden = rows.length === 0;
  replace(need("#run-figures"), ...rows.map(figure));
}

function showWeights(): void {
  const all = story.weights.length > 0 ? story.weights : (run.result.weights ?? []);
  need("#weights-card").hidden = all.length === 0;
  const entries = all.map(({ name, sha256 }) =>
    h("li", { title: sha256 }, h("div", {}, name), h("small.mono.faint", {}, sha256.slice(0, 16), "…")),
  );
  replace(need("#weights"), ...entries);
}

/** Once, when the run has ended: its curves are not drawn anew with every event. */
function showResult(): void {
  const now = isLive(run) ? "" : `${run.state} ${run.last_seq}`;
  if (ended === now) return;
  ended = now;
  const results = Object.entries(run.result.classes ?? {});
  const cards = results.map(([id, found]) => qualityCard(classes[id]?.name ?? "?", found, since[id]));
  const summary = run.result.summary ?? story.summary;
  replace(need("#quality"), ...(now === "" ? [] : [...cards, summary && networkCard(summary)]));
  if (run.result.test) void showMeasured();
}

/** The server draws what was measured on the test split: of a run that has just ended it is fetched. */
async function showMeasured(): Promise<void> {
  const place = need("#measured");
  if (place.childElementCount > 0) return;
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  place.replaceChildren(...page.querySelectorAll("#measured > *"));
}

function show(): void {
  showState();
  showProgress();
  showFigures();
  for (const part of growing) part(story);
  showWeights();
  showResult();
  ask(run);
}

let waiting = false;
function hear(message: Message): void {
  if (message.kind === "state") run = message.payload as unknown as Run;
  else story = tell(story, message);
  if (waiting) return;
  waiting = true; // one frame shows everything that came since the last one
  requestAnimationFrame(() => {
    waiting = false;
    show();
  });
}

const settings = settingsOf(run.params);
need("#params-card").hidden = settings.length === 0;
replace(need("#params"), ...settings.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
show();
listen<Message>(`/ws/runs/${run.id}/?since=0`, {
  onMessage: hear,
  onOpen: () => (need("#offline").hidden = true),
  onClose: () => (need("#offline").hidden = !isLive(run)),
});
setInterval(() => isLive(run) && showFigures(), 1000);
