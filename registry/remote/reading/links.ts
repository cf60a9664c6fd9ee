import { createHeaderScanner, listHeaderLines } from "../header-scanner.ts";

/** Where a list goes on, by its Link headers: undefined where they name no next page. */
export type NextLink = { readonly target: string } | "unreadable" | undefined;

/**
 * The next page that an answer's Link headers name, as it stands there. Attacker-controlled. What is not understood may name one,
 * and a list that is taken for whole hides the rest: so a header that does not follow the grammar, and two next pages, are
 * `unreadable`. https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function findNextLink(header: string | readonly string[] | undefined): NextLink {
  const parsed = listHeaderLines(header).map(parseLine);
  if (parsed.includes(undefined)) return "unreadable";
  const [first, ...others] = new Set(parsed.flatMap((targets) => targets ?? []));
  if (others.length > 0) return "unreadable";
  return first === undefined ? undefined : { target: first };
}

/** A registered name, or a URI; nothing, too, which is no relation. */
const relationType = /^(?:[a-z][a-z0-9.-]*|[a-z][a-z0-9+.-]*:.*)?$/;
const gap = /[ \t,]*/y;
const reference = /<([^<>]*)>[ \t]*(?=[;,]|$)/y;
const parameter = /;[ \t]*(?:([^\s;,="<>]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"<>]+)))?)?[ \t]*(?=[;,]|$)/y;

/** The targets of one line that are next pages. Undefined where it does not follow the grammar. */
function parseLine(line: string): string[] | undefined {
  const targets: string[] = [];
  const scanner = createHeaderScanner(line);
  for (scanner.take(gap); !scanner.isAtEnd; scanner.take(gap)) {
    const target = scanner.take(reference)?.[1];
    if (target === undefined) return undefined;
    let relation: string | undefined;
    while (scanner.next === ";") {
      const found = scanner.take(parameter);
      if (found === null) return undefined;
      // Where it stands twice the first one counts.
      if (found[1]?.toLowerCase() === "rel") relation ??= found[3] ?? (found[2] ?? "").replaceAll(/\\(.)/g, "$1");
    }
    const relations = relation?.toLowerCase().trim().split(/\s+/) ?? [];
    if (relations.some((one) => !relationType.test(one))) return undefined;
    if (relations.includes("next")) targets.push(target);
  }
  return targets;
}
