// The gallery: thousands of images without turning pages, chosen by click, key or drag, changed many at once.
import { request } from "../lib/api";
import { isTyping, need, pageData, setText } from "../lib/dom";
import { toast } from "../lib/toast";
import { watchDock } from "../parts/dock";
import { startShowBoxes } from "../gallery/showBoxes";
import { BulkBar, type BulkClass } from "../gallery/bulk";
import { unfold } from "../lib/stretches";
import { copiesOf } from "../gallery/order";
import type { OrderAnswer } from "../gallery/order";
import { RowStore } from "../gallery/rows";
import { startRubber } from "../gallery/rubber";
import { Selection } from "../gallery/selection";
import { ImageGrid } from "../gallery/imageGrid";

interface Data {
  readonly project: number;
  readonly query: string;
  readonly total: number;
  readonly classes: readonly BulkClass[];
}

const data = pageData<Data>("gallery-data");
const api = `/api/projects/${data.project}/gallery/`;
const form = need<HTMLFormElement>("#gallery");
const mayChoose = form.querySelector("#bulk") !== null;
const place = `gallery ${location.pathname}?${data.query}`;

const selection = new Selection(() => {
  imageGrid.draw();
  bar?.show();
});
const rows = new RowStore(`${api}rows/`, () => imageGrid.draw());
const imageGrid = new ImageGrid(need("#gallery-frame"), need("#thumbs"), rows, selection, {
  mayChoose,
  classes: data.classes,
  query: data.query,
});
let bar: BulkBar | null = null;

async function load(): Promise<void> {
  const answer = await request<OrderAnswer>("GET", `${api}?${data.query}`);
  const order = unfold(answer);
  imageGrid.show(order, copiesOf(answer.groups));
  const said = [interpolate(ngettext("%s image", "%s images", answer.total), [answer.total.toLocaleString()])];
  const pictures = answer.groups.length;
  if (pictures > 0)
    said.push(interpolate(ngettext("%s picture", "%s different pictures", pictures), [pictures.toLocaleString()]));
  setText(need("#gallery-total"), said.join(" · "));
  // Nothing is left: the server's page says what to do next.
  if (order.length === 0 && !bar?.undoable) location.reload();
}

/** Opening an image and coming back finds the same place: by the editor's way back (#image=ID), or by the browser's. */
function restorePlace(): void {
  const image = imageGrid.order.indexOf(Number(/^#image=(\d+)$/.exec(location.hash)?.[1] ?? NaN));
  if (image >= 0) return imageGrid.focus(image);
  const [entry] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const kept = sessionStorage.getItem(place);
  if (kept !== null && (entry?.type === "back_forward" || entry?.type === "reload")) scrollTo(0, Number(kept));
}

function onClick(event: MouseEvent): void {
  const target = event.target as Element;
  const index = imageGrid.indexOf(target);
  if (index === null || !mayChoose) return;
  if (target instanceof HTMLInputElement) {
    if (event.shiftKey) selection.reach(imageGrid.order, index);
    else selection.toggle(imageGrid.order, index);
    return;
  }
  if (!target.closest("a") || event.detail === 0) return; // Enter opens the image, whatever is chosen
  if (event.shiftKey) selection.reach(imageGrid.order, index);
  else if (event.ctrlKey || event.metaKey || selection.ids.size > 0) selection.toggle(imageGrid.order, index);
  else {
    selection.startAt(index);
    return;
  }
  event.preventDefault();
}

function onKey(event: KeyboardEvent): void {
  if (isTyping(event.target) || document.querySelector("dialog[open]") || event.altKey) return;
  const inside = imageGrid.list.contains(event.target as Node);
  const control = event.ctrlKey || event.metaKey;
  if (mayChoose && control && event.key === "a") selection.set(imageGrid.order);
  else if (control) return;
  else if (mayChoose && event.key === "Escape" && selection.ids.size > 0) selection.set([]);
  else if (mayChoose && event.key === "Delete" && selection.ids.size > 0)
    form.querySelector<HTMLElement>("#bulk-delete")?.click();
  else if (inside && mayChoose && event.key === " ") selection.toggle(imageGrid.order, imageGrid.activeIndex);
  else if (!inside || !imageGrid.key(event)) return;
  event.preventDefault();
}

if (mayChoose) {
  bar = new BulkBar(form, api, `/api/projects/${data.project}/runs/`, selection, data.classes, async (changed) => {
    rows.forget(changed);
    await load();
  });
  startRubber(imageGrid, selection);
  watchDock(need("#dock", form));
}
startShowBoxes(need("#show-boxes", form), imageGrid.list);
imageGrid.list.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
let drawing = 0;
const drawSoon = (): void => {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    imageGrid.draw();
  });
};
addEventListener("scroll", drawSoon, { passive: true });
new ResizeObserver(() => imageGrid.measure()).observe(need("#gallery"));
addEventListener("pagehide", () => sessionStorage.setItem(place, String(scrollY)));
load().then(restorePlace, () => {
  toast(gettext("The rest of the images could not be loaded. Reload the page to try again."), "error");
});
