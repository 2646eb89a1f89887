// A run in a few numbers: how far it is while it works, and what it brought when it is done.
import { duration, megabytes, percent, roughly } from "../lib/format";
import type { Figure } from "./figures";
import { isLive, labelOf } from "./progress";
import type { Story } from "./story";
import type { Run } from "./types";

/** `now`: milliseconds, as Date.now() gives them. */
export function keyFigures(run: Run, story: Story, now: number): Figure[] {
  if (run.batch?.undone) return answered(run);
  if (run.state === "done") return [...brought(run), ...answered(run)];
  if (!isLive(run)) return answered(run);
  return run.state === "queued" ? [] : underWay(run, story, now);
}

function brought(run: Run): Figure[] {
  const { result } = run;
  const figures: Figure[] = [];
  if (result.counts)
    figures.push(
      [gettext("Images looked at"), String(result.counts.images)],
      [
        gettext("Suggestions"),
        String(result.counts.suggested),
        interpolate(gettext("%s of them sure"), [result.counts.sure]),
      ],
    );
  if (result.saved_s)
    figures.push([
      result.saved_s < 0 ? gettext("Time lost on suggestions") : gettext("Drawing time saved"),
      roughly(result.saved_s),
      result.saved_by === "answers" ? gettext("by the answers so far") : gettext("if the measured precision holds"),
    ]);
  return [...figures, ...times(run)];
}

/**
 * From the start to the suggestions, and what training took after that: by the clock on the wall, as the log counts.
 */
function times({ started_at, suggestions_at, finished_at, result }: Run): Figure[] {
  if (!started_at || !finished_at) return [];
  const [start, end] = [Date.parse(started_at), Date.parse(finished_at)];
  const device = deviceName(result.device ?? "");
  const trained = (result.seconds?.train ?? 0) > 0;
  if (!suggestions_at || !trained) return [[gettext("Time"), duration((end - start) / 1000), device]];
  const ready = Date.parse(suggestions_at);
  return [
    [gettext("Time to the suggestions"), duration((ready - start) / 1000), device],
    [gettext("Time of the training"), duration((end - ready) / 1000), device],
  ];
}

function underWay(run: Run, { progress, memory }: Story, now: number): Figure[] {
  const figures: Figure[] = [];
  if (progress && progress.total > 0)
    figures.push([
      labelOf(progress.stage, run.stages),
      progress.stage === "train" ? `${progress.done} / ${progress.total}` : percent(progress.done / progress.total),
      progress.stage === "train" ? gettext("Epochs done") : gettext("of this stage"),
    ]);
  if (memory?.gpu_mb != null)
    figures.push([gettext("GPU memory"), megabytes(memory.gpu_mb), deviceName(memory.device)]);
  else if (memory) {
    const held = memory.group_mb ?? memory.rss_mb;
    if (held != null) figures.push([gettext("Memory"), megabytes(held), deviceName(memory.device)]);
  }
  if (run.started_at) {
    const seconds = Math.max(0, (now - Date.parse(run.started_at)) / 1000);
    figures.push([gettext("Running for"), duration(seconds)]);
  }
  return figures;
}

function answered({ batch }: Run): Figure[] {
  if (!batch) return [];
  const figures: Figure[] = [
    [gettext("Accepted"), String(batch.accepted)],
    [gettext("Rejected"), String(batch.rejected)],
  ];
  const replaced = batch.withdrawn - batch.taken_back;
  if (batch.taken_back > 0) figures.push([gettext("Taken back"), String(batch.taken_back)]);
  if (replaced > 0) figures.push([gettext("Replaced by a newer run"), String(replaced)]);
  return figures;
}

/** "cpu" and "cuda:0 NAME" as people say them. */
export function deviceName(device: string): string {
  return device === "cpu" ? "CPU" : device.replace(/^cuda:\d+\s*/, "") || device;
}
