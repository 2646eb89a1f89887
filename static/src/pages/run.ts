// A run, live: stages, numbers, curves, examples and log as its events come; the same page looks back at it afterwards.
import { curve, precisionRecall } from "../charts/curve";
import { h, icon, need, pageData, replace } from "../lib/dom";
import { listen } from "../lib/socket";
import { crop } from "../parts/crop";
import { figures as figureList, likely } from "../run/figures";
import { begin, curves, isAtLeast, memoryCurves, tell } from "../run/story";
import type { ClassResult, Found, Message, Run, RunState, Since, Stage, Story } from "../run/story";
import { duration, megabytes, percent, remaining } from "../lib/format";
import { stageLine, stageName } from "../run/texts";
import { heldOutErrors } from "../run/heldOutErrors";

interface Data {
  readonly run: Run;
  readonly classes: Readonly<Record<string, { readonly name: string; readonly color: string }>>;
  readonly may: boolean;
  readonly since: Readonly<Record<string, Since>>;
}

const { run: first, classes, may, since } = pageData<Data>();
let run = first;
let story: Story = begin(run.kind);
const shown = { found: 0, log: 0, memories: 0, ended: "" };

const losses = curve(need("#losses"), { xName: gettext("Epoch") });
const metrics = curve(need("#metrics"), { xName: gettext("Epoch") });

const memory = curve(need("#memory"), { xName: gettext("Seconds"), yName: gettext("GB") });

const LIVE: readonly RunState[] = ["queued", "running", "cancelling"];
const isLive = (): boolean => LIVE.includes(run.state);

// --- one frame shows everything that came since the last one ------------------------------------------------------------
let waiting = false;
function soon(): void {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    show();
  });
}

function show(): void {
  showState();
  showProgress();
  showStages();
  showFigures();
  showFound();
  showTraining();
  showLog();
  showMemory();
  showWeights();
  showResult();
}

function showState(): void {
  const badge: Record<RunState, () => HTMLElement> = {
    queued: () => h("span.badge", {}, icon("clock"), gettext("Queued")),
    running: () => h("span.badge.accent.live", {}, gettext("Running")),
    cancelling: () => h("span.badge.warn.live", {}, gettext("Stopping")),
    done: () => h("span.badge.ok", {}, icon("check"), gettext("Done")),
    failed: () => h("span.badge.danger", {}, icon("x"), gettext("Failed")),
    cancelled: () => h("span.badge", {}, icon("ban"), gettext("Cancelled")),
  };
  replace(need("#run-state"), badge[run.state]());
  const decided = (run.batch?.pending ?? 0) + (run.batch?.accepted ?? 0) + (run.batch?.rejected ?? 0);
  for (const form of document.querySelectorAll<HTMLElement>("[data-states]")) {
    const when = form.dataset.states ?? "";
    form.hidden = when === "undoable" ? isLive() || decided === 0 : !when.split(" ").includes(run.state);
  }
  const review = document.querySelector<HTMLElement>("#run-review");
  if (review && may) {
    const n = run.batch?.pending ?? 0;
    review.hidden = n === 0;
    need("#run-review-text").textContent = interpolate(ngettext("Review %s suggestion", "Review %s suggestions", n), [
      n,
    ]);
  }
  const error = need("#run-error");
  error.hidden = run.error === null || isLive();
  need("#run-error-title").textContent =
    run.state === "cancelled" ? gettext("The run was cancelled") : gettext("The run failed");
  need("#run-error-text").textContent = run.error?.text ?? "";
}

function say(selector: string, text: string): void {
  const element = need(selector);
  if (element.textContent !== text) element.textContent = text; // written only when new: a screen reader says it once
}

function showProgress(): void {
  const bar = need<HTMLProgressElement>("#run-bar");
  const share =
    run.state === "done" ? 100 : Math.max(run.percent, run.state === "running" ? (story.progress?.percent ?? 0) : 0);
  bar.value = share;
  bar.classList.toggle("done", run.state === "done");
  say("#run-percent", run.state === "queued" ? "–" : `${Math.floor(share)}%`);
  const eta = run.state === "running" ? (story.progress?.eta_s ?? run.eta_s) : null;
  say("#run-eta", eta === null ? "" : remaining(eta));
  say("#run-line", line());
}

