// Several names in one text, as people type or paste them; projects/forms.py splits the same.

export const BREAKS = /[,;\t\r\n]/;

/** Each once, in the order given, with single spaces inside. */
export function namesOf(text: string): readonly string[] {
  const names = text.split(BREAKS).map((name) => name.trim().replace(/\s+/g, " "));
  return [...new Set(names.filter((name) => name !== ""))];
}
