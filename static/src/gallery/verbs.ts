// What can be done to many images: where to ask, what to say afterwards, and how to take it back.
import { request } from "../lib/api";

/** What one call answers; which fields there are depends on the verb. */
export interface VerbAnswer {
  readonly count: number;
  readonly stayed?: readonly string[];
  /** How many of these are near-copies that went along. */
  readonly along?: number;
  /** Images by the person, the dataset or the split that they were of. */
  readonly before?: readonly { readonly value: number | string | null; readonly images: readonly number[] }[];
  /** Images that became complete, or no longer are, by class. */
  readonly marks?: readonly { readonly class: number; readonly images: readonly number[] }[];
  /** Images that got a tag, or lost it. */
  readonly images?: readonly number[];
  /** Images that are not complete since a box lacks what its class requires. */
  readonly lacking?: number;
  /** Where deleted images lie. */
  readonly bin?: number | null;
}

export interface Verb {
  readonly address: string;
  readonly body: Record<string, unknown>;
  readonly said: (n: number) => string;
  /** The images are gone or elsewhere afterwards. */
  readonly leaves: boolean;
  readonly back: (url: string, done: VerbAnswer) => Promise<void>;
}

const send = (address: string, body: unknown): Promise<VerbAnswer> => request<VerbAnswer>("POST", address, { body });

/** Gives images back to whom, or puts them where, they were. */
const restore =
  (address: string, field: string) =>
  async (url: string, { before = [] }: VerbAnswer): Promise<void> => {
    for (const { value, images } of before) await send(`${url}${address}/`, { images, [field]: value });
  };

export function assign(assignee: number | null): Verb {
  return {
    address: "assign",
    body: { assignee },
    said: (n) => interpolate(ngettext("%s image assigned.", "%s images assigned.", n), [n]),
    leaves: false,
    back: restore("assign", "assignee"),
  };
}

export function move(dataset: number | null): Verb {
  return {
    address: "move",
    body: { dataset },
    said: (n) => interpolate(ngettext("%s image moved.", "%s images moved.", n), [n]),
    leaves: true,
    back: restore("move", "dataset"),
  };
}

/** Near-copies go along; `name`: the empty one takes images out of their split. */
export function split(name: string): Verb {
  return {
    address: "split",
    body: { split: name },
    said: (n) =>
      interpolate(ngettext("%s image is in another split now.", "%s images are in another split now.", n), [n]),
    leaves: false,
    back: async (url, { before = [] }) => {
      if (before.length > 0) await send(`${url}split/`, { before });
    },
  };
}

/** `classes`: null for all of them. */
export function complete(value: boolean, classes: readonly number[] | null): Verb {
  return {
    address: "complete",
    body: { value, ...(classes && { classes }) },
    said: (n) =>
      value
        ? interpolate(ngettext("%s image is complete now.", "%s images are complete now.", n), [n])
        : interpolate(ngettext("%s image is open again.", "%s images are open again.", n), [n]),
    leaves: false,
    back: async (url, { marks = [] }) => {
      if (marks.length > 0) await send(`${url}complete/`, { marks, value: !value });
    },
  };
}

export function tag(name: string, value: boolean): Verb {
  return {
    address: "tag",
    body: { tag: name, value },
    said: (n) =>
      value
        ? interpolate(ngettext("%s image tagged.", "%s images tagged.", n), [n])
        : interpolate(ngettext("Tag taken off %s image.", "Tag taken off %s images.", n), [n]),
    leaves: false,
    back: async (url, { images = [] }) => {
      if (images.length > 0) await send(`${url}tag/`, { images, tag: name, value: !value });
    },
  };
}

export function remove(): Verb {
  return {
    address: "delete",
    body: {},
    said: (n) => interpolate(ngettext("%s image lies in the bin.", "%s images lie in the bin.", n), [n]),
    leaves: true,
    back: async (url, { bin = null }) => {
      // `url` is that of the project's gallery, beside which its bin lies.
      if (bin !== null) await request("POST", `${url.replace(/gallery\/$/, "bin/")}${bin}/restore/`);
    },
  };
}
