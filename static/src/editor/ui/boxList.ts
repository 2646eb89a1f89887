// The boxes in the panel, one row each; of many only those in sight are in the document.
import { h, icon, need, setText } from "../../lib/dom";
import type { Attribute, Box } from "../../lib/types";
import { WindowedRows } from "../../parts/windowedRows";
import type { Editor } from "../editor";
import { lacking } from "../model/attributes";
import { byId } from "../model/classes";
import { isRegion } from "../model/document";
import { isChosen, isLocked, itemOf, type Selection } from "../model/state";
import { flagWord } from "./flagWords";
import { choosing, mark } from "./rows";

/** How many open comments a box has. */
type Counts = (id: string) => number;

export function boxList(panel: HTMLElement, editor: Editor, counts: Counts): WindowedRows<Box, string> {
  return new WindowedRows<Box, string>(
    need("[data-role=box-list]", panel),
    panel,
    (one) => one.id,
    (one) => boxRow(editor, one, counts),
  );
}

function boxRow(editor: Editor, first: Box, counts: Counts): { element: HTMLElement; update: (box: Box) => void } {
  const what: Selection = { kind: "box", id: first.id };
  const said = h("span.badge.said", { title: gettext("Open comments") });
  const dot = h("span.class-dot", { "aria-hidden": true });
  const name = h("span.name");
  const flags = h("span.flags");
  const size = h("span.size");
  const choose = h(
    "button.row-choose",
    { type: "button", onclick: (event: MouseEvent) => choosing(editor, what, event) },
    dot,
    name,
    flags,
    said,
    size,
  );
  const removing = (): void => {
    const item = itemOf(editor.state.doc, what);
    if (item && !isLocked(editor.state, item)) editor.run({ changes: [{ op: "delete", id: first.id }] });
  };
  const remove = h(
    "button.icon-button.danger",
    {
      type: "button",
      "aria-label": gettext("Delete this box"),
      title: gettext("Delete this box"),
      onclick: removing,
    },
    icon("trash-2"),
  );
  const element = h(
    "li.panel-row",
    { "data-testid": "box-item", "data-id": first.id },
    choose,
    editor.state.can.label && remove,
  );
  element.addEventListener("pointerenter", () => editor.setHover(what));
  element.addEventListener("pointerleave", () => editor.setHover(null));
  const update = (box: Box): void => {
    const label = byId(editor.state.classes).get(box.class);
    dot.style.backgroundColor = label?.color ?? "";
    setText(name, label?.name ?? "?");
    setText(size, `${Math.round(box.xyxy[2] - box.xyxy[0])} × ${Math.round(box.xyxy[3] - box.xyxy[1])}`);
    const asked = label?.attributes ?? [];
    const lacks = isRegion(box) ? [] : lacking(asked, box.attributes);
    setText(flags, [...lacks.map((one) => `${one}?`), ...words(box, asked)].join(" · "));
    element.classList.toggle("lacking", lacks.length > 0);
    choose.title = boxTitle(box);
    const count = counts(box.id);
    said.hidden = count === 0;
    setText(said, String(count));
    mark(element, choose, isChosen(editor.state, what));
  };
  return { element, update };
}

/** Flags and attributes, in few words: of yes and no the name alone. */
function words(box: Box, asked: readonly Attribute[]): readonly string[] {
  const values = asked.flatMap((one) => {
    const value = box.attributes?.[one.name];
    if (value === undefined || value === false) return [];
    return [value === true ? one.name : String(value)];
  });
  return [...(box.flags ?? []).map(flagWord), ...values];
}

function boxTitle(box: Box): string {
  const origins = { person: gettext("drawn"), suggestion: gettext("accepted suggestion"), import: gettext("imported") };
  return [origins[box.origin], box.author].filter(Boolean).join(" · ");
}
