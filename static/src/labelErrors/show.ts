// Shows the list of label errors: tiles, what waits at this moment, and what can be answered for the selected ones.
import { h, icon, need, replace, Rows, setText } from "../lib/dom";
import { noneButton } from "../lib/noneButton";
import type { LabelClass } from "../lib/types";
import { KINDS } from "./client";
import type { Entry, ErrorList } from "./list";
import { startSide } from "./side";
import { tile } from "./tile";
import { doneWords } from "./words";

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
  const verb = (name: string, key: string, picture: SVGSVGElement, text: string, onclick: () => void): HTMLElement =>
    h(
      "button",
      { class: `button small ${name}`, type: "button", "data-testid": `selection-${name}`, onclick },
      picture,
      text,
      h("kbd", {}, key),
    );
  replace(
    bar,
    said,
    verb("accept", "A", icon("check"), gettext("Take the proposals"), () => list.answer("fix")),
    verb("reject", "X", icon("x"), gettext("The labels are right"), () => list.answer("keep")),
    noneButton(() => list.select([])),
  );
  const showSide = startSide(role("side"), list, labels, canReview);
  const kinds = need<HTMLSelectElement>("select[name=kind]", root);
  const kindNames = new Map([...kinds.options].map((one) => [one.value, one.text]));
  let focus: number | null = null;
  let side = "";

  return () => {
    rows.show(list.shown);
    const there = list.shown.length > 0;
    role("more").hidden = list.complete || !there;
    role("loading").hidden = !list.loading;
    role("keys").hidden = !canReview || !there;
    const { counts } = list;
    const total = counts === null ? null : KINDS.reduce((sum, kind) => sum + counts[kind], 0);
    const kind = KINDS.find((one) => one === list.filters.kind);
    const waiting = kind && counts ? counts[kind] : total;
    setText(role("total"), waiting?.toLocaleString() ?? "");
    for (const option of kinds.options) {
      const count = counts?.[option.value as keyof typeof counts];
      const name = kindNames.get(option.value) ?? "";
      setText(option, count === undefined ? name : `${name} (${count.toLocaleString()})`);
    }
    role<HTMLButtonElement>("undo").disabled = !list.canUndo;
    setText(role("save-state"), list.sending > 0 ? gettext("Saving…") : "");
    const filtered = Object.values(list.filters).some((value) => value !== "");
    const others = filtered ? (total ?? 0) : 0;
    role("empty").hidden = list.loading || there || others > 0;
    role("none-here").hidden = list.loading || there || others === 0;
    showDone(role("done"), list, others);
    const { chosen, focused } = list;
    bar.hidden = !canReview || list.selected.size < 2 || chosen.length === 0;
    setText(said, interpolate(gettext("%s selected"), [chosen.length.toLocaleString()]));
    const state = JSON.stringify([focused?.error.id, focused?.became, focused && list.undoes(focused.error.id)]);
    if (state !== side) showSide(focused);
    side = state;
    if (list.focus === focus) return;
    focus = list.focus;
    const element = focus === null ? undefined : rows.element(focus);
    element?.scrollIntoView({ block: "nearest" });
    if (element && grid.contains(document.activeElement)) need("button", element).focus({ preventScroll: true });
  };
}

/** After the last answer: what was said, and what there is to do next. others: that wait outside of the filters. */
function showDone(place: HTMLElement, list: ErrorList, others: number): void {
  const was = place.hidden;
  place.hidden = !list.done;
  if (place.hidden) return;
  if (was) requestAnimationFrame(() => place.scrollIntoView({ block: "nearest" }));
  setText(need("[data-role=done-says]", place), doneWords(list.tally));
  const more = need("[data-role=all]", place);
  more.hidden = others === 0;
  setText(more, interpolate(ngettext("Settle %s more", "Settle %s more", others), [others.toLocaleString()]));
}
