import { toOpaque } from "../../expansion.ts";
import { isNumber } from "../values.ts";
import type { Fields } from "./fields.ts";
import { type Shell, isSplitAtBlanks } from "./variables.ts";

/** What is not known stands as one opaque text. That of a number has no blanks, so that no quotes are missed. */
export function addUnknown(shell: Shell, raw: string, fields: Fields, isQuoted: boolean): void {
  addValue(shell, toOpaque(raw), fields, isQuoted);
}

/** A value, which is split where nothing protects it. */
export function addValue(shell: Shell, text: string, fields: Fields, isQuoted: boolean): void {
  shell.budget.spend("expandedCharacters", text.length, shell.path);
  if (isQuoted || fields.joins) return fields.add(text);
  if (!isSplitAtBlanks(shell.state)) {
    fields.splits = true;
    return fields.add(toOpaque(text.replaceAll("\0", "")));
  }
  if (isNumber(text)) return fields.add(text);
  fields.addSplitting(text);
}

/** The values of a list: each is a word in `"$@"` (`isEach`), and all of them one in `"$*"`. */
export function addItems(
  shell: Shell,
  isEach: boolean,
  items: readonly string[],
  fields: Fields,
  isQuoted: boolean,
): void {
  shell.budget.spend("words", items.length, shell.path);
  if (isQuoted && !isEach) return addJoined(shell, items, fields);
  for (const [at, item] of items.entries()) {
    if (at > 0) fields.endField();
    addValue(shell, item, fields, isQuoted);
  }
}

function addJoined(shell: Shell, items: readonly string[], fields: Fields): void {
  const text = isSplitAtBlanks(shell.state) ? items.join(" ") : toOpaque("$*");
  addValue(shell, text, fields, true);
}
