// Exports that a worker makes, followed until none of them is at work.

export interface Job {
  readonly id: number;
  readonly state: "queued" | "running" | "done" | "failed" | "cancelled";
  readonly done: number;
  readonly total: number;
}

export const atWork = ({ state }: Job): boolean => state === "queued" || state === "running";

/** 0 to 100. */
export const percentOf = ({ done, total }: Job): number => (total > 0 ? Math.floor((100 * done) / total) : 0);

export interface Follower {
  readonly ask: (id: number) => Promise<Job>;
  readonly show: (job: Job) => void;
  readonly pause: () => Promise<void>;
}

/** Shows each answer; resolves when one of the jobs has ended, so that the page can show what became of it. */
export async function followUntilOneEnds(ids: readonly number[], { ask, show, pause }: Follower): Promise<void> {
  for (;;) {
    const jobs = await Promise.all(ids.map((id) => ask(id).catch(() => null))); // away for a moment: asked again
    for (const job of jobs) if (job) show(job);
    if (jobs.some((job) => job && !atWork(job))) return;
    await pause();
  }
}
