import { createHeaderScanner, listHeaderLines, type HeaderScanner } from "../header-scanner.ts";

/** One challenge of a `WWW-Authenticate` header. Attacker-controlled: a registry may ask for anything. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  /** Names in lower case, values unquoted. Empty for a challenge that is a bare token68. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Every challenge of the header's lines, or undefined when any of it does not follow the grammar or names a parameter
 * twice: two readers must not be able to see two realms. https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(header: string | readonly string[] | undefined): Challenge[] | undefined {
  const parsed = listHeaderLines(header).map(parseLine);
  return parsed.includes(undefined) ? undefined : parsed.flatMap((challenges) => challenges ?? []);
}

const gap = /[ \t,]*/y;
const scheme = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?: +|(?=,|$))/y;
const token68 = /[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y;
const parameter =
  /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\\p{Cc}]|\t|\\[\t -~])*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))[ \t]*(?=,|$)/uy;

/** Undefined where the line does not follow the grammar. */
function parseLine(line: string): Challenge[] | undefined {
  const challenges: Challenge[] = [];
  const scanner = createHeaderScanner(line);
  for (scanner.take(gap); !scanner.isAtEnd; scanner.take(gap)) {
    const name = scanner.take(scheme)?.[1];
    if (name === undefined) return undefined;
    const parameters = new Map<string, string>();
    challenges.push({ scheme: name.toLowerCase(), parameters });
    if (scanner.take(token68) !== null) continue;
    for (let found = scanner.take(parameter); found !== null; found = takeNext(scanner)) {
      const key = (found[1] ?? "").toLowerCase();
      if (parameters.has(key)) return undefined;
      parameters.set(key, found[3] ?? (found[2] ?? "").replaceAll(/\\(.)/g, "$1"));
    }
  }
  return challenges;
}

/** The parameter behind a comma, if it is one: it could also be the next challenge's scheme. */
function takeNext(scanner: HeaderScanner): RegExpExecArray | null {
  scanner.take(gap);
  return scanner.take(parameter);
}
