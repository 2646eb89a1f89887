// Shows the grid: tiles, what is counted and saved, and what can be done with the selected ones.
import { h, icon, need, replace, Rows, setText } from "../lib/dom";
import { noneButton } from "../lib/noneButton";
import type { LabelClass } from "../lib/types";
import type { BoxList, Entry } from "./list";
import { tile } from "./tile";

export interface Acts {
  readonly relabel: () => void;
  readonly remove: () => void;
  readonly sendBack: () => void;
}

export interface Can {
  readonly label: boolean;
  readonly review: boolean;
}

export function startShow(
  root: HTMLElement,
  list: BoxList,
  classes: readonly LabelClass[],
  can: Can,
  acts: Acts,
): () => void {
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const labels = new Map(classes.map((one) => [one.id, one]));
  const grid = role("grid");
  const rows = new Rows<Entry, string>(
    grid,
    ({ box }) => box.id,
    (entry) => tile(list, entry, labels),
  );
  const bar = role("selection");
  const verb = (name: string, text: string, key: string, picture: SVGSVGElement, onclick: () => void): HTMLElement =>
    h(
      "button.button.small",
      { type: "button", "data-testid": `selection-${name}`, onclick },
      picture,
      text,
      h("kbd", {}, key),
    );
  const selected = h("strong", { role: "status" });
  replace(
    bar,
    selected,
    classes.length > 1 && verb("relabel", gettext("Other class"), "R", icon("tag"), acts.relabel),
    verb("delete", gettext("Delete"), "X", icon("trash-2"), acts.remove),
    can.review && verb("send-back", gettext("Send back"), "B", icon("undo-2"), acts.sendBack),
    noneButton(() => list.select([])),
  );
  let focus: string | null = null;

  return () => {
    rows.show(list.shown);
    const there = list.shown.length > 0;
    role("empty").hidden = list.loading || there;
    role("more").hidden = list.complete || !there;
    role("loading").hidden = !list.loading;
    setText(role("total"), list.total === null ? "" : list.total.toLocaleString());
    role<HTMLButtonElement>("undo").disabled = !list.canUndo;
    setText(role("save-state"), list.saving ? gettext("Saving…") : "");
    const chosen = list.chosen.length;
    bar.hidden = !can.label || chosen === 0 || list.saving;
    setText(selected, interpolate(gettext("%s selected"), [chosen.toLocaleString()]));
    if (list.focus === focus) return;
    focus = list.focus;
    const element = focus === null ? undefined : rows.element(focus);
    element?.scrollIntoView({ block: "nearest" });
    if (element && grid.contains(document.activeElement)) need("button", element).focus({ preventScroll: true });
  };
}
