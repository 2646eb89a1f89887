// A project's home: two small charts, and a look now and then at what is on its way: pictures, runs.
import { band } from "../charts/band";
import type { Share } from "../charts/band";
import { columns } from "../charts/columns";
import type { Day } from "../charts/columns";
import { isPassing, request } from "../lib/api";
import { pageData } from "../lib/dom";

interface Data {
  readonly days: readonly Day[];
  readonly precision: readonly Share[];
}

interface ImportProgress {
  readonly state: string;
  readonly done: number;
  readonly total: number;
}

const LOOK_MS = 1000;
const LATER_MS = 4000;

const data = pageData<Data>();
const perDay = document.querySelector<HTMLElement>("#per-day");
const precision = document.querySelector<HTMLElement>("#precision");
if (perDay) columns(perDay, data.days);
if (precision) band(precision, data.precision);

const how = document.querySelector<HTMLDetailsElement>("#how");
document.querySelector("a[href='#how']")?.addEventListener("click", () => how?.toggleAttribute("open", true));

// A look that comes between pressing a button and the page that answers would load this page anew, and nothing would be
// sent.
const looks = new Set<number>();
let leaving = false;
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || (event.target as HTMLFormElement).method === "dialog") return;
  leaving = true;
  for (const look of looks) clearTimeout(look);
});
// Back from the page that answered, kept as it was: what it shows is old.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

function reload(): void {
  if (!leaving) location.reload();
}

function later(look: () => void, ms: number): void {
  if (leaving) return;
  const timer = window.setTimeout(() => {
    looks.delete(timer);
    look();
  }, ms);
  looks.add(timer);
}

/**
 * What the server says for good (signed out, deleted, no longer allowed) the page itself tells best, but not in a
 * whirl; the rest passes.
 */
function failed(error: unknown, again: () => void, ms: number): void {
  if (isPassing(error)) later(again, ms);
  else later(reload, LATER_MS);
}

async function follow(place: HTMLElement, url: string): Promise<void> {
  const bar = place.querySelector("progress");
  const words = place.querySelector("[data-read]");
  const again = (): void => void follow(place, url);
  try {
    const { state, done, total } = await request<ImportProgress>("GET", url);
    if (state === "done" || state === "failed") return void reload();
    if (bar && total > 0) [bar.max, bar.value] = [total, done];
    if (words && total > 0) words.textContent = interpolate(gettext("%s of %s"), [done, total]);
    later(again, LOOK_MS);
  } catch (error) {
    failed(error, again, LOOK_MS);
  }
}

// A page that says "at work" of a run that has ended would offer the wrong next step.
async function watch(place: HTMLElement): Promise<void> {
  const again = (): void => void watch(place);
  try {
    const { state } = await request<{ readonly state: string }>("GET", place.dataset.live ?? "");
    if (state !== place.dataset.state) return void reload();
    later(again, LATER_MS);
  } catch (error) {
    failed(error, again, LATER_MS);
  }
}

const coming = document.querySelector<HTMLElement>("[data-coming]");
if (coming) void follow(coming, coming.dataset.coming ?? "");
else if (document.querySelector("[data-counting]")) later(reload, LATER_MS);
for (const live of document.querySelectorAll<HTMLElement>("[data-live]")) later(() => void watch(live), LATER_MS);
