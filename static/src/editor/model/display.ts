// How a person likes to see pictures and boxes: kept in the browser, for all images.

export interface Display {
  /** Of the boxes, 0.2 to 1. */
  readonly opacity: number;
  /** Of the ground of a box, 0 to 0.5. */
  readonly fill: number;
  /** Of the picture, 1 is as it is. */
  readonly brightness: number;
  readonly contrast: number;
  readonly cross: boolean;
  readonly names: boolean;
}

export const PLAIN: Display = { opacity: 1, fill: 0, brightness: 1, contrast: 1, cross: false, names: true };

export const LIMITS = { opacity: [0.2, 1], fill: [0, 0.5], brightness: [0.3, 2.5], contrast: [0.3, 2.5] } as const;
export type Amount = keyof typeof LIMITS;

const KEY = "labelhub:look";

/** What was kept, put right: an old or broken entry never spoils the page. */
export function readDisplay(text: string | null): Display {
  let kept: Partial<Record<keyof Display, unknown>>;
  try {
    kept = (JSON.parse(text ?? "{}") ?? {}) as typeof kept;
  } catch {
    kept = {};
  }
  const amount = (name: Amount): number => {
    const value = kept[name];
    const [low, high] = LIMITS[name];
    return typeof value === "number" && Number.isFinite(value) ? Math.min(Math.max(value, low), high) : PLAIN[name];
  };
  const flag = (name: "cross" | "names"): boolean => (typeof kept[name] === "boolean" ? kept[name] : PLAIN[name]);
  return {
    opacity: amount("opacity"),
    fill: amount("fill"),
    brightness: amount("brightness"),
    contrast: amount("contrast"),
    cross: flag("cross"),
    names: flag("names"),
  };
}

export function storedDisplay(): Display {
  try {
    return readDisplay(localStorage.getItem(KEY));
  } catch {
    return PLAIN;
  }
}

export function storeDisplay(display: Display): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(display));
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
}
