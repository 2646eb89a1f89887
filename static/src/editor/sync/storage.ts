// Unsent changes survive a reload: kept in the browser per person and image until the server has them.
import type { Stored } from "./queue";

export interface Shelf {
  put(imageId: number, stored: Stored | null): void;
  get(imageId: number): Stored | null;
  images(): number[];
}

/** A browser that keeps nothing (private mode, full disk) still edits; only the reload then loses what was not sent. */
export function shelf(person: number, store: Storage = localStorage): Shelf {
  const prefix = `labelhub:unsent:${person}:`;
  const attempt = <T>(work: () => T, otherwise: T): T => {
    try {
      return work();
    } catch {
      return otherwise;
    }
  };
  return {
    put: (imageId, stored) =>
      attempt(
        () => (stored ? store.setItem(prefix + imageId, JSON.stringify(stored)) : store.removeItem(prefix + imageId)),
        undefined,
      ),
    get: (imageId) => attempt(() => JSON.parse(store.getItem(prefix + imageId) ?? "null") as Stored | null, null),
    images: () =>
      attempt(
        () =>
          Object.keys(store)
            .filter((key) => key.startsWith(prefix))
            .map((key) => Number(key.slice(prefix.length)))
            .filter(Number.isInteger),
        [],
      ),
  };
}
