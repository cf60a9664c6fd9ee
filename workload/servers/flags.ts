/** One flag as it stands on a command line. */
export interface Flag {
  /** As written, with underscores as dashes: vLLM and KServe take both. A dotted JSON path after the name stays as it is. */
  readonly name: string;
  /** What follows up to the next flag. A switch has none, though a positional argument may follow it. */
  readonly values: readonly string[];
  /** The value was joined with `=`; further ones are separate words. */
  readonly joined: boolean;
}

export interface CommandLine {
  /** Words before the first flag. */
  readonly leading: readonly string[];
  readonly flags: readonly Flag[];
}

const flag = /^--?[A-Za-z]/;

export function parseFlags(words: readonly string[]): CommandLine {
  const leading: string[] = [];
  const flags: { name: string; values: string[]; joined: boolean }[] = [];
  for (const word of words) {
    const last = flags.at(-1);
    if (!flag.test(word) && word !== "--") {
      (last?.values ?? leading).push(word);
      continue;
    }
    const equals = word.indexOf("=");
    const joined = equals !== -1;
    flags.push({
      name: flagName(joined ? word.slice(0, equals) : word),
      values: joined ? [word.slice(equals + 1)] : [],
      joined,
    });
  }
  return { leading, flags };
}

function flagName(written: string): string {
  if (!written.includes("_")) return written;
  const dot = written.indexOf(".");
  const head = dot === -1 ? written : written.slice(0, dot);
  return head.replaceAll("_", "-") + written.slice(head.length);
}