function line(): string {
  if (run.state === "queued") {
    const place = run.queue_position;
    if (place === null || place <= 1) return gettext("Waits for a worker: it starts as soon as one is free.");
    return interpolate(gettext("Place %s in the queue. Runs before it go first."), [place]);
  }
  if (run.state === "cancelling") return gettext("Stopping…");
  if (run.state === "cancelled") return gettext("Cancelled: nothing of it was kept.");
  if (run.state === "failed") return "";
  if (run.state === "done") {
    const n = run.result.counts?.suggested ?? 0;
    return n === 0
      ? gettext("Done. Nothing new was found.")
      : interpolate(ngettext("Done: %s suggestion.", "Done: %s suggestions.", n), [n]);
  }
  const epoch = story.epochs.at(-1);
  if (run.stage === "train" && epoch)
    return interpolate(gettext("Training a detector: epoch %s of %s"), [epoch.epoch, epoch.epochs]);
  return stageLine(run.stage || "prepare");
}

function showStages(): void {
  const failed = run.state === "failed" || run.state === "cancelled";
  const look = (stage: Stage): string => {
    if (stage.state === "started") return failed ? "failed" : "running";
    return stage.state;
  };
  const note = (stage: Stage): string => {
    if (stage.seconds !== null) return duration(stage.seconds);
    if (stage.state === "skipped") return gettext("kept from before");
    return stage.state === "waiting" && run.state === "done" ? gettext("not needed") : "";
  };
  replace(
    need("#stages"),
    ...story.stages.map((stage) =>
      h("li", { class: `stage ${look(stage)}` }, stageName(stage.name), h("small", {}, note(stage))),
    ),
  );
}

function showFigures(): void {
  const figures: [string, string, string?][] = [];
  if (run.state === "done") {
    const counts = run.result.counts;
    if (counts)
      figures.push(
        [gettext("Images looked at"), String(counts.images)],
        [gettext("Suggestions"), String(counts.suggested), interpolate(gettext("%s of them sure"), [counts.sure])],
      );
    const seconds = Object.values(run.result.seconds ?? {}).reduce((sum, part) => sum + part, 0);
    if (run.result.saved_s)
      figures.push([
        gettext("Drawing saved"),
        duration(run.result.saved_s),
        gettext("if the measured precision holds"),
      ]);
    if (seconds > 0) figures.push([gettext("Time"), duration(seconds), deviceName(run.result.device ?? "")]);
  } else if (isLive() && run.state !== "queued") {
    const progress = story.progress;
    if (progress && progress.total > 0)
      figures.push([
        progress.stage === "train" ? gettext("Epochs done") : gettext("Images done"),
        `${progress.done} / ${progress.total}`,
        stageName(progress.stage),
      ]);
    const now = story.memory;
    if (now?.gpu_mb != null) figures.push([gettext("GPU memory"), megabytes(now.gpu_mb), deviceName(now.device)]);
    else if (now?.rss_mb != null) figures.push([gettext("Memory"), megabytes(now.rss_mb), deviceName(now.device)]);
    if (run.started_at)
      figures.push([gettext("Running for"), duration(Math.max(0, (Date.now() - Date.parse(run.started_at)) / 1000))]);
  }
  if (run.batch && !isLive())
    figures.push([gettext("Accepted"), String(run.batch.accepted)], [gettext("Rejected"), String(run.batch.rejected)]);
  if (run.batch && !isLive() && run.batch.withdrawn > 0)
    figures.push([gettext("Taken back or replaced since"), String(run.batch.withdrawn)]);
  const place = need("#run-figures");
  place.hidden = figures.length === 0;
  replace(
    place,
    ...figures.map(([name, value, noteText]) =>
      h("div.figure", {}, h("dt", {}, name), h("dd", {}, value), noteText ? h("dd.note", {}, noteText) : null),
    ),
  );
}

/** "cpu" and "cuda:0 NAME" as people say them. */
function deviceName(device: string): string {
  return device === "cpu" ? "CPU" : device.replace(/^cuda:\d+\s*/, "") || device;
}

