import type { Arity, Positional, TableText } from "../../workload/flags/tables/table.ts";

/** What `parsers.py` says of one version of a server. */
export interface Parsed {
  readonly flags: readonly ParsedFlag[];
  readonly positionals: readonly Positional[];
  readonly allowAbbrev: boolean;
}

interface ParsedFlag {
  readonly name: string;
  readonly canonical: string;
  readonly arity: Arity;
  readonly json: boolean;
}

/** Flags of several versions of one server, put together. */
export type Union = Omit<TableText, "package" | "version" | "oldest" | "underscores">;

/**
 * One table for all these versions, oldest first. The newest version that has a flag says what it stands for; where versions
 * do not agree how many words follow, it is `unsure`. A name that one version lacks and takes as the beginning of another
 * flag is compared with that flag.
 */
export function uniteTables(versions: readonly Parsed[]): Union {
  const newest = versions.at(-1);
  if (newest === undefined) throw new Error("no version to make a table of");
  if (versions.some(({ positionals }) => JSON.stringify(positionals) !== JSON.stringify(newest.positionals))) {
    throw new Error("the versions differ in their positional arguments: give them tables of their own");
  }
  const flags = new Map<string, ParsedFlag>();
  for (const flag of versions.flatMap((version) => version.flags)) flags.set(flag.name, settle(flag, versions));
  const allowAbbrev = versions.some((version) => version.allowAbbrev);
  return { positionals: newest.positionals, allowAbbrev, ...texts([...flags.values()]) };
}

function settle(flag: ParsedFlag, versions: readonly Parsed[]): ParsedFlag {
  const meanings = new Set(versions.flatMap((version) => meaningsOf(flag.name, version)));
  return meanings.size > 1 ? { ...flag, arity: "unsure" } : flag;
}

function meaningsOf(name: string, { flags, allowAbbrev }: Parsed): Arity[] {
  const exact = flags.filter((flag) => flag.name === name);
  if (exact.length > 0 || !allowAbbrev || !name.startsWith("--")) return exact.map(({ arity }) => arity);
  const longer = flags.filter((flag) => flag.name.startsWith(name));
  return new Set(longer.map(({ canonical }) => canonical)).size === 1 ? longer.map(({ arity }) => arity) : [];
}

function texts(flags: readonly ParsedFlag[]): Pick<TableText, Arity | "json"> {
  const made: Record<string, string> = {};
  for (const [arity, ofArity] of Map.groupBy(flags, (flag) => flag.arity)) {
    const entries = [...Map.groupBy(ofArity, ({ canonical }) => canonical)].flatMap(entriesOf);
    made[arity] = entries.toSorted().join(" ");
  }
  const json = new Set(flags.filter((flag) => flag.json).map(({ canonical }) => canonical));
  return json.size === 0 ? made : { ...made, json: [...json].toSorted().join(" ") };
}

/** Aliases whose flag takes another number of words, or is gone, stand for themselves. */
function entriesOf([canonical, flags]: [string, readonly ParsedFlag[]]): string[] {
  const names = flags.map(({ name }) => name).toSorted();
  if (!names.includes(canonical)) return names;
  return [[canonical, ...names.filter((name) => name !== canonical)].join("=")];
}
