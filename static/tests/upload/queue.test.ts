import { beforeEach, describe, expect, test } from "vitest";
import { UploadQueue, type Item, type Server } from "../../src/upload/queue";
import type { Answer, Problem, SendProgress } from "../../src/upload/send";
import type { Source } from "../../src/upload/sources";

const MB = 2 ** 20;
const source = (name: string, size = 10, read?: Source["read"]): Source => ({
  path: `folder/${name}`,
  name,
  size,
  read: read ?? (() => Promise.resolve(new File(["x".repeat(Math.min(size, 10))], name))),
});
const many = (count: number, size = 10): Source[] => Array.from({ length: count }, (_, n) => source(`${n}.jpg`, size));
const answered = (files: readonly File[], part: Partial<Answer> = {}): Answer => ({
  added: files.map(({ name }, id) => ({ id, name })),
  problems: [],
  imports: [],
  ...part,
});

/** A server that takes all, unless a test says otherwise. */
class Scene implements Server {
  readonly posts: string[][] = [];
  readonly items = new Map<number, Item>();
  readonly problems: Problem[] = [];
  readonly imports: [number, string][] = [];
  readonly pauses: number[] = [];
  readonly seen: number[] = [];
  atOnce = 0;
  answer: (files: readonly File[], sending: SendProgress) => Answer | Promise<Answer> = (files) => answered(files);
  has: (file: File) => string | null = () => null;
  private idle: (() => void) | null = null;
  readonly queue = new UploadQueue(
    this,
    {
      item: (item) => this.items.set(item.id, item),
      problem: (problem) => this.problems.push(problem),
      imported: (id, name) => this.imports.push([id, name]),
      paused: (seconds) => this.pauses.push(seconds),
      changed: () => {
        this.seen.push(this.queue.counts.sentBytes);
        if (!this.queue.busy) this.idle?.();
      },
    },
    5,
  );

  known(files: readonly File[]): Promise<Map<Blob, string>> {
    return Promise.resolve(new Map(files.flatMap((file) => (this.has(file) ? [[file, this.has(file)!]] : []))));
  }

  async send(files: readonly File[], sending: SendProgress): Promise<Answer> {
    this.atOnce += 1;
    expect(this.atOnce).toBe(1);
    this.posts.push(files.map(({ name }) => name));
    try {
      return await this.answer(files, sending);
    } finally {
      this.atOnce -= 1;
    }
  }

  /** Does something and waits until nothing is on its way. */
  async settled(act: () => void): Promise<void> {
    const done = new Promise<void>((resolve) => (this.idle = resolve));
    act();
    await done;
  }

  states(): string[] {
    return [...this.items.values()].map(({ state, reason }) => (reason ? `${state}: ${reason}` : state));
  }
}

let scene: Scene;
beforeEach(() => (scene = new Scene()));
const add = (...sources: Source[]): Promise<void> => scene.settled(() => scene.queue.add(sources));

describe("chunks", () => {
  test("twenty files at once, one request after the other, in order", async () => {
    await add(...many(45));
    expect(scene.posts.map((names) => names.length)).toEqual([20, 20, 5]);
    expect(scene.posts.flat()).toEqual(many(45).map(({ name }) => name));
    expect(scene.queue.counts).toMatchObject({ files: 45, finished: 45, added: 45, bytes: 450, sentBytes: 450 });
  });

  test("no more than 64 MB at once, and a larger zip alone", async () => {
    await add(...many(3, 5 * MB), source("a.zip", 100 * MB), ...many(14, 5 * MB));
    expect(scene.posts.map((names) => names.length)).toEqual([3, 1, 12, 2]);
  });

  test("what comes meanwhile goes after what was there", async () => {
    scene.answer = (files) => {
      if (scene.posts.length === 1) scene.queue.add([source("late.jpg")]);
      return answered(files);
    };
    await add(source("first.jpg"));
    expect(scene.posts).toEqual([["first.jpg"], ["late.jpg"]]);
  });
});

