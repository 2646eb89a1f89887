// One image of the gallery: picture, name, marks and the tick.
import { h, icon, replace } from "../lib/dom";
import type { Copy } from "./order";
import type { Row } from "./rows";

export interface Thumb {
  readonly element: HTMLLIElement;
  readonly link: HTMLAnchorElement;
  tell(row: Row | undefined): void;
  choose(chosen: boolean): void;
  place(index: number, count: number, reachable: boolean, copy: Copy | undefined): void;
}

/** `query`: the list as its address says it, which the editor walks. */
export function thumb(id: number, mayChoose: boolean, classes: number, query: string): Thumb {
  const name = h("span.clip");
  const marks = h("span.marks");
  const twin = h("span.badge.plain.twin", { hidden: true });
  const whose = h("span.badge.plain.whose", { hidden: true });
  const link = h(
    "a.thumb-link",
    { href: `/images/${id}/?from=images${query && `&${query}`}`, draggable: "false" },
    h("img", {
      src: `/files/images/${id}/thumb/`,
      alt: "",
      width: 320,
      height: 240,
      draggable: "false",
      decoding: "async",
    }),
    h("span.label", {}, name),
  );
  const tick = h("input", { type: "checkbox", tabindex: -1, value: id });
  const element = h("li.thumb", { "data-id": id }, link, marks, twin, whose, mayChoose && h("label.pick", {}, tick));
  // Until its row is there an image goes by its number.
  const call = (it: string): void => tick.setAttribute("aria-label", interpolate(gettext("Choose %s"), [it]));
  const number = interpolate(gettext("Image %s"), [id]);
  link.setAttribute("aria-label", number);
  call(number);
  let told: Row | undefined;
  return {
    element,
    link,
    tell(row) {
      if (!row || row === told) return;
      told = row;
      name.textContent = name.title = row.name;
      link.removeAttribute("aria-label");
      call(row.name);
      replace(
        marks,
        row.suggestions > 0 &&
          h("span.badge.ai", { title: gettext("Suggestions to review") }, icon("sparkles"), row.suggestions),
        row.boxes > 0 && h("span.badge.plain", { title: gettext("Boxes") }, icon("square"), row.boxes),
        row.complete > 0 &&
          h(
            "span.badge.ok",
            {
              title: interpolate(ngettext("Complete for %s class", "Complete for %s classes", row.complete), [
                row.complete,
              ]),
            },
            icon("check"),
            classes > 1 && row.complete,
          ),
      );
      whose.hidden = row.assignee === null;
      if (row.assignee !== null) {
        whose.title = interpolate(gettext("Assigned to %s"), [row.assignee]);
        replace(whose, icon("user"), h("span.clip", {}, row.assignee));
      }
    },
    choose(chosen) {
      tick.checked = chosen;
      element.classList.toggle("chosen", chosen);
    },
    place(index, count, reachable, copy) {
      const several = copy !== undefined && copy.of > 1; // the others may lie outside of what is filtered
      twin.hidden = !several;
      if (several) {
        twin.title = interpolate(gettext("Copy %(number)s of %(of)s"), { ...copy }, true);
        replace(twin, icon("copy"), `${copy.number}/${copy.of}`);
      }
      element.setAttribute("aria-posinset", String(index + 1));
      element.setAttribute("aria-setsize", String(count));
      link.tabIndex = reachable ? 0 : -1;
    },
  };
}
