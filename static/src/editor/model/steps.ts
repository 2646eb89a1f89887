// The steps of an image's timeline: pages put together, and what a step did in lines. Pure.

export interface Deed {
  readonly verb: string;
  /** Null: about no class, or one that is gone. */
  readonly class: number | null;
  /** As it was called then. */
  readonly class_name: string;
  readonly count: number;
}

export interface KeptVersion {
  readonly id: number;
  readonly number: number;
  readonly name: string;
  readonly made_at: string;
}

/** An entry of GET /api/images/{id}/history/. */
export interface Step {
  readonly moment: number;
  readonly at: string;
  readonly version: number;
  readonly actor: string | null;
  readonly actor_name: string | null;
  readonly deeds: readonly Deed[];
  readonly versions: readonly KeptVersion[];
}

export interface StepPage {
  readonly next: string | null;
  readonly results: readonly Step[];
}

/** The steps that are known, newest first, and where the older ones are. */
export interface KnownSteps {
  readonly steps: readonly Step[];
  readonly next: string | null;
}

export const NONE: KnownSteps = { steps: [], next: null };

export function extended(known: KnownSteps, page: StepPage): KnownSteps {
  return { steps: [...known.steps, ...page.results], next: page.next };
}

/** The newest page, asked for again: what is older stays, unless more came than a page holds. */
export function renewed(known: KnownSteps, page: StepPage): KnownSteps {
  const [newest] = known.steps;
  const oldest = page.results.at(-1);
  if (!newest || !oldest || oldest.moment > newest.moment) return { steps: page.results, next: page.next };
  const older = known.steps.filter((step) => step.moment < oldest.moment);
  return { steps: [...page.results, ...older], next: older.length > 0 ? known.next : page.next };
}

/** One thing that a step did, to how many of which classes. */
export interface Line {
  readonly verb: string;
  readonly count: number;
  readonly classes: readonly Deed[];
}

export function linesOf(step: Step): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const deed of step.deeds) {
    const known = lines.get(deed.verb) ?? { verb: deed.verb, count: 0, classes: [] };
    const classes = deed.class_name === "" ? known.classes : [...known.classes, deed];
    lines.set(deed.verb, { verb: deed.verb, count: known.count + deed.count, classes });
  }
  return [...lines.values()];
}

/** A line of the list; `key` is the same as long as the line is. */
export type Entry =
  | { readonly kind: "day"; readonly key: string; readonly day: string }
  | { readonly kind: "version"; readonly key: string; readonly version: KeptVersion }
  | { readonly kind: "step"; readonly key: string; readonly step: Step };

/** Newest first: each day under its name, and versions above the step that they were made after. */
export function entriesOf(steps: readonly Step[], dayOf: (at: Date) => string): readonly Entry[] {
  let before = "";
  return steps.flatMap((step): Entry[] => {
    const day = dayOf(new Date(step.at));
    const begins = day !== before;
    before = day;
    return [
      ...(begins ? [{ kind: "day", key: `day ${day}`, day } as const] : []),
      ...step.versions.map((version) => ({ kind: "version", key: `version ${version.id}`, version }) as const),
      { kind: "step", key: `step ${step.moment}`, step },
    ];
  });
}
