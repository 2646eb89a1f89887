// The images that the editor knows: fetched ahead, kept with their undo while the person goes back and forth, sent on
// after they left.
import { request } from "../../lib/api";
import type { ImageState, Page, Suggestion, Xyxy } from "../../lib/types";
import { EMPTY, renamed, type History } from "../model/history";
import { Pictures } from "./images";
import { queueOf } from "./queue";
import type { Notice } from "./rebase";
import { Saver, type Wire } from "./saver";
import type { Shelf } from "./storage";

export interface OpenedImage {
  readonly id: number;
  readonly saver: Saver;
  history: History;
  /** Boxes that wait for a class. */
  classless: readonly Xyxy[];
}

export interface LibraryListener {
  changed(id: number): void;
  notify(id: number, notices: readonly Notice[]): void;
  renamed(id: number, ids: ReadonlyMap<string, string>): void;
}

const MOST = 30;

export class Library {
  private readonly opened = new Map<number, Promise<OpenedImage>>();
  private readonly savers = new Map<number, Saver>();
  readonly pictures = new Pictures();

  constructor(
    private readonly shelf: Shelf,
    private readonly listener: LibraryListener,
    private readonly author: string | null,
  ) {}

  /** The image with whatever of it was not sent yet; from memory when it was opened or fetched ahead. */
  open(id: number): Promise<OpenedImage> {
    const known = this.opened.get(id);
    if (known) {
      this.opened.delete(id);
      this.opened.set(id, known);
      return known;
    }
    const fresh = this.fetch(id);
    this.opened.set(id, fresh);
    fresh.catch(() => this.opened.delete(id));
    this.forget();
    return fresh;
  }

  has(id: number): boolean {
    return this.opened.has(id);
  }

  /** State and picture of a neighbour, so that going there is instant; `then` says which one follows it. */
  async ahead(id: number | null, then?: (image: ImageState) => number | null): Promise<void> {
    if (id === null) return;
    const { saver } = await this.open(id);
    await this.pictures.get(id, saver.image.url, saver.image);
    if (then) await this.ahead(then(saver.image));
  }

  /** What the server has by now, under whatever we have not sent. */
  async refresh(id: number): Promise<void> {
    const saver = this.savers.get(id);
    if (!saver) return;
    saver.refresh(await getState(id));
  }

  /** What runs dropped in an image: asked for when somebody lowers the cut-off, and again after a run. */
  async dropped(id: number, project: number): Promise<void> {
    const saver = this.savers.get(id);
    if (!saver) return;
    const query = new URLSearchParams({ state: "dropped", image: String(id), page_size: "200" });
    const { results } = await request<Page<Suggestion>>(
      "GET",
      `/api/projects/${project}/suggestions/?${query.toString()}`,
    );
    saver.drop(results);
  }

  /** Somebody saved an image: ours as well, if we know it and have not seen that version. */
  async remoteChange(id: number, version: number): Promise<void> {
    const saver = this.savers.get(id);
    // While something of ours is on its way, its own answer brings the news.
    if (saver?.idle && saver.image.version < version) await this.refresh(id);
  }

  /** Images left behind in an earlier visit with changes that never arrived. */
  async sendLeftovers(except: number): Promise<void> {
    for (const id of this.shelf.images()) {
      if (id !== except) await this.open(id).catch(() => undefined);
    }
  }

  keepClassless(opened: OpenedImage, boxes: readonly Xyxy[]): void {
    opened.classless = boxes;
    this.shelf.putClassless(opened.id, boxes);
  }

  get unsent(): boolean {
    return [...this.savers.values()].some((saver) => !saver.idle);
  }

  /** Whether something cannot be sent now: the person should know before the page goes. */
  get stuck(): boolean {
    return [...this.savers.values()].some((saver) => saver.state === "offline" || saver.state === "blocked");
  }

  leave(): void {
    for (const saver of this.savers.values()) saver.leave();
  }

  flush(): void {
    for (const saver of this.savers.values()) saver.flush();
  }

  private async fetch(id: number): Promise<OpenedImage> {
    const state = await getState(id);
    const wire: Wire = {
      send: (imageId, version, changes, leaving) =>
        request<ImageState>("POST", `/api/images/${imageId}/changes/`, {
          body: { version, changes },
          keepalive: leaving,
        }),
      keep: (imageId, stored) => this.shelf.put(imageId, stored),
    };
    const left = this.shelf.get(id);
    const saver = new Saver(
      queueOf(state),
      wire,
      {
        changed: () => this.listener.changed(id),
        notify: (notices) => this.listener.notify(id, notices),
        renamed: (ids) => {
          one.history = renamed(one.history, ids);
          this.listener.renamed(id, ids);
        },
      },
      this.author,
    );
    const one: OpenedImage = { id, saver, history: EMPTY, classless: this.shelf.classless(id) };
    this.savers.set(id, saver);
    if (left) saver.restore(left);
    return one;
  }

  /** Old images leave memory once everything of theirs is saved. */
  private forget(): void {
    for (const id of [...this.opened.keys()].slice(0, -MOST)) {
      const saver = this.savers.get(id);
      if (!saver?.idle) continue;
      this.opened.delete(id);
      this.savers.delete(id);
    }
  }
}

function getState(id: number): Promise<ImageState> {
  return request<ImageState>("GET", `/api/images/${id}/`);
}
