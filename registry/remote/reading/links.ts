/** Where a list goes on, by its Link headers: undefined where they name no next page. */
export type NextLink = { readonly target: string } | "unreadable" | undefined;

/**
 * The next page that an answer's Link headers name, as it stands there. Attacker-controlled. What is not understood may name one,
 * and a list that is taken for whole hides the rest: so a header that does not follow the grammar, and two next pages, are
 * `unreadable`. https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function findNextLink(header: string | readonly string[] | undefined): NextLink {
  const lines = header === undefined ? [] : typeof header === "string" ? [header] : header;
  const parsed = lines.map(parseLine);
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

/** The targets of one line that are next pages. Each expression is sticky and has one way to match, so reading is linear. */
function parseLine(line: string): string[] | undefined {
  const targets: string[] = [];
  let at = 0;
  const take = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    const match = expression.exec(line);
    if (match !== null) at = expression.lastIndex;
    return match;
  };
  for (take(gap); at < line.length; take(gap)) {
    const target = take(reference)?.[1];
    if (target === undefined) return undefined;
    let relation: string | undefined;
    while (line[at] === ";") {
      const found = take(parameter);
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
