// A model's curves.
import { curve, precisionRecall } from "../charts/curve";
import { need, pageData } from "../lib/dom";

interface Data {
  readonly metrics: { readonly pr_curve?: readonly (readonly number[])[] };
  readonly details: { readonly curves?: Readonly<Record<string, readonly (number | null)[]>> };
}

const { metrics, details } = pageData<Data>();

if (metrics.pr_curve && metrics.pr_curve.length > 1) {
  need("#pr-card").hidden = false;
  precisionRecall(need("#pr"), metrics.pr_curve);
}

const epochs = details.curves?.["epoch"];
if (epochs && epochs.length > 0) {
  need("#losses-card").hidden = false;
  const lines = Object.entries(details.curves ?? {})
    .filter(([name]) => ["box", "cls", "dfl", "l1"].includes(name))
    .map(([name, values]) => ({ name, values }));
  curve(need("#losses"), { xName: gettext("Epoch") }).set(epochs.map(Number), lines);
}