function showFound(): void {
  need("#found-card").hidden = story.found.length === 0;
  if (story.found.length === shown.found) return;
  const fresh = story.found.slice(shown.found);
  shown.found = story.found.length;
  need("#found").prepend(...fresh.reverse().map(example));
  say("#found-count", interpolate(ngettext("%s example", "%s examples", story.found.length), [story.found.length]));
}

function example(found: Found): HTMLElement {
  const name = classes[String(found.class)]?.name ?? "";
  const label = interpolate(gettext("%s, %s: open the image"), [name, percent(found.probability)]);
  return h(
    "a",
    { href: `/images/${found.image}/`, "aria-label": label, title: label },
    crop(found.image, found.xyxy),
    h("span.badge", {}, percent(found.probability)),
  );
}

function showTraining(): void {
  const last = story.epochs.at(-1);
  need("#losses-card").hidden = !last;
  if (!last) return;
  say("#epoch-line", interpolate(gettext("Epoch %s of %s"), [last.epoch, last.epochs]));
  const loss = curves(story.epochs, "losses");
  losses.set(loss.x, loss.lines);
  const quality = curves(story.epochs, "metrics");
  need("#metrics-figure").hidden = quality.lines.length === 0;
  if (quality.lines.length > 0) metrics.set(quality.x, quality.lines);
}

const level = need<HTMLSelectElement>("#log-level");
level.addEventListener("change", () => {
  need("#log").replaceChildren();
  shown.log = 0;
  showLog();
});

function showLog(): void {
  const place = need("#log");
  const atEnd = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
  for (const entry of story.log.slice(shown.log)) {
    if (isAtLeast(entry.level, level.value))
      place.append(h("li", { class: entry.level }, h("time", {}, duration(entry.t)), h("span", {}, entry.text)));
  }
  const fresh = story.log.length > shown.log;
  shown.log = story.log.length;
  need("#log-empty").hidden = place.childElementCount > 0;
  if (fresh && atEnd) place.scrollTop = place.scrollHeight;
}

function showMemory(): void {
  const points = memoryCurves(story.memories);
  need("#memory-card").hidden = points.x.length < 2;
  if (points.x.length < 2 || points.x.length === shown.memories) return;
  shown.memories = points.x.length;
  const lines = [
    { name: gettext("System memory"), values: points.system },
    { name: gettext("GPU memory"), values: points.gpu },
  ].filter((one) => one.values.some((value) => value !== null));
  memory.set(points.x, lines);
}

function showWeights(): void {
  const all = story.weights.length > 0 ? story.weights : (run.result.weights ?? []);
  need("#weights-card").hidden = all.length === 0;
  replace(
    need("#weights"),
    ...all.map((one) =>
      h("li", { title: one.sha256 }, h("div", {}, one.name), h("small.mono.faint", {}, one.sha256.slice(0, 16), "…")),
    ),
  );
}

function showResult(): void {
  if (isLive()) {
    if (shown.ended !== "") need("#quality").replaceChildren();
    shown.ended = "";
    return;
  }
  const key = `${run.state} ${run.last_seq}`;
  if (shown.ended === key) return;
  shown.ended = key;
  const results = Object.entries(run.result.classes ?? {}).map(([id, figures]) => quality(id, figures));
  const summary = run.result.summary ?? story.summary;
  const network = summary
    ? h(
        "section.card",
        {},
        h("h2", {}, gettext("Network")),
        h(
          "dl.pairs",
          {},
          ...Object.entries(summary).flatMap(([name, value]) => [
            h("dt", {}, name.slice(0, 1).toUpperCase() + name.slice(1)),
            h("dd", {}, typeof value === "number" ? value.toLocaleString() : value),
          ]),
        ),
      )
    : null;
  replace(need("#quality"), ...results, network);
}

