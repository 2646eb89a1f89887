// Which model runs on one image, as it is remembered and as the API is asked for it.
export type ModelChoice =
  | { readonly kind: "class" }
  | { readonly kind: "current" }
  | { readonly kind: "version"; readonly id: number }
  | { readonly kind: "model"; readonly id: number }
  | { readonly kind: "detector"; readonly name: string };

export function spelled(choice: ModelChoice): string {
  switch (choice.kind) {
    case "class":
    case "current":
      return choice.kind;
    case "version":
    case "model":
      return `${choice.kind}:${choice.id}`;
    case "detector":
      return `detector:${choice.name}`;
  }
}

/** What was remembered; null where nothing was, or what no version of ours wrote. */
export function parsed(text: string): ModelChoice | null {
  const [, kind, value] = /^(class|current|version|model|detector)(?::([\w.-]+))?$/.exec(text) ?? [];
  if ((kind === "class" || kind === "current") && value === undefined) return { kind };
  if ((kind === "model" || kind === "version") && value !== undefined && /^\d+$/.test(value))
    return { kind, id: Number(value) };
  return kind === "detector" && value !== undefined ? { kind, name: value } : null;
}

/** What the API is asked: a run that is followed, or a look by class models whose answer comes at once. */
export interface DetectRequest {
  readonly kind: "run" | "look";
  readonly body: Record<string, unknown>;
}

/** Null where the choice needs a class and none is in hand. */
export function asked(choice: ModelChoice, current: number | null, image: number): DetectRequest | null {
  const run = (body: Record<string, unknown>): DetectRequest => ({ kind: "run", body: { ...body, images: [image] } });
  switch (choice.kind) {
    case "class":
      return current === null ? null : run({ kind: "autolabel", classes: [current], train: "never" });
    case "current":
      return { kind: "look", body: {} };
    case "version":
      return { kind: "look", body: { models: [choice.id] } };
    case "model":
      return run({ kind: "detect", model: choice.id });
    case "detector":
      return run({ kind: "detect", detector: choice.name });
  }
}
