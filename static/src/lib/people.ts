// People as pages show them.
export interface Person {
  readonly id: number;
  readonly name: string;
}

/** One or two letters for a person's round badge, as the server makes them. */
export function initials(name: string): string {
  const first = name.split("@")[0]!.trim();
  if (!/^[\x20-\x7e]*$/.test(name)) return first === "" ? "?" : String.fromCodePoint(first.codePointAt(0)!);
  const words = first.split(/[\s._-]+/).filter((word) => word !== "");
  return words.length === 0
    ? "?"
    : words
        .slice(0, 2)
        .map((word) => word[0]!.toUpperCase())
        .join("");
}
