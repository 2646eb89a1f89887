// A piece of an image on a square canvas, with its box drawn; images are fetched once each.
import { at } from "../lib/address";
import type { Xyxy } from "../lib/types";

const SIDE = 192;
const AROUND = 0.35;
const images = new Map<number, Promise<HTMLImageElement>>();

function load(id: number): Promise<HTMLImageElement> {
  const known = images.get(id);
  if (known) return known;
  const image = new Image();
  image.src = at(`/files/images/${id}/`);
  const loaded = image.decode().then(() => image);
  images.set(id, loaded);
  return loaded;
}

export function crop(imageId: number, [x1, y1, x2, y2]: Xyxy): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  void load(imageId)
    .then((image) => {
      const side = Math.max(x2 - x1, y2 - y1) * (1 + 2 * AROUND);
      const left = (x1 + x2 - side) / 2;
      const top = (y1 + y2 - side) / 2;
      const scale = SIDE / side;
      const context = canvas.getContext("2d");
      if (!context) return;
      context.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
      context.drawImage(image, 0, 0);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.lineWidth = 3;
      context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--crop-line").trim();
      context.strokeRect((x1 - left) * scale, (y1 - top) * scale, (x2 - x1) * scale, (y2 - y1) * scale);
    })
    .catch(() => canvas.classList.add("gone"));
  return canvas;
}
