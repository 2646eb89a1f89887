// The manager's page: its pictures, and the time zone that its days are of.
import { burndown } from "../charts/burndown";
import type { Burndown } from "../charts/burndown";
import { pageData } from "../lib/dom";
import { tellZone } from "../lib/zone";

interface Data {
  readonly burndown: Burndown | Record<string, never>;
}

tellZone();
const data = pageData<Data>();
const place = document.querySelector<HTMLElement>("#burndown");
if (place && "days" in data.burndown) burndown(place, data.burndown as Burndown);
