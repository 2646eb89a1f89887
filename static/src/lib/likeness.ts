// How far a suggestion is believed: a probability, or how alike it is to the box that was asked about, which is none.
import { percent } from "./dom";

export const likeness = (similarity: number): string => `≈ ${similarity.toFixed(2)}`;

export function chance({ probability = 0, source }: { readonly probability?: number; readonly source?: string }): string {
  return source === "similar" ? likeness(probability) : percent(probability);
}
