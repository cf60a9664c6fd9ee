import type { EmbeddedText } from "./embedded-text.ts";

/** `|` or `>`: the lines below that are deeper than `parent`. */
export function readBlockScalar(source: EmbeddedText, parent: number): string {
  if (parent < 0) source.fail("a block that is the whole text");
  const isFolded = source.next === ">";
  source.at += 1;
  const mark = source.next === "-" || source.next === "+" ? source.next : "";
  source.at += mark.length;
  if (!source.isLineEnd() && source.next !== " ") source.fail("a block with an indentation of its own");
  source.skipSpaces();
  if (!source.isLineEnd()) source.fail("something after the block's mark");
  source.endLine();
  const lines = readLines(source, parent);
  source.skipLines();
  return chomp(isFolded ? fold(source, lines) : lines, mark);
}

function readLines(source: EmbeddedText, parent: number): string[] {
  const lines: string[] = [];
  let indent = -1;
  while (!source.isDone) {
    const end = source.lineEnd();
    let content = source.at;
    while (content < end && source.text.charAt(content) === " ") content += 1;
    const column = content - source.at;
    if (content === end) {
      if (indent === -1 ? column > parent : column > indent) source.fail("a blank line with spaces in a block");
      lines.push("");
    } else {
      if (indent === -1) indent = column;
      if (column <= parent || column < indent) break;
      if (source.text.charAt(content) === "\t" && column === indent) source.fail("a tab");
      lines.push(source.text.slice(source.at + indent, end));
    }
    source.at = end;
    source.endLine();
  }
  return lines;
}

/** Only what every reader folds alike: lines of one paragraph. */
function fold(source: EmbeddedText, lines: string[]): string[] {
  const content = lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
  if (content.some((line) => line === "" || line.startsWith(" "))) source.fail("a folded block of several paragraphs");
  return content.length === 0 ? lines : [content.join(" "), ...lines.slice(content.length)];
}

function chomp(lines: readonly string[], mark: string): string {
  const text = lines.map((line) => `${line}\n`).join("");
  if (mark === "+") return text;
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === "\n") end -= 1;
  return end === 0 ? "" : text.slice(0, mark === "-" ? end : end + 1);
}
