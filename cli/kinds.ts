import { builtinKinds } from "../workload/kinds/builtin-kinds.ts";
import { mergeKinds, type KindTable } from "../workload/kinds/kinds.ts";
import type { Config } from "../config/config.ts";

/** The kinds that a gate of this configuration reads. */
export function listKinds({ kinds }: Config): KindTable {
  return mergeKinds(builtinKinds, kinds);
}
