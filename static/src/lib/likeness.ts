// How far a suggestion is believed: a probability, or how alike it is to the box that was asked about, which is none.
import { percent } from "./dom";

export const likeness = (similarity: number): string => `≈ ${similarity.toFixed(2)}`;

export function chance(suggestion: { readonly probability: number; readonly source: string }): string {
  return suggestion.source === "similar" ? likeness(suggestion.probability) : percent(suggestion.probability);
}
