// A run as its events tell it: a pure reading, so that a replay after a lost connection gives the same page.
import type { Epoch, FoundBox, Message, StageName, Weights } from "./types";

export interface Stage {
  readonly name: string;
  readonly state: "waiting" | "started" | "finished" | "skipped";
  readonly seconds: number | null;
}

export interface LogLine {
  /** Seconds of the engine's own clock, and when the worker wrote the line. */
  readonly t: number;
  readonly at: string | null;
  readonly level: string;
  readonly text: string;
}

export interface Memory {
  readonly t: number;
  readonly system: number | null;
  readonly gpu: number | null;
}

export interface Story {
  readonly seq: number;
  readonly stages: readonly Stage[];
  readonly progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number;
    readonly percent: number;
    readonly eta_s: number | null;
  } | null;
  /** Memory over time, ever more sparsely for a long run. */
  readonly memories: readonly Memory[];
  /** group_mb: of the engine and all that it started. */
  readonly memory: {
    readonly device: string;
    readonly rss_mb: number | null;
    readonly group_mb?: number | null;
    readonly gpu_mb: number | null;
  } | null;
  readonly epochs: readonly Epoch[];
  readonly found: readonly FoundBox[];
  readonly log: readonly LogLine[];
  readonly weights: readonly Weights[];
  readonly summary: Readonly<Record<string, string | number>> | null;
}

const MOST_FOUND = 60;

/** Before any event: the stages that the server says will run. Those that it did not name are added as they come. */
export function begin(planned: readonly StageName[] = []): Story {
  const stages = planned.map(({ name }) => ({ name, state: "waiting" as const, seconds: null }));
  return {
    seq: 0,
    stages,
    progress: null,
    memory: null,
    memories: [],
    epochs: [],
    found: [],
    log: [],
    weights: [],
    summary: null,
  };
}

/** The story with one more event; an event that was told already changes nothing. */
export function tell(story: Story, message: Message): Story {
  if (message.seq !== undefined && message.seq <= story.seq) return story;
  const next = { ...story, seq: message.seq ?? story.seq };
  const said = message.payload;
  switch (message.kind) {
    case "stage": {
      const name = String(said.stage);
      const stages = withStage(
        story.stages,
        name,
        said.state as Stage["state"],
        (said.seconds as number | undefined) ?? null,
      );
      // A new attempt: how far the last one came says nothing.
      const again = name === story.stages[0]?.name && said.state !== "finished";
      return { ...next, stages, progress: again ? null : story.progress };
    }
    case "progress":
      return { ...next, progress: said as unknown as Story["progress"] };
    case "memory":
      return {
        ...next,
        memory: said as unknown as Story["memory"],
        memories: thinned([...story.memories, memoryOf(said)]),
      };
    case "epoch": {
      // A run that was taken up again tells its later epochs a second time: the newer word counts.
      const epoch = { losses: {}, metrics: {}, ...said } as unknown as Epoch;
      return { ...next, epochs: [...story.epochs.filter((other) => other.epoch < epoch.epoch), epoch] };
    }
    case "found":
      return { ...next, found: [...story.found, said as unknown as FoundBox].slice(-MOST_FOUND) };
    case "weights":
      return {
        ...next,
        weights: [...story.weights.filter((one) => one.name !== said.name), said as unknown as Weights],
      };
    case "summary":
      return { ...next, summary: (said.model ?? said) as Story["summary"] };
    case "log":
    case "error":
      return { ...next, log: [...story.log, logLine(message, said)] };
    default:
      return next;
  }
}

const MOST_MEMORIES = 400;

function memoryOf(said: Message["payload"]): Memory {
  const number = (name: string): number | null =>
    typeof said[name] === "number" && said[name] > 0 ? said[name] : null;
  return { t: number("t") ?? 0, system: number("group_mb") ?? number("rss_mb"), gpu: number("gpu_mb") };
}

/** Every other point, once there are too many; the last one always stays. */
function thinned(points: readonly Memory[]): readonly Memory[] {
  return points.length <= MOST_MEMORIES ? points : points.filter((_, index) => (points.length - 1 - index) % 2 === 0);
}

/**
 * A run that was taken up again counts its seconds anew: time goes on from where the attempt before stopped. Gigabytes.
 */
export function memoryCurves(points: readonly Memory[]): {
  x: number[];
  system: (number | null)[];
  gpu: (number | null)[];
} {
  let before = 0;
  let last = 0;
  const x = points.map(({ t }) => {
    if (before + t < last) before = last;
    return (last = Math.round(before + t));
  });
  const gigabytes = (value: number | null): number | null => (value === null ? null : value / 1000);
  return {
    x,
    system: points.map((point) => gigabytes(point.system)),
    gpu: points.map((point) => gigabytes(point.gpu)),
  };
}

/** Seconds from the start of the run to a line of its log: what the worker says afterwards counts too. */
export function secondsOf({ t, at }: LogLine, started: string | null): number {
  return at && started ? Math.max(0, (Date.parse(at) - Date.parse(started)) / 1000) : t;
}

const LEVELS = ["debug", "info", "warning", "error"];

/** Is a line at least as serious as asked? */
export function isAtLeast(level: string, asked: string): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(asked);
}

function logLine({ kind, at }: Message, said: Message["payload"]): LogLine {
  const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);
  const level = kind === "error" ? "error" : text(said.level, "info");
  return { t: typeof said.t === "number" ? said.t : 0, at: at ?? null, level, text: text(said.text, "") };
}

function withStage(
  stages: readonly Stage[],
  name: string,
  state: Stage["state"],
  seconds: number | null,
): readonly Stage[] {
  const known = stages.some((stage) => stage.name === name);
  const all = known ? stages : [...stages, { name, state, seconds }];
  // A first stage that starts again means a new attempt: what comes after it is still to do.
  const index = all.findIndex((stage) => stage.name === name);
  return all.map((stage, at) => {
    if (at === index) return { name, state, seconds };
    return state === "started" && at > index ? { ...stage, state: "waiting", seconds: null } : stage;
  });
}

/** The losses, one line each, however the trainer calls them; missing epochs are gaps. */
export function curves(
  epochs: readonly Epoch[],
  of: "losses" | "metrics",
): { x: number[]; lines: { name: string; values: (number | null)[] }[] } {
  const names = [...new Set(epochs.flatMap((epoch) => Object.keys(epoch[of])))];
  return {
    x: epochs.map((epoch) => epoch.epoch),
    lines: names.map((name) => ({ name, values: epochs.map((epoch) => epoch[of][name] ?? null) })),
  };
}
