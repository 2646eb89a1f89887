// The list that a person came from (the gallery as it was filtered, the review queue): fetched once, and the same after
// a reload.
import { at } from "../../lib/address";
import { request } from "../../lib/api";
import { unfold, type Stretches } from "../../lib/stretches";
import { Walk } from "../model/walk";

/** As the server read it from the address. */
export interface WalkAddress {
  readonly from: "" | "images" | "review" | "work";
  /** What the address keeps from image to image, with its question mark; empty where no list is walked. */
  readonly search: string;
  /** Where the API tells the images of the list. */
  readonly order: string;
  readonly back: string;
}

type Store = Pick<Storage, "getItem" | "setItem">;

interface Answer {
  readonly stretches: Stretches;
}

/**
 * A list that was kept is the one that the person came from, before boxes and answers took images out of it; so after a
 * reload it is
 * taken rather than a new one. Who comes from a page anew gets the list of now. Null: the image's dataset is walked.
 */
export async function walkOf(came: WalkAddress, image: number, again: boolean, store: Store): Promise<Walk | null> {
  if (came.order === "") return null;
  const key = `labelhub:walk:${came.order}`;
  const before = again ? kept(store, key) : null;
  if (before?.has(image)) return before;
  const { stretches } = await request<Answer>("GET", came.order);
  keep(store, key, { stretches });
  return walk({ stretches });
}

const walk = (answer: Answer): Walk => new Walk(unfold(answer));

function kept(store: Store, key: string): Walk | null {
  try {
    const text = store.getItem(key);
    return text === null ? null : walk(JSON.parse(text) as Answer);
  } catch {
    return null;
  }
}

function keep(store: Store, key: string, answer: Answer): void {
  try {
    store.setItem(key, JSON.stringify(answer));
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
}

/** The address of an image of the list. */
export const addressOf = (image: number, came: WalkAddress): string => at(`/images/${image}/${came.search}`);

/**
 * The page of the list, at this image. Who came from no list (home, a run, a search) goes back to that page, and with
 * none to the
 * dataset. `referrer`: the page before, as the browser tells it.
 */
export function backTo(image: number, came: WalkAddress, referrer: string, origin: string): string {
  if (came.from !== "") return `${came.back}#image=${image}`;
  const path = referrer.startsWith(`${origin}/`) ? referrer.slice(origin.length) : "";
  return path === "" || NO_WAY_BACK.test(path) ? came.back : path;
}

/** The editor itself, and what only leads to it. */
const NO_WAY_BACK = /\/(images\/\d+|accounts|setup|invite)\//;
