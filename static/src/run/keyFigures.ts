// A run in a few numbers: how far it is while it works, and what it brought when it is done.
import { duration, megabytes } from "../lib/format";
import type { Figure } from "./figures";
import { isLive, labelOf } from "./progress";
import type { Story } from "./story";
import type { Run, StageName } from "./types";

/** `now`: milliseconds, as Date.now() gives them. */
export function keyFigures(run: Run, story: Story, named: readonly StageName[], now: number): Figure[] {
  if (run.state === "done") return [...brought(run), ...answered(run)];
  if (!isLive(run)) return answered(run);
  return run.state === "queued" ? [] : underWay(run, story, named, now);
}

function brought({ result }: Run): Figure[] {
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
    figures.push([gettext("Drawing saved"), duration(result.saved_s), gettext("if the measured precision holds")]);
  const seconds = Object.values(result.seconds ?? {}).reduce((sum, part) => sum + part, 0);
  if (seconds > 0) figures.push([gettext("Time"), duration(seconds), deviceName(result.device ?? "")]);
  return figures;
}

function underWay(run: Run, { progress, memory }: Story, named: readonly StageName[], now: number): Figure[] {
  const figures: Figure[] = [];
  if (progress && progress.total > 0)
    figures.push([
      progress.stage === "train" ? gettext("Epochs done") : gettext("Images done"),
      `${progress.done} / ${progress.total}`,
      labelOf(progress.stage, named),
    ]);
  if (memory?.gpu_mb != null)
    figures.push([gettext("GPU memory"), megabytes(memory.gpu_mb), deviceName(memory.device)]);
  else if (memory?.rss_mb != null)
    figures.push([gettext("Memory"), megabytes(memory.rss_mb), deviceName(memory.device)]);
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
  if (batch.withdrawn > 0) figures.push([gettext("Taken back or replaced since"), String(batch.withdrawn)]);
  return figures;
}

/** "cpu" and "cuda:0 NAME" as people say them. */
export function deviceName(device: string): string {
  return device === "cpu" ? "CPU" : device.replace(/^cuda:\d+\s*/, "") || device;
}