function quality(id: string, figures: ClassResult): HTMLElement {
  const measured = figures.measured === "loo" && figures.precision != null;
  const card = h(
    "section.card.stack",
    {},
    h(
      "div.card-head",
      {},
      h("h2", {}, classes[id]?.name ?? "?"),
      h(
        "p",
        {},
        interpolate(ngettext("learned from %s box", "learned from %s boxes", figures.shots ?? 0), [figures.shots ?? 0]),
      ),
    ),
  );
  const finished = since[id];
  if (!measured) {
    card.append(
      h(
        "div.notice",
        {},
        icon("info"),
        h(
          "div",
          {},
          gettext("Not measurable yet: from five boxes on, LabelHub measures a class by leaving images out in turn."),
        ),
      ),
    );
    if (finished) card.append(sinceFinished(finished));
    return card;
  }
  const rows: [string, string, string?][] = [
    [gettext("Precision"), percent(figures.precision), likely(figures.precision_low, figures.precision_high)],
    [gettext("Recall"), percent(figures.recall), likely(figures.recall_low, figures.recall_high)],
    ["F1", percent(figures.f1)],
    ["AP50", percent(figures.ap50)],
    [
      gettext("Overlap of boxes"),
      percent(figures.held_out_iou?.after),
      figures.corrected && figures.held_out_iou
        ? interpolate(gettext("%s before correction"), [percent(figures.held_out_iou.before)])
        : "",
    ],
  ];
  card.append(
    figureList(rows),
    h("p.hint", {}, gettext("Measured by leaving images out in turn; the likely ranges hold 19 times in 20.")),
  );
  if (finished) card.append(sinceFinished(finished));
  if (figures.pr_curve && figures.pr_curve.length > 1) {
    const place = h("div.chart", {});
    card.append(h("figure", {}, h("figcaption", {}, h("strong", {}, gettext("Precision and recall"))), place));
    requestAnimationFrame(() => precisionRecall(place, figures));
  }
  const pictures = heldOutErrors(figures.worst);
  if (pictures) card.append(pictures);
  return card;
}

/** What the run's suggestions were worth, told by people's own work. */
function sinceFinished(found: Since): HTMLElement {
  return h(
    "figure.since",
    { "data-testid": "since" },
    h(
      "figcaption",
      {},
      h("strong", {}, gettext("What people found since")),
      h(
        "span.hint",
        {},
        interpolate(
          ngettext(
            "On %s image that people have finished since this run.",
            "On %s images that people have finished since this run.",
            found.images,
          ),
          [found.images],
        ),
      ),
    ),
    figureList([
      [gettext("Precision"), percent(found.precision), likely(found.precision_low, found.precision_high)],
      [gettext("Recall"), percent(found.recall), likely(found.recall_low, found.recall_high)],
      [gettext("Suggestions"), String(found.suggested)],
      [gettext("Boxes of people"), String(found.boxes)],
    ]),
  );
}

function showParams(): void {
  const params = run.params as {
    budget?: string;
    train?: string;
    epochs?: number;
    augment?: Record<string, unknown>;
    detector?: string;
    confidence?: number;
  };
  const rows: [string, string][] = [];
  const trains: Record<string, string> = {
    auto: gettext("when it pays"),
    always: gettext("always"),
    never: gettext("never"),
  };
  if (params.budget) rows.push([gettext("Thoroughness"), params.budget === "best" ? gettext("best") : gettext("fast")]);
  if (params.train) rows.push([gettext("Own detector"), trains[params.train] ?? params.train]);
  if (params.epochs && params.train !== "never") rows.push([gettext("Epochs"), String(params.epochs)]);
  const augment = params.augment;
  if (augment) {
    rows.push(
      [gettext("Rotation"), `± ${String(augment.rotate_deg)}°`],
      [gettext("Brightness"), `± ${percent(Number(augment.brightness))}`],
    );
    rows.push(
      [gettext("Mirror"), augment.flip ? gettext("yes") : gettext("no")],
      [gettext("Noise"), augment.noise ? gettext("yes") : gettext("no")],
    );
  }
  if (params.detector) rows.push([gettext("Detector"), params.detector]);
  if (params.confidence !== undefined) rows.push([gettext("Confidence"), percent(params.confidence)]);
  replace(need("#params"), ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function hear(message: Message): void {
  if (message.kind === "state") run = message.payload as unknown as Run;
  else story = tell(story, message);
  soon();
}

showParams();
show();
const ears = {
  onMessage: hear,
  onOpen: () => {
    need("#offline").hidden = true;
  },
  onClose: () => {
    need("#offline").hidden = !isLive();
  },
};
listen<Message>(`/ws/runs/${run.id}/?since=0`, ears);
setInterval(() => {
  if (isLive()) showFigures();
}, 1000);
