// Where a run stands: its row and its story in, what the page says of it out.
import { duration, remaining } from "../lib/format";
import type { Stage, Story } from "./story";
import type { Run, RunState, StageName } from "./types";

const LIVE: readonly RunState[] = ["queued", "running", "cancelling"];

export function isLive({ state }: Pick<Run, "state">): boolean {
  return LIVE.includes(state);
}

export interface Badge {
  readonly look: string;
  readonly icon: string | null;
  readonly text: string;
}

export function badgeOf({ state, batch }: Pick<Run, "state" | "batch">): Badge {
  /* icons: clock, check, x, ban, undo-2 */
  if (batch?.undone) return { look: "", icon: "undo-2", text: gettext("Undone") };
  const badges: Record<RunState, Badge> = {
    queued: { look: "", icon: "clock", text: gettext("Queued") },
    running: { look: "accent live", icon: null, text: gettext("Running") },
    cancelling: { look: "warn live", icon: null, text: gettext("Stopping") },
    done: { look: "ok", icon: "check", text: gettext("Done") },
    failed: { look: "danger", icon: "x", text: gettext("Failed") },
    cancelled: { look: "", icon: "ban", text: gettext("Cancelled") },
  };
  return badges[state];
}

/** Whether an act is offered: `when` names the states it is for, or is "undoable". */
export function isOffered(when: string, run: Run): boolean {
  if (when !== "undoable") return when.split(" ").includes(run.state);
  const { pending = 0, accepted = 0, rejected = 0 } = run.batch ?? {};
  return !isLive(run) && !run.batch?.undone && pending + accepted + rejected > 0;
}

/** What the button to the review says, or null where nothing waits. */
export function reviewText(run: Run): string | null {
  const n = run.batch?.pending ?? 0;
  return n === 0 ? null : interpolate(ngettext("Review %s suggestion", "Review %s suggestions", n), [n]);
}

export function faultOf(run: Run): { readonly title: string; readonly text: string } | null {
  if (run.error === null || isLive(run)) return null;
  const title = run.state === "cancelled" ? gettext("The run was cancelled") : gettext("The run failed");
  return { title, text: run.error.text };
}

export interface Progress {
  /** 0 to 100. */
  readonly share: number;
  readonly done: boolean;
  readonly percent: string;
  readonly remaining: string;
  /** What it does now; a screen reader says it when it changes. */
  readonly line: string;
}

/** Percent from which an estimate of the rest is shown: loading the networks says nothing of it. */
const SURE_FROM = 10;

export function progressOf(run: Run, story: Story): Progress {
  const running = run.state === "running";
  const reported = running ? story.progress : null;
  const share = run.state === "done" ? 100 : Math.max(run.percent, reported?.percent ?? 0);
  const eta = running && share >= SURE_FROM ? (reported?.eta_s ?? run.eta_s) : null;
  return {
    share,
    done: run.state === "done",
    percent: run.state === "queued" ? "–" : `${Math.floor(share)}%`,
    remaining: eta === null ? "" : remaining(eta),
    line: lineOf(run, story),
  };
}

function lineOf(run: Run, story: Story): string {
  if (run.batch?.undone) return gettext("Undone: its suggestions and untouched boxes were taken back.");
  switch (run.state) {
    case "queued":
      return (run.queue_position ?? 0) <= 1
        ? gettext("Waits for a worker: it starts as soon as one is free.")
        : interpolate(gettext("Place %s in the queue. Runs before it go first."), [run.queue_position]);
    case "cancelling":
      return gettext("Stopping…");
    case "cancelled":
      return run.suggestions_at
        ? gettext("The training was cancelled; the suggestions stay.")
        : gettext("Cancelled: nothing of it was kept.");
    case "failed":
      return run.suggestions_at ? gettext("The suggestions were stored before that and stay.") : "";
    case "done": {
      const n = run.result.counts?.suggested ?? 0;
      if (n === 0) return gettext("Done. Nothing new was found.");
      return interpolate(ngettext("Done: %s suggestion.", "Done: %s suggestions.", n), [n]);
    }
    case "running": {
      const epoch = story.epochs.at(-1);
      const ready = run.suggestions_at ? `${gettext("The suggestions are ready to review.")} ` : "";
      if (run.stage === "train" && epoch)
        return ready + interpolate(gettext("Training a detector: epoch %s of %s"), [epoch.epoch, epoch.epochs]);
      return ready + doing(run);
    }
  }
}

/** What happens now; after the stages that it runs a worker stores what they found. */
function doing({ stage, stages }: Run): string {
  const now = stage === "" ? stages[0] : stages.find(({ name }) => name === stage);
  return now?.doing ?? gettext("Storing the suggestions");
}

export interface StageView {
  readonly look: "waiting" | "running" | "finished" | "skipped" | "failed";
  readonly label: string;
  readonly note: string;
}

export function stagesOf(run: Run, story: Story): StageView[] {
  const broken = run.state === "failed" || run.state === "cancelled";
  const look = ({ state }: Stage): StageView["look"] => {
    if (state !== "started") return state;
    return broken ? "failed" : "running";
  };
  const note = ({ state, seconds }: Stage): string => {
    if (seconds !== null) return duration(seconds);
    if (state === "skipped") return gettext("kept from before");
    return state === "waiting" && run.state === "done" ? gettext("not needed") : "";
  };
  return run.stages.map(({ name, label }) => {
    const stage = story.stages.find((one) => one.name === name) ?? { name, state: "waiting", seconds: null };
    return { look: look(stage), label, note: note(stage) };
  });
}

/** A stage as the server calls it to people. */
export function labelOf(name: string, named: readonly StageName[]): string {
  return named.find((one) => one.name === name)?.label ?? name;
}