describe("what becomes of a file", () => {
  test("known files are not sent", async () => {
    scene.has = ({ name }) => (name === "1.jpg" ? "old.jpg" : null);
    await add(...many(3));
    expect(scene.posts).toEqual([["0.jpg", "2.jpg"]]);
    expect(scene.states()).toEqual(["added", "known: here already, as old.jpg", "added"]);
    expect(scene.queue.counts).toMatchObject({ finished: 3, known: 1, added: 2, sentBytes: 30 });
  });

  test("nothing is posted where all are known", async () => {
    scene.has = () => "old.jpg";
    await add(...many(2));
    expect(scene.posts).toEqual([]);
    expect(scene.queue.counts).toMatchObject({ finished: 2, known: 2 });
  });

  test("too large and unreadable ones are named, the others go", async () => {
    await add(
      source("huge.jpg", 6 * MB),
      source("gone.jpg", 10, () => Promise.reject(new Error("gone"))),
      source("a.jpg"),
    );
    expect(scene.posts).toEqual([["a.jpg"]]);
    expect(scene.problems.map(({ file, detail }) => [file, detail])).toEqual([
      ["huge.jpg", "The file is larger than 5 MB."],
      ["gone.jpg", "The file could not be read."],
    ]);
    expect(scene.queue.counts).toMatchObject({ finished: 3, added: 1 });
  });

  test("problems find their files: of one name in order, of an unknown name only in the list", async () => {
    const problem = (file: string, detail: string): Problem => ({ file, code: "bad", detail });
    const problems = [problem("a.jpg", "first"), problem("b.jpg", "broken"), problem("cleaned.jpg", "strange")];
    scene.answer = (files) => answered(files, { added: [], problems });
    await add(source("a.jpg"), source("b.jpg"), source("a.jpg"));
    expect(scene.states()).toEqual(["failed: first", "failed: broken", "added"]);
    expect(scene.problems.map(({ detail }) => detail)).toEqual(["first", "broken", "strange"]);
  });

  test("a zip for the server is followed", async () => {
    scene.answer = (files) => answered(files, { added: [], imports: [{ id: 7, name: "a.zip" }, { id: 8 }] });
    await add(source("a.zip"));
    expect(scene.imports).toEqual([
      [7, "a.zip"],
      [8, ""],
    ]);
    scene.queue.countAdded(12);
    expect(scene.queue.counts.added).toBe(12);
  });
});

test("progress belongs to the files one after the other, and never goes back", async () => {
  const shares: number[][] = [];
  scene.answer = (files, { onSent }) => {
    for (const share of [0.25, 0.75, 1]) {
      onSent(share);
      shares.push([...scene.items.values()].map((item) => item.share));
    }
    return answered(files);
  };
  await add(source("a.jpg", 100), source("b.jpg", 100));
  expect(shares).toEqual([
    [0.5, 0],
    [1, 0.5],
    [1, 1],
  ]);
  expect(scene.seen).toEqual([...scene.seen].sort((a, b) => a - b));
});

describe("breaks", () => {
  test("what a break of the network kept back goes on, and counts once", async () => {
    scene.answer = () => Promise.reject(new Error("The server cannot be reached."));
    await add(...many(2));
    expect(scene.states()).toEqual(Array(2).fill("failed: The server cannot be reached."));
    expect(scene.queue.counts).toMatchObject({ files: 2, finished: 0, kept: 2, sentBytes: 0 });
    scene.answer = (files) => answered(files);
    await scene.settled(() => scene.queue.goOn());
    expect(scene.states()).toEqual(["added", "added"]);
    expect(scene.queue.counts).toMatchObject({ files: 2, finished: 2, kept: 0, added: 2 });
  });

  test("stop breaks off the request, keeps the rest, and all of it can go on", async () => {
    scene.answer = (_files, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        queueMicrotask(() => scene.queue.stop());
      });
    await add(...many(25));
    expect(scene.posts).toHaveLength(1);
    expect(scene.states()).toEqual(Array(25).fill("failed: Stopped."));
    expect(scene.queue.counts.kept).toBe(25);
    scene.answer = (files) => answered(files);
    await scene.settled(() => scene.queue.goOn());
    expect(scene.queue.counts).toMatchObject({ kept: 0, added: 25, finished: 25 });
  });

  test("a wait that the server asks for is passed on", async () => {
    scene.answer = (files, { onWait }) => {
      onWait(40);
      onWait(0);
      return answered(files);
    };
    await add(source("a.jpg"));
    expect(scene.pauses).toEqual([40, 0]);
  });
});
