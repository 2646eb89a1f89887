/** Django's JavaScriptCatalog: base.html loads it before every bundle. */
declare function gettext(message: string): string;
declare function ngettext(singular: string, plural: string, count: number): string;
declare function pgettext(context: string, message: string): string;
declare function interpolate(
  format: string,
  values: Record<string, unknown> | readonly unknown[],
  named?: boolean,
): string;
