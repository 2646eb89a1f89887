// How far an image is in its job, and what a person may do about it now.

/** WorkRow of docs/api.md: what the bar needs of it. */
export interface WorkItem {
  readonly image: number;
  readonly job: number;
  readonly job_name: string;
  readonly shared: boolean;
  readonly state: "todo" | "started" | "submitted" | "returned" | "skipped" | "final";
  /** It is this person's turn. */
  readonly mine: boolean;
  readonly left: number | null;
  readonly worker: string | null;
  readonly note: string;
}

export type WorkVerb = "submit" | "skip" | "accept" | "return" | "reopen";

interface May {
  readonly label: boolean;
  readonly answer: boolean;
  readonly review: boolean;
}

/** The first is the one that its key and the strong button stand for. */
export function verbsOf(item: WorkItem, can: May): readonly WorkVerb[] {
  if (item.mine && can.label) return ["submit", "skip"];
  if (!can.review) return [];
  if (item.state === "submitted") return ["accept", "return"];
  return item.state === "final" ? ["reopen", "return"] : [];
}

/** What is submitted or final is a reviewer's to change, and suggestions are answered in own jobs. */
export function rightsAt<Rights extends May>(item: WorkItem, can: Rights): Rights {
  if (can.review) return can;
  const closed = item.state === "submitted" || item.state === "final";
  return { ...can, label: can.label && !closed, answer: can.answer && item.mine };
}
