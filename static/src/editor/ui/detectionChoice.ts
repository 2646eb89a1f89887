// Which model runs on one image, as it is remembered and as the API is asked for it.
export type ModelChoice =
  | { readonly kind: "class" }
  | { readonly kind: "model"; readonly id: number }
  | { readonly kind: "detector"; readonly name: string };

export function spelled(choice: ModelChoice): string {
  switch (choice.kind) {
    case "class":
      return "class";
    case "model":
      return `model:${choice.id}`;
    case "detector":
      return `detector:${choice.name}`;
  }
}

/** What was remembered; null where nothing was, or what no version of ours wrote. */
export function parsed(text: string): ModelChoice | null {
  const [, kind, value] = /^(class|model|detector)(?::([\w.-]+))?$/.exec(text) ?? [];
  if (kind === "class" && value === undefined) return { kind };
  if (kind === "model" && value !== undefined && /^\d+$/.test(value)) return { kind, id: Number(value) };
  return kind === "detector" && value !== undefined ? { kind, name: value } : null;
}

/** The body of POST runs/; null where the choice needs a class and none is in hand. */
export function bodyOf(choice: ModelChoice, current: number | null, image: number): Record<string, unknown> | null {
  switch (choice.kind) {
    case "class":
      return current === null ? null : { kind: "autolabel", classes: [current], images: [image], train: "never" };
    case "model":
      return { kind: "detect", model: choice.id, images: [image] };
    case "detector":
      return { kind: "detect", detector: choice.name, images: [image] };
  }
}
