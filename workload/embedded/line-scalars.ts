import { resolveScalar } from "./resolve-scalar.ts";
import type { EmbeddedText } from "./embedded-text.ts";

/** A scalar of one line. */
export interface Scalar {
  /** As written, without its quotes. */
  readonly text: string;
  readonly value: unknown;
  /** It has no quotes. */
  readonly isPlain: boolean;
}

/** The scalar that starts here. In a flow collection (`isFlow`) more characters end it. */
export function readScalar(source: EmbeddedText, isFlow: boolean): Scalar {
  const mark = source.next;
  if (mark === '"') return readDoubleQuoted(source);
  if (mark === "'") return readSingleQuoted(source);
  return readPlain(source, isFlow);
}

function readPlain(source: EmbeddedText, isFlow: boolean): Scalar {
  const start = source.at;
  const first = source.next;
  const isMark = (first === "-" || first === "?") && isMarkAt(source, start + 1, isFlow);
  if (first === "" || isMark || "\n,[]{}#&*!|>'\"%@`:".includes(first)) source.fail("a tag, an anchor or another mark");
  let end = start;
  for (; source.at < source.text.length; source.at += 1) {
    const character = source.next;
    if (character === "\n") break;
    if (character === "\t") source.fail("a tab");
    if (isFlow && ",[]{}".includes(character)) break;
    if (character === ":" && isMarkAt(source, source.at + 1, isFlow)) break;
    if (character === "#" && source.text.charAt(source.at - 1) === " ") break;
    if (character !== " ") end = source.at + 1;
  }
  const text = source.text.slice(start, end);
  return { text, value: resolveScalar(text), isPlain: true };
}

/** Whether what stands before is a mark of its own and no text. */
function isMarkAt(source: EmbeddedText, behind: number, isFlow: boolean): boolean {
  return source.isBlankAt(behind) || (isFlow && ",[]{}".includes(source.text.charAt(behind)));
}

function readSingleQuoted(source: EmbeddedText): Scalar {
  const start = source.at + 1;
  for (source.at = start; ; source.at += 1) {
    if (source.isDone || source.next === "\n") source.fail("a quote that is not closed on its line");
    if (source.next !== "'") continue;
    if (source.text.charAt(source.at + 1) !== "'") break;
    source.at += 1;
  }
  const text = source.text.slice(start, source.at).replaceAll("''", "'");
  source.at += 1;
  return { text, value: text, isPlain: false };
}

function readDoubleQuoted(source: EmbeddedText): Scalar {
  const start = source.at;
  for (source.at = start + 1; source.next !== '"'; source.at += 1) {
    if (source.isDone || source.next === "\n") source.fail("a quote that is not closed on its line");
    if (source.next === "\\") source.at += 1;
  }
  source.at += 1;
  const quoted = source.text.slice(start, source.at);
  const text = unquote(source, quoted.includes("\t") ? quoted.replaceAll("\t", String.raw`\t`) : quoted);
  return { text, value: text, isPlain: false };
}

/** The escapes that YAML shares with JSON, and no others. */
function unquote(source: EmbeddedText, quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return source.fail("an escape that JSON does not have");
  }
}
