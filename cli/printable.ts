/**
 * What a terminal obeys or does not show as it is: control characters, C1 too, marks that turn the direction of text, what has no
 * width, separators of lines, half characters.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** The colours that this program paints with, and no others: some of those hide text. */
const colourOrUnprintable = new RegExp(`\\u001b\\[(?:1|2|22|3[1-7]|39)m|${unprintable.source}`, "gu");
const allUnprintable = new RegExp(unprintable.source, "gu");

/** Whether the text holds anything that is not to reach a terminal as it is. */
export function isPrintable(text: string): boolean {
  return !unprintable.test(text);
}

/**
 * Text for a terminal, whatever others wrote parts of it. Line breaks, tabs and this program's colours stay; all else that is not
 * shown as it is becomes `\u{202e}`.
 */
export function toPrintable(text: string): string {
  if (isPrintable(text)) return text;
  return text.replaceAll(colourOrUnprintable, (one) =>
    one === "\n" || one === "\t" || (one.length > 1 && one.startsWith("\u001b")) ? one : `\\u{${toHex(one)}}`,
  );
}

/** The same JSON with what is not printable in its strings escaped: `\u202e`. */
export function toPrintableJson(json: string): string {
  return json.replaceAll(allUnprintable, (one) => {
    if (one === "\n") return one;
    return Array.from({ length: one.length }, (_, at) => `\\u${one.charCodeAt(at).toString(16).padStart(4, "0")}`).join(
      "",
    );
  });
}

/** The same YAML, whose strings with such characters stand in double quotes, with these escaped: `\U0000202e`. */
export function toPrintableYaml(yaml: string): string {
  return yaml.replaceAll(allUnprintable, (one) => (one === "\n" ? one : `\\U${toHex(one).padStart(8, "0")}`));
}

function toHex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
