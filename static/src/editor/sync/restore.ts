// An image restored on what is saved of it, as a step of undo like any other.
import type { ImageState } from "../../lib/types";
import { inverse } from "../model/document";
import { recorded } from "../model/history";
import { changesBetween } from "../model/past";
import type { OpenedImage } from "./library";
import { staleState } from "./saver";

/** `ask` is told the state that it restores on. False: something could not be saved before. */
export async function restored(opened: OpenedImage, ask: (seen: ImageState) => Promise<ImageState>): Promise<boolean> {
  if (!(await opened.saver.settled())) return false;
  const { doc: before, image } = opened.saver;
  try {
    opened.saver.refresh(await ask(image));
  } catch (error) {
    const current = staleState(error);
    if (current) opened.saver.refresh(current);
    throw error;
  }
  const forward = changesBetween(before, opened.saver.doc);
  if (forward.length > 0) opened.history = recorded(opened.history, { forward, backward: inverse(before, forward) });
  return true;
}
