// One image of the gallery: picture, name, marks and the tick.
import { at } from "../lib/address";
import { h, icon, replace, SVG } from "../lib/dom";
import type { Copy } from "./order";
import type { Row } from "./rows";

export interface Thumb {
  readonly element: HTMLLIElement;
  readonly link: HTMLAnchorElement;
  tell(row: Row | undefined): void;
  choose(chosen: boolean): void;
  place(index: number, count: number, reachable: boolean, copy: Copy | undefined): void;
}

export interface ThumbClass {
  readonly id: number;
  readonly color: string;
}

interface Count {
  readonly text: string;
  readonly kind: "ai" | "plain" | "ok";
  readonly symbol: SVGSVGElement;
  readonly figure: number;
}

/** What is counted of an image, in words and as a badge. */
function describe({ suggestions, boxes, complete }: Row): readonly Count[] {
  const found: Count[] = [];
  if (suggestions > 0) {
    const text = ngettext("%s suggestion to review", "%s suggestions to review", suggestions);
    found.push({ text: interpolate(text, [suggestions]), kind: "ai", symbol: icon("sparkles"), figure: suggestions });
  }
  if (boxes > 0) {
    const text = ngettext("%s box", "%s boxes", boxes);
    found.push({ text: interpolate(text, [boxes]), kind: "plain", symbol: icon("square"), figure: boxes });
  }
  if (complete > 0) {
    const text = ngettext("Complete for %s class", "Complete for %s classes", complete);
    found.push({ text: interpolate(text, [complete]), kind: "ok", symbol: icon("check"), figure: complete });
  }
  return found;
}

/** The boxes over the picture, which is cut to its frame as the picture is. */
function drawing({ width, height, drawn, suggested }: Row, classes: readonly ThumbClass[]): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "thumb-boxes");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "xMidYMid slice");
  svg.setAttribute("aria-hidden", "true");
  for (const [marks, name] of [
    [suggested, "suggested"],
    [drawn, "drawn"],
  ] as const)
    for (const [label, x1, y1, x2, y2] of marks) {
      const rect = document.createElementNS(SVG, "rect");
      rect.setAttribute("class", name);
      rect.style.stroke = classes.find((one) => one.id === label)?.color ?? "";
      for (const [key, value] of Object.entries({ x: x1 * width, y: y1 * height }))
        rect.setAttribute(key, value.toFixed(1));
      rect.setAttribute("width", ((x2 - x1) * width).toFixed(1));
      rect.setAttribute("height", ((y2 - y1) * height).toFixed(1));
      svg.append(rect);
    }
  return svg;
}

/** `query`: the list as its address says it, which the editor walks. */
export function thumb(id: number, mayChoose: boolean, classes: readonly ThumbClass[], query: string): Thumb {
  const name = h("span.clip");
  const marks = h("span.marks");
  const twin = h("span.badge.plain.twin", { hidden: true });
  const whose = h("span.badge.plain.whose", { hidden: true });
  const link = h(
    "a.thumb-link",
    { href: at(`/images/${id}/?from=images${query && `&${query}`}`), draggable: "false" },
    h("img", {
      src: at(`/files/images/${id}/thumb/`),
      alt: "",
      width: 320,
      height: 240,
      draggable: "false",
      decoding: "async",
    }),
    marks,
    h("span.label", {}, name),
  );
  let picture: Element | null = null;
  const tick = h("input", { type: "checkbox", tabindex: -1, value: id });
  const element = h("li.thumb", { "data-id": id }, link, twin, whose, mayChoose && h("label.pick", {}, tick));
  // Until its row is there an image goes by its number.
  const call = (it: string): void => tick.setAttribute("aria-label", interpolate(gettext("Choose %s"), [it]));
  const number = interpolate(gettext("Image %s"), [id]);
  link.setAttribute("aria-label", number);
  call(number);
  let reported: Row | undefined;
  return {
    element,
    link,
    tell(row) {
      if (!row || row === reported) return;
      reported = row;
      name.textContent = name.title = row.name;
      const counts = describe(row);
      link.removeAttribute("aria-label");
      picture?.remove();
      link.append((picture = drawing(row, classes)));
      call(row.name);
      replace(
        marks,
        row.split_name !== "" && h("span.badge.plain", { title: gettext("Split") }, row.split_name),
        ...counts.map(({ text, kind, symbol, figure }) =>
          h(
            "span",
            { class: `badge ${kind}`, title: text },
            symbol,
            h("span", { "aria-hidden": true }, kind === "ok" && classes.length === 1 ? "" : figure),
            h("span.visually-hidden", {}, text),
          ),
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
