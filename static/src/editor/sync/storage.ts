// Unsent changes survive a reload: kept in the browser per person and image until the server has them. So do boxes
// without a class.
import type { Xyxy } from "../../lib/types";
import type { StoredQueue } from "./queue";

export interface Shelf {
  put(imageId: number, stored: StoredQueue | null): void;
  get(imageId: number): StoredQueue | null;
  images(): number[];
  putClassless(imageId: number, boxes: readonly Xyxy[]): void;
  classless(imageId: number): readonly Xyxy[];
}

/** A browser that keeps nothing (private mode, full disk) still edits; only the reload then loses what was not sent. */
export function shelf(person: number, store: Storage = localStorage): Shelf {
  const unsent = `labelhub:unsent:${person}:`;
  const classless = `labelhub:classless:${person}:`;
  const attempt = <T>(work: () => T, otherwise: T): T => {
    try {
      return work();
    } catch {
      return otherwise;
    }
  };
  const put = (key: string, value: unknown): void =>
    attempt(() => (value === null ? store.removeItem(key) : store.setItem(key, JSON.stringify(value))), undefined);
  const get = <T>(key: string): T | null => attempt(() => JSON.parse(store.getItem(key) ?? "null") as T | null, null);
  return {
    put: (imageId, stored) => put(unsent + imageId, stored),
    get: (imageId) => get<StoredQueue>(unsent + imageId),
    images: () =>
      attempt(
        () =>
          Object.keys(store)
            .filter((key) => key.startsWith(unsent))
            .map((key) => Number(key.slice(unsent.length)))
            .filter(Number.isInteger),
        [],
      ),
    putClassless: (imageId, boxes) => put(classless + imageId, boxes.length > 0 ? boxes : null),
    classless: (imageId) => get<readonly Xyxy[]>(classless + imageId) ?? [],
  };
}
