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
  const lines = header === undefined ? [] : typeof header === "string" ? [header] : header;
  const parsed = lines.map(parseLine);
  return parsed.includes(undefined) ? undefined : parsed.flatMap((challenges) => challenges ?? []);
}

const gap = /[ \t,]*/y;
const scheme = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?: +|(?=,|$))/y;
const token68 = /[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y;
const parameter =
  /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\\p{Cc}]|\t|\\[\t -~])*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))[ \t]*(?=,|$)/uy;

/** Each expression is sticky and has one way to match, so reading is linear in the line. */
function parseLine(line: string): Challenge[] | undefined {
  const challenges: Challenge[] = [];
  let at = 0;
  const take = (expression: RegExp): RegExpExecArray | null => {
    expression.lastIndex = at;
    const match = expression.exec(line);
    if (match !== null) at = expression.lastIndex;
    return match;
  };
  for (take(gap); at < line.length; take(gap)) {
    const name = take(scheme)?.[1];
    if (name === undefined) return undefined;
    const parameters = new Map<string, string>();
    challenges.push({ scheme: name.toLowerCase(), parameters });
    if (take(token68) !== null) continue;
    for (let found = take(parameter); found !== null; found = takeNext(take)) {
      const key = (found[1] ?? "").toLowerCase();
      if (parameters.has(key)) return undefined;
      parameters.set(key, found[3] ?? (found[2] ?? "").replaceAll(/\\(.)/g, "$1"));
    }
  }
  return challenges;
}

/** The parameter behind a comma, if it is one: it could also be the next challenge's scheme. */
function takeNext(take: (expression: RegExp) => RegExpExecArray | null): RegExpExecArray | null {
  take(gap);
  return take(parameter);
}
