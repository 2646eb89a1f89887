// How far a search is, in one line.
export interface SearchRun {
  readonly id: number;
  readonly state: string;
  readonly percent: number;
  readonly queue_position: number | null;
  readonly error: { readonly text: string } | null;
}

export const LIVE: readonly string[] = ["queued", "running", "cancelling"];

export function lineOf(run: SearchRun, found: number | null): string {
  switch (run.state) {
    case "queued":
      return run.queue_position !== null && run.queue_position > 1
        ? interpolate(gettext("Place %s in the queue."), [run.queue_position])
        : gettext("Waits for a worker…");
    case "running":
      return interpolate(gettext("Looking through the images: %s"), [`${Math.floor(run.percent)}%`]);
    case "cancelling":
      return gettext("Stopping…");
    case "cancelled":
      return gettext("Cancelled.");
    case "failed":
      return run.error?.text ?? gettext("The search failed.");
    default:
      return found === null
        ? gettext("Loading…")
        : gettext("The most alike first. The number says how alike (1 is the same), not how probable.");
  }
}
