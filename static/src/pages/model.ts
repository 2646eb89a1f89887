// A model's curves, and its worst mistakes as pictures.
import { curve, precisionRecall } from "../charts/curve";
import type { MeasuredClass } from "../charts/curve";
import { need, pageData } from "../lib/dom";
import { heldOutErrors } from "../run/heldOutErrors";
import type { Mistake } from "../run/heldOutErrors";

interface Data {
  readonly metrics: MeasuredClass & { readonly worst?: readonly Mistake[] };
  readonly curves: Readonly<Record<string, readonly (number | null)[]>>;
}

const { metrics, curves } = pageData<Data>();

if (metrics.pr_curve && metrics.pr_curve.length > 1) {
  need("#pr-card").hidden = false;
  precisionRecall(need("#pr"), metrics);
}

const pictures = heldOutErrors(metrics.worst, "h2");
if (pictures) {
  need("#held-out-errors").hidden = false;
  need("#held-out-errors").append(pictures);
}

const epochs = curves.epoch;
if (epochs && epochs.length > 0) {
  need("#losses-card").hidden = false;
  const lines = Object.entries(curves)
    .filter(([name]) => ["box", "cls", "dfl", "l1"].includes(name))
    .map(([name, values]) => ({ name, values }));
  curve(need("#losses"), { xName: gettext("Epoch") }).set(epochs.map(Number), lines);
}
