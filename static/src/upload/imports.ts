// A zip that a worker unpacks: asked how far it is, until it is done.
import type { Problem } from "./send";

export interface ImportState {
  readonly state: "queued" | "running" | "done" | "failed";
  readonly done: number;
  readonly total: number;
  readonly added: number;
  readonly problems: readonly Problem[];
}

export interface ImportView {
  /** 0 to 100. */
  readonly share: number;
  readonly done: boolean;
  readonly text: string;
}

export function importView({ state, done, total, added }: ImportState): ImportView {
  const ended = state === "done" || state === "failed";
  if (ended) {
    const text = interpolate(ngettext("%s image added", "%s images added", added), [added]);
    return { share: 100, done: true, text };
  }
  return {
    share: total > 0 ? (100 * done) / total : 0,
    done: false,
    text: state === "queued" ? gettext("waits for a worker") : `${done} / ${total || "…"}`,
  };
}

export interface Follower {
  readonly ask: () => Promise<ImportState>;
  readonly show: (view: ImportView) => void;
  readonly problem: (problem: Problem) => void;
  readonly pause: () => Promise<void>;
}

/** Shows each answer until the last one; a problem is named once. Resolves to the images that came. */
export async function follow({ ask, show, problem, pause }: Follower): Promise<number> {
  let named = 0;
  for (;;) {
    const state = await ask().catch(() => null); // away for a moment: the next answer says all
    if (state) {
      const view = importView(state);
      show(view);
      state.problems.slice(named).forEach(problem);
      named = state.problems.length;
      if (view.done) return state.added;
    }
    await pause();
  }
}
