// A project's home: two small charts, and a look now and then at what is on its way: pictures, runs.
import { band } from "../charts/band";
import type { Share } from "../charts/band";
import { columns } from "../charts/columns";
import type { Day } from "../charts/columns";
import { request } from "../lib/api";
import { pageData } from "../lib/dom";

interface Data {
  readonly days: readonly Day[];
  readonly precision: readonly Share[];
}

interface Coming {
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

async function follow(place: HTMLElement, url: string): Promise<void> {
  const bar = place.querySelector("progress");
  const words = place.querySelector("[data-read]");
  try {
    const { state, done, total } = await request<Coming>("GET", url);
    if (state === "done" || state === "failed") return location.reload();
    if (bar && total > 0) [bar.max, bar.value] = [total, done];
    if (words && total > 0) words.textContent = interpolate(gettext("%s of %s"), [done, total]);
  } catch {
    // The next look tells.
  }
  setTimeout(() => void follow(place, url), LOOK_MS);
}

// A page that says "at work" of a run that has ended would offer the wrong next step.
async function watch(place: HTMLElement): Promise<void> {
  try {
    const { state } = await request<{ readonly state: string }>("GET", place.dataset["live"] ?? "");
    if (state !== place.dataset["state"]) return location.reload();
  } catch {
    // The next look tells.
  }
  setTimeout(() => void watch(place), LATER_MS);
}

const coming = document.querySelector<HTMLElement>("[data-coming]");
if (coming) void follow(coming, coming.dataset["coming"] ?? "");
else if (document.querySelector("[data-counting]")) setTimeout(() => location.reload(), LATER_MS);
for (const live of document.querySelectorAll<HTMLElement>("[data-live]")) setTimeout(() => void watch(live), LATER_MS);
