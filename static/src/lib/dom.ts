// Small helpers that build and find elements, so that pages need no framework.

type Child = Node | string | number | null | undefined | false;
/** Handlers, and what attributes say: `true` is an attribute without a value, and what is missing is left out. */
type Props = Record<string, unknown>;

/**
 * h("button.primary", {type: "button", onclick}, "Save"): classes in the tag, handlers and properties by name, the rest
 * as attributes.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K | `${K}.${string}`,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name as K);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(key.slice(2), value as EventListener);
    else element.setAttribute(key, value === true ? "" : `${value as string | number}`);
  }
  fill(element, ...children);
  return element;
}

export function fill(parent: Element, ...children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  fill(parent, ...children);
}

/** The element that must be there; a page without it is a mistake of ours. */
export function need<E extends Element = HTMLElement>(selector: string, root: ParentNode = document): E {
  const found = root.querySelector<E>(selector);
  if (!found) throw new Error(`no element matches ${selector}`);
  return found;
}

export const SVG = "http://www.w3.org/2000/svg";

/** One symbol of the sprite; build.mjs finds the names in calls of this function. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${document.body.dataset.icons ?? "/static/dist/icons.svg"}#${name}`);
  svg.append(use);
  return svg;
}

export function pageData<T>(id = "page-data"): T {
  return JSON.parse(need(`#${id}`).textContent) as T;
}

/** True while the person types, so that letters are letters and not hotkeys. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "range"].includes(target.type);
}

/** Rows that stay the same elements while their data changes, so that focus and scrolling survive. */
export class Rows<T, K extends string | number> {
  private readonly rows = new Map<K, { element: HTMLElement; update: (item: T) => void }>();

  constructor(
    private readonly parent: Element,
    private readonly keyOf: (item: T) => K,
    private readonly create: (item: T) => { element: HTMLElement; update: (item: T) => void },
  ) {}

  show(list: readonly T[]): void {
    const wanted = new Set(list.map(this.keyOf));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    list.forEach((item, index) => {
      const key = this.keyOf(item);
      let row = this.rows.get(key);
      if (!row) this.rows.set(key, (row = this.create(item)));
      row.update(item);
      const there = this.parent.children[index];
      if (there !== row.element) this.parent.insertBefore(row.element, there ?? null);
    });
  }

  element(key: K): HTMLElement | undefined {
    return this.rows.get(key)?.element;
  }
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A dot in a class's colour. */
export function swatch(color: string): HTMLElement {
  const dot = h("span.class-dot", { "aria-hidden": true });
  dot.style.backgroundColor = color;
  return dot;
}
