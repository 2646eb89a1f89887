// Shows the list of label errors: tiles, what waits at this moment, and what can be answered for the selected ones.
import { h, icon, need, replace, Rows, setText } from "../lib/dom";
import type { LabelClass } from "../lib/types";
import { KINDS } from "./client";
import type { Entry, ErrorList } from "./list";
import { tile } from "./tile";
import { cureOf } from "./words";

export function startShow(
  root: HTMLElement,
  list: ErrorList,
  classes: readonly LabelClass[],
  canReview: boolean,
): () => void {
  const role = <E extends HTMLElement = HTMLElement>(name: string): E => need<E>(`[data-role=${name}]`, root);
  const labels = new Map(classes.map((one) => [one.id, one]));
  const grid = role("grid");
  const rows = new Rows<Entry, number>(
    grid,
    ({ error }) => error.id,
    (entry) => tile(list, entry, labels, canReview),
  );
  const bar = role("selection");
  const said = h("strong", { role: "status" });
  const verb = (name: string, key: string, picture: SVGSVGElement, text: Node, onclick: () => void): HTMLElement =>
    h(
      "button",
      { class: `button small ${name}`, type: "button", "data-testid": `selection-${name}`, onclick },
      picture,
      text,
      h("kbd", {}, key),
    );
  const cure = h("span", {});
  replace(
    bar,
    said,
    verb("accept", "A", icon("check"), cure, () => list.answer("fix")),
    verb("reject", "X", icon("x"), h("span", {}, gettext("The label is right")), () => list.answer("keep")),
    verb("skip", "S", icon("arrow-right"), h("span", {}, gettext("Skip")), () => list.skip()),
  );
  const kinds = need<HTMLSelectElement>("select[name=kind]", root);
  const kindNames = new Map([...kinds.options].map((one) => [one.value, one.text]));
  let focus: number | null = null;

  return () => {
    rows.show(list.shown);
    const there = list.shown.length > 0;
    role("empty").hidden = list.loading || there;
    role("more").hidden = list.complete || !there;
    role("loading").hidden = !list.loading;
    role("keys").hidden = !canReview || !there;
    const { counts } = list;
    const total = counts === null ? null : KINDS.reduce((sum, kind) => sum + counts[kind], 0);
    setText(role("total"), total === null ? "" : total.toLocaleString());
    for (const option of kinds.options) {
      const count = counts?.[option.value as keyof typeof counts];
      const name = kindNames.get(option.value) ?? "";
      setText(option, count === undefined ? name : `${name} (${count.toLocaleString()})`);
    }
    role<HTMLButtonElement>("undo").disabled = !list.canUndo;
    setText(role("save-state"), list.sending > 0 ? gettext("Saving…") : "");
    const { chosen, focused } = list;
    bar.hidden = !canReview || chosen.length === 0;
    const several = list.selected.size > 1;
    setText(said, several ? interpolate(gettext("%s selected"), [chosen.length.toLocaleString()]) : "");
    setText(cure, several || !focused ? gettext("Take the proposals") : cureOf(focused.error, labels));
    if (list.focus === focus) return;
    focus = list.focus;
    const element = focus === null ? undefined : rows.element(focus);
    element?.scrollIntoView({ block: "nearest" });
    if (element && grid.contains(document.activeElement)) need("button", element).focus({ preventScroll: true });
  };
}
