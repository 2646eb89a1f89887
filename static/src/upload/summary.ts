// How far an upload is, in one line, and which buttons that asks for.
import type { Counts } from "./queue";

export interface Summary {
  /** 0 to 100. */
  readonly share: number;
  readonly percent: string;
  /** Null before anything was chosen. */
  readonly line: string | null;
  readonly canStop: boolean;
  readonly canShow: boolean;
  /** What the button that goes on says; null where nothing was kept back. */
  readonly goOn: string | null;
}

/** `pausedFor`: seconds that the server asked to wait, or 0. */
export function summaryOf(counts: Counts, busy: boolean, pausedFor = 0): Summary {
  const share = counts.bytes > 0 ? Math.min(100, (100 * counts.sentBytes) / counts.bytes) : 0;
  return {
    share,
    percent: busy ? `${Math.floor(share)}%` : "",
    line: counts.files === 0 ? null : busy ? underWay(counts, pausedFor) : ended(counts),
    canStop: busy,
    canShow: !busy && counts.added + counts.known > 0 && counts.kept === 0,
    goOn:
      busy || counts.kept === 0
        ? null
        : interpolate(ngettext("Go on: send %s file", "Go on: send %s files", counts.kept), [counts.kept]),
  };
}

function underWay({ finished, files }: Counts, pausedFor: number): string {
  const sent = interpolate(gettext("%s of %s files sent"), [finished, files]);
  if (pausedFor === 0) return sent;
  const pause = ngettext(
    "The server takes so many a minute: it goes on in %s second.",
    "The server takes so many a minute: it goes on in %s seconds.",
    pausedFor,
  );
  return `${sent}. ${interpolate(pause, [pausedFor])}`;
}

function ended({ added, known }: Counts): string {
  const parts = [interpolate(ngettext("%s image added", "%s images added", added), [added])];
  if (known > 0) parts.push(interpolate(ngettext("%s was here already", "%s were here already", known), [known]));
  return parts.join(", ");
}
