const maxShown = 120;
const isPrintable = /^[\x20-\x7e]*$/;
const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * A value that somebody else wrote, made safe and honest for a message: one line, printable ASCII, at most 120 characters.
 * Everything that could pass for something else (a homoglyph, a zero-width joiner, a trailing blank) is escaped and quoted.
 */
export function show(value: string | undefined): string {
  if (value === undefined) return "unknown";
  if (value.length <= maxShown && plain.test(value)) return value;
  return `"${Array.from(clip(value, maxShown + 1), escapeCharacter).join("")}"`;
}

/** A whole line that others wrote parts of, as it is but for what is not printable ASCII: that is escaped. */
export function showLine(line: string): string {
  return isPrintable.test(line) ? line : Array.from(line, escapeCharacter).join("");
}

/** Several values as `a, b`, or `none`. */
export function showAll(values: readonly string[]): string {
  if (values.length === 0) return "none";
  const shown = values.slice(0, 8).map(show).join(", ");
  return values.length > 8 ? `${shown} and ${values.length - 8} more` : shown;
}

/** The text, or its beginning and an ellipsis: `maxLength` characters. For what is not shown, or is made of what was. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const end = isHighSurrogate(text.charCodeAt(maxLength - 2)) ? maxLength - 2 : maxLength - 1;
  return `${text.slice(0, end)}…`;
}

/** The first half of a character that takes two. */
function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === "…") return character;
  return code >= 0x20 && code <= 0x7e ? character : `\\u{${code.toString(16)}}`;
}
