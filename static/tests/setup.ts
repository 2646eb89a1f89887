// Django's JavaScriptCatalog as it is in English: what modules say is tested as a reader sees it.
const filled = (format: string, values: readonly unknown[] | Record<string, unknown>): string =>
  Array.isArray(values)
    ? values.reduce<string>((text, value) => text.replace("%s", () => String(value)), format)
    : format.replace(/%\((\w+)\)s/g, (_all, name: string) => String((values as Record<string, unknown>)[name]));

Object.assign(globalThis, {
  gettext: (text: string) => text,
  ngettext: (one: string, many: string, count: number) => (count === 1 ? one : many),
  pgettext: (_context: string, text: string) => text,
  interpolate: filled,
});
