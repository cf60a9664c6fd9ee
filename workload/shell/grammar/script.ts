import { readCompound } from "./compound.ts";
import { readRedirects } from "./redirects.ts";
import { readSimple } from "./simple.ts";
import { type Language, Source } from "./source.ts";
import type { Command, Item, List, Pipeline, Redirect } from "./syntax.ts";
import {
  isNext,
  isAtSeparator,
  describeUnexpected,
  readDocuments,
  skipBlanks,
  skipLines,
  takeReserved,
} from "./tokens.ts";

/**
 * A script as a tree. Throws {@link import("./source.ts").UnsupportedScript} for what is not a shell's, and where shells differ
 * in what they read. Linear in the length of the script, which is counted. `isForeign`: text that only the cluster knows stands
 * in it, and may be anything.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_10
 * https://www.gnu.org/software/bash/manual/bash.html#Shell-Syntax
 */
export function parseScript(
  script: string,
  language: Omit<Language, "readList" | "readCommand">,
): { readonly body: List; readonly isForeign: boolean } {
  const source = new Source(script, { ...language, readList, readCommand }, 0);
  const body = readList(source, []);
  readDocuments(source);
  return { body, isForeign: source.isForeign };
}

function readList(source: Source, ends: readonly string[]): List {
  return source.nested(() => {
    const items: Item[] = [];
    for (;;) {
      skipLines(source);
      if (source.isAtEnd || ends.some((end) => isNext(source, end))) break;
      items.push(readItem(source));
      if (!isAtSeparator(source)) break;
    }
    if (source.isAtEnd ? ends.length > 0 : !ends.some((end) => isNext(source, end)))
      source.fail(describeUnexpected(source, ends));
    return items;
  });
}

function readItem(source: Source): Item {
  const steps: Item["steps"][number][] = [{ after: "", pipeline: readPipeline(source) }];
  for (;;) {
    skipBlanks(source);
    const after = source.takeText("&&") ? "&&" : source.takeText("||") ? "||" : undefined;
    if (after === undefined) break;
    skipLines(source);
    steps.push({ after, pipeline: readPipeline(source) });
  }
  if (source.startsWith(";;")) return { steps, isBackground: false };
  if (source.startsWith(";&")) return { steps, isBackground: false };
  const isBackground = source.takeText("&");
  if (!isBackground) source.takeText(";");
  return { steps, isBackground };
}

function readPipeline(source: Source): Pipeline {
  let isNegated = false;
  skipBlanks(source);
  while (takeReserved(source, "!") || takeTime(source)) {
    isNegated = true;
    skipBlanks(source);
  }
  const commands = [readCommand(source)];
  for (;;) {
    skipBlanks(source);
    if (source.startsWith("||") || !source.takeText("|")) return { isNegated, commands };
    source.takeText("&");
    skipLines(source);
    commands.push(readCommand(source));
  }
}

function takeTime(source: Source): boolean {
  if (!takeReserved(source, "time")) return false;
  skipBlanks(source);
  if (source.peek() === "-") source.fail("has options of time");
  return true;
}

function readCommand(source: Source): Command {
  source.countPart();
  return source.nested(() => {
    skipBlanks(source);
    const redirects: Redirect[] = [];
    const body = readCompound(source) ?? readSimple(source, redirects);
    if (body.kind !== "simple" && body.kind !== "function") readRedirects(source, redirects);
    return { ...body, redirects };
  });
}
