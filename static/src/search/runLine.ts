// How far a search is, in one line.
import { similarity } from "../lib/format";

export interface SearchRun {
  readonly id: number;
  readonly state: string;
  readonly percent: number;
  readonly queue_position: number | null;
  readonly error: { readonly text: string } | null;
  /** floor: the similarity at which the list ends; whether people's boxes say so. */
  readonly result?: { readonly floor?: number; readonly floor_measured?: boolean; readonly counts?: unknown };
  /** xyxy: null where whole images are compared. */
  readonly params?: { readonly xyxy?: unknown };
}

export const LIVE: readonly string[] = ["queued", "running", "cancelling"];

export function lineOf(run: SearchRun, found: number | null): string {
  switch (run.state) {
    case "queued":
      return run.queue_position !== null && run.queue_position > 1
        ? interpolate(gettext("Place %s in the queue."), [run.queue_position])
        : gettext("Waits for a worker…");
    case "running":
      return run.percent < 1
        ? gettext("Looking through the images…")
        : interpolate(gettext("Looking through the images: %s"), [`${Math.floor(run.percent)}%`]);
    case "cancelling":
      return gettext("Stopping…");
    case "cancelled":
      return gettext("Cancelled.");
    case "failed":
      return run.error?.text ?? gettext("The search failed.");
    default: {
      const order = gettext("The most alike first. The number says how alike (1 is the same), not how probable.");
      const fit = run.params?.xyxy ? gettext("Boxes are proposals and may sit loosely: look at their edges.") : "";
      return found === null ? gettext("Loading…") : [order, endOf(run), fit].filter(Boolean).join(" ");
    }
  }
}

/** Where the list ends, and why. */
function endOf({ result }: SearchRun): string {
  if (result?.floor === undefined) return "";
  const floor = similarity(result.floor);
  return result.floor_measured
    ? interpolate(gettext("It ends at %s: below that, what people boxed is more often something else."), [floor])
    : interpolate(gettext("It ends at %s: below that, similarity is mostly chance."), [floor]);
}
