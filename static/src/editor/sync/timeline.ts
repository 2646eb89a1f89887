// The timeline of the shown image: its steps a page at a time, and what the image held at each, which never changes.
import { request } from "../../lib/api";
import type { PastState, Place } from "../model/past";
import { extended, NONE, renewed, type KnownSteps, type KeptVersion, type Step, type StepPage } from "../model/steps";

export class Timeline {
  known: KnownSteps = NONE;
  /** The first steps of an image are on their way. */
  loading = false;
  private image = 0;
  private readonly watchers = new Set<() => void>();
  private readonly states = new Map<string, Promise<PastState>>();
  private readonly versions = new Map<number, Promise<KeptVersion>>();

  constructor(private readonly project: number) {}

  watch(watcher: () => void): void {
    this.watchers.add(watcher);
  }

  /** Another image is shown, or somebody saved this one. */
  async load(image: number): Promise<void> {
    if (image !== this.image) {
      this.image = image;
      this.loading = true;
      this.become(NONE);
    }
    try {
      const page = await request<StepPage>("GET", `/api/images/${image}/history/`);
      if (this.image === image) this.known = renewed(this.known, page);
    } finally {
      if (this.image === image) {
        this.loading = false;
        this.become(this.known);
      }
    }
  }

  /** The next page of older steps. */
  async extend(): Promise<void> {
    const { image, known } = this;
    if (known.next === null) return;
    const page = await request<StepPage>("GET", known.next);
    if (this.image === image && this.known.next === known.next) this.become(extended(this.known, page));
  }

  step(moment: number): Step | undefined {
    return this.known.steps.find((one) => one.moment === moment);
  }

  /** Kept for good: neither a moment nor a version changes. Classes do, so it is asked again where one went. */
  stateOf(image: number, { kind, id }: Place): Promise<PastState> {
    const address =
      kind === "moment"
        ? `/api/images/${image}/history/${id}/`
        : `/api/projects/${this.project}/versions/${id}/images/${image}/`;
    return once(this.states, address, () => request<PastState>("GET", address));
  }

  forgetStates(): void {
    this.states.clear();
  }

  version(id: number): Promise<KeptVersion> {
    return once(this.versions, id, () => request<KeptVersion>("GET", `/api/projects/${this.project}/versions/${id}/`));
  }

  private become(known: KnownSteps): void {
    this.known = known;
    for (const watcher of this.watchers) watcher();
  }
}

/** What was asked for already, unless that failed. */
function once<K, V>(kept: Map<K, Promise<V>>, key: K, ask: () => Promise<V>): Promise<V> {
  const known = kept.get(key);
  if (known) return known;
  const fresh = ask();
  kept.set(key, fresh);
  fresh.catch(() => kept.delete(key));
  return fresh;
}
