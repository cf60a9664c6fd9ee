import type { FlagTable } from "./tables/table.ts";

/** A server's flags and those that another version or a wrapper has besides; the map is made when it is first asked for. */
export function joinTables(server: FlagTable, more: FlagTable): FlagTable {
  let flags: FlagTable["flags"] | undefined;
  const { package: name, version, oldest, positionals, allowAbbrev, underscores } = server;
  return {
    package: name,
    version,
    oldest,
    positionals,
    allowAbbrev,
    underscores,
    get flags() {
      return (flags ??= new Map([...more.flags, ...server.flags]));
    },
  };
}
