// Calling a member by name in a comment: which word is being typed, who fits it, and what the text becomes. Pure.

export interface Person {
  readonly email: string;
  readonly name: string;
}

export interface TypedMention {
  /** Where the @ stands. */
  readonly start: number;
  readonly word: string;
}

export interface Piece {
  readonly text: string;
  readonly called: boolean;
}

const LONGEST = 40;
export const MOST = 6;

/** What is typed after an @ up to the caret, if a name is being typed there. */
export function typed(text: string, caret: number): TypedMention | null {
  const start = text.lastIndexOf("@", caret - 1);
  if (start < 0 || caret - start > LONGEST) return null;
  if (start > 0 && /[\p{L}\p{N}._]/u.test(text[start - 1] ?? "")) return null;
  const word = text.slice(start + 1, caret);
  return word.includes("\n") || word.startsWith(" ") ? null : { start, word };
}

/** Members whose name, a part of it, or address begins with the word, in the order given. */
export function fitting(people: readonly Person[], word: string): readonly Person[] {
  const wanted = word.toLocaleLowerCase();
  const fits = ({ name, email }: Person): boolean => {
    const lower = name.toLocaleLowerCase();
    return lower.startsWith(wanted) || lower.includes(` ${wanted}`) || email.toLocaleLowerCase().startsWith(wanted);
  };
  return people.filter(fits).slice(0, MOST);
}

/** How a text calls this person: by name where nobody else bears it, else by address. */
export function called(person: Person, people: readonly Person[]): string {
  const name = person.name.toLocaleLowerCase();
  const alone = people.filter((one) => one.name.toLocaleLowerCase() === name).length === 1;
  return person.name !== "" && alone ? person.name : person.email;
}

/** The text with the name in place of what was typed, and where the caret stands then. */
export function completed(text: string, { start, word }: TypedMention, name: string): { text: string; caret: number } {
  const before = `${text.slice(0, start)}@${name} `;
  return { text: before + text.slice(start + 1 + word.length).replace(/^ /, ""), caret: before.length };
}

/** The text in parts, each with whether it calls one of these people; as the server finds them. */
export function pieces(text: string, people: readonly Person[]): readonly Piece[] {
  const names = people.flatMap(({ name, email }) => [name, email]).filter((name) => name !== "");
  if (names.length === 0) return [{ text, called: false }];
  const listed = names
    .toSorted((a, b) => b.length - a.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"))
    .join("|");
  const parts = text.split(new RegExp(`(?<![\\p{L}\\p{N}_.])(@(?:${listed}))(?!(?![가-힣])[\\p{L}\\p{N}_])`, "giu"));
  return parts.map((part, at) => ({ text: part, called: at % 2 === 1 })).filter((part) => part.text !== "");
}
