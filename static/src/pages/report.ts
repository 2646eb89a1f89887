// The manager's page: its pictures, and the time zone that its days are of.
import { band } from "../charts/band";
import type { Share } from "../charts/band";
import { burndown } from "../charts/burndown";
import type { Burndown } from "../charts/burndown";
import { columns } from "../charts/columns";
import type { Day } from "../charts/columns";
import { pageData } from "../lib/dom";
import { tellZone } from "../lib/zone";

interface Data {
  readonly burndown: Burndown | Record<string, never>;
  readonly boxes: readonly Day[];
  readonly precision: readonly Share[];
}

tellZone();
const data = pageData<Data>();
const place = document.querySelector<HTMLElement>("#burndown");
if (place && "days" in data.burndown) burndown(place, data.burndown as Burndown);
const boxes = document.querySelector<HTMLElement>("#throughput");
if (boxes) columns(boxes, data.boxes);
const suggestions = document.querySelector<HTMLElement>("#suggestions");
if (suggestions) band(suggestions, data.precision);
