// The pictures as bitmaps, decoded once and away from the page's thread: a neighbour in the size of a screen, the shown
// one in full.
import type { Size } from "../model/geometry";

/** One decoded size of a picture; `scale` is its pixels per pixel of the image. */
export interface Layer {
  readonly bitmap: ImageBitmap;
  readonly scale: number;
}

/**
 * Up to so many pixels a picture is one bitmap; a larger one has smaller copies, so that no frame shrinks millions of
 * pixels.
 */
const ONE_BITMAP = 4_000_000;
const SCREEN_SIDE = 2048;
const MOST = 6;

/** The sizes to decode, the one that shows first in front: a screenful, then all of it, then halves between. */
export function scalesOf({ width, height }: Size): readonly number[] {
  if (width * height <= ONE_BITMAP) return [1];
  const screen = SCREEN_SIDE / Math.max(width, height);
  const between: number[] = [];
  for (let scale = 0.5; scale > screen * 1.4; scale /= 2) between.push(scale);
  return screen < 1 ? [screen, 1, ...between] : [1];
}

/** The coarsest layer that still has a pixel for each of the screen's; where none has, the sharpest. */
export function layerFor(layers: readonly Layer[], scale: number): Layer | undefined {
  const sorted = layers.toSorted((a, b) => a.scale - b.scale);
  return sorted.find((layer) => layer.scale >= scale * 0.98) ?? sorted.at(-1);
}

export class Picture {
  layers: readonly Layer[] = [];
  private blob: Promise<Blob> | null = null;
  private first: Promise<void> | null = null;
  private sharpening = false;
  private wanted = false;

  constructor(
    private readonly url: string,
    private readonly size: Size,
  ) {}

  /** Resolves when there is something to draw. */
  ready(): Promise<void> {
    this.first ??= this.decode(scalesOf(this.size)[0] ?? 1);
    return this.first;
  }

  /** Decodes what the zoom may ask for; `ready` after each layer. */
  async sharpen(ready: () => void): Promise<void> {
    this.wanted = true;
    if (this.sharpening) return;
    this.sharpening = true;
    try {
      await this.ready();
      for (const scale of scalesOf(this.size).slice(1)) {
        // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- soften() may come while it waits
        if (!this.wanted) return;
        if (this.layers.some((layer) => layer.scale === scale)) continue;
        await this.decode(scale);
        ready();
      }
    } finally {
      this.sharpening = false;
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the same
      if (!this.wanted) this.soften();
    }
  }

  /** Another picture is shown: what only zooming needs leaves memory. */
  soften(): void {
    this.wanted = false;
    const [first] = scalesOf(this.size);
    for (const layer of this.layers) if (layer.scale !== first) layer.bitmap.close();
    this.layers = this.layers.filter((layer) => layer.scale === first);
  }

  close(): void {
    this.wanted = false;
    for (const { bitmap } of this.layers) bitmap.close();
    this.layers = [];
    this.first = null;
  }

  private async decode(scale: number): Promise<void> {
    this.blob ??= fetched(this.url);
    this.blob.catch(() => (this.blob = null));
    const size = {
      resizeWidth: Math.round(this.size.width * scale),
      resizeHeight: Math.round(this.size.height * scale),
      resizeQuality: "medium",
    } as const;
    const bitmap = await createImageBitmap(await this.blob, scale < 1 ? size : undefined);
    this.layers = [...this.layers, { bitmap, scale }];
  }
}

async function fetched(url: string): Promise<Blob> {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.blob();
}

/** The last few pictures; the one asked for last is never dropped. */
export class Pictures {
  private readonly known = new Map<number, Picture>();

  async get(id: number, url: string, size: Size): Promise<Picture> {
    const picture = this.known.get(id) ?? new Picture(url, size);
    this.known.delete(id);
    this.known.set(id, picture);
    for (const old of [...this.known.keys()].slice(0, -MOST)) this.drop(old);
    try {
      await picture.ready();
    } catch (error) {
      this.drop(id);
      throw error;
    }
    return picture;
  }

  /** The picture that is shown now: it in full, the others in the size of a screen. */
  shown(picture: Picture, ready: () => void): void {
    for (const other of this.known.values()) if (other !== picture) other.soften();
    void picture.sharpen(ready).catch(() => undefined);
  }

  private drop(id: number): void {
    this.known.get(id)?.close();
    this.known.delete(id);
  }
}
