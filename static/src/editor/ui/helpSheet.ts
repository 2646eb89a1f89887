// The sheet of all keys, from the same table that the keyboard reads.
import { h } from "../../lib/dom";
import { byId } from "../model/classes";
import { classKeys } from "../model/classKeys";
import type { Editor } from "../editor";
import type { Binding } from "./keys";

export function fillHelp(place: HTMLElement, table: readonly Binding[], editor: Editor): void {
  const keys = classKeys(editor.state.classes);
  const named = (id: number): string => byId(editor.state.classes).get(id)?.name ?? "";
  const groups = [...new Set(table.map((one) => one.group).filter(Boolean))];
  const rows = (group: string): Node[] =>
    table
      .filter((one) => one.group === group)
      .flatMap((one) => [h("dt", {}, ...one.keys.flatMap(keyCaps)), h("dd", {}, one.text)]);
  place.replaceChildren(
    ...groups.map((group) => h("section", {}, h("h3", {}, group), h("dl.keys", {}, ...rows(group)))),
    h(
      "section",
      {},
      h("h3", {}, gettext("Classes: for the next box, or the selected one")),
      h(
        "dl.keys",
        {},
        ...[...keys].flatMap(([key, id]) => [h("dt", {}, h("kbd", {}, key.toUpperCase())), h("dd", {}, named(id))]),
      ),
    ),
  );
}

function keyCaps(key: string, index: number): (Node | string)[] {
  const words: Record<string, string> = {
    arrowright: "← ↑ ↓ →",
    " ": "Space",
    escape: "Esc",
    delete: "Del",
    pagedown: "PgDn",
    pageup: "PgUp",
  };
  const caps = key === "+" ? ["+"] : key.split("+").filter((part) => part !== "");
  const names = caps.map((part) => words[part] ?? part.charAt(0).toUpperCase() + part.slice(1));
  return [...(index > 0 ? [" "] : []), ...names.map((name) => h("kbd", {}, name))];
}
