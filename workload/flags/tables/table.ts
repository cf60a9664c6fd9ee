/**
 * What the command lines of model servers take, as data: one file a server, beside this one.
 *
 * Those that begin with "Made by" come from the packages' own argument parsers and are renewed with
 * `npm run server-flags`, for the versions in `scripts/server-flags/packages.json`. The others are written by hand from the
 * source that each names. A table is the union of the versions between `oldest` and `version`: a flag that was removed is
 * still there, because an image may hold any of them.
 */

/**
 * How many words follow a flag: none; exactly one; any number, up to the next flag; one or none.
 * `unsure`: it depends on the version, or is a fixed number above one. Such a flag is understood only when joined with `=`.
 */
export type Arity = "none" | "one" | "many" | "optional" | "unsure";

/** What is known of one flag. */
export interface TableFlag {
  /** The flag that this name stands for. A `--no-` form stands for itself: it says the opposite. */
  readonly canonical: string;
  readonly arity: Arity;
  /** The value is JSON. For vLLM and what is built on it, a dotted path may follow the name: `--hf-overrides.architectures`. */
  readonly json: boolean;
}

/** Words of the command line that no flag takes. */
export interface Positional {
  readonly name: string;
  readonly arity: Arity;
}

/** The command line of one program, as its packages have it from `oldest` to `version`. */
export interface FlagTable {
  readonly package: string;
  readonly version: string;
  readonly oldest: string;
  /** By each name as it is written on a command line, short forms and aliases included. */
  readonly flags: ReadonlyMap<string, TableFlag>;
  /** In sequence, behind the command's own words. */
  readonly positionals: readonly Positional[];
  /** A unique beginning of a long name stands for it, as in Python's argparse. */
  readonly allowAbbrev: boolean;
  /** `_` may stand for `-` in a long name. */
  readonly underscores: boolean;
}

/** A table as its file writes it: in each text, names separated by spaces, and `canonical=alias=alias` where there are several. */
export interface TableText {
  readonly package: string;
  readonly version: string;
  readonly oldest: string;
  readonly positionals: readonly Positional[];
  readonly allowAbbrev: boolean;
  readonly underscores: boolean;
  readonly none?: string;
  readonly one?: string;
  readonly many?: string;
  readonly optional?: string;
  readonly unsure?: string;
  /** Canonical names, again, of the flags whose value is JSON. */
  readonly json?: string;
}

const arities = ["none", "one", "many", "optional", "unsure"] as const;

/** The map is made when it is first asked for: most programs meet only a few servers. */
export function toFlagTable({ none, one, many, optional, unsure, json, ...facts }: TableText): FlagTable {
  let made: FlagTable["flags"] | undefined;
  return {
    ...facts,
    get flags() {
      return (made ??= makeFlags({ none, one, many, optional, unsure }, new Set(words(json))));
    },
  };
}

function makeFlags(texts: Record<Arity, string | undefined>, json: ReadonlySet<string>): FlagTable["flags"] {
  const flags = new Map<string, TableFlag>();
  for (const arity of arities) {
    for (const entry of words(texts[arity])) {
      const names = entry.split("=");
      const canonical = names[0] ?? entry;
      const flag = { canonical, arity, json: json.has(canonical) };
      for (const name of names) flags.set(name, flag);
    }
  }
  return flags;
}

function words(text = ""): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
