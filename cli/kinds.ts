import { builtinKinds } from "../webhook/admission/workload/builtin-kinds.ts";
import { mergeKinds, type KindTable } from "../webhook/admission/workload/kinds.ts";
import type { Config } from "../webhook/config.ts";

/** The kinds that a gate of this configuration reads. */
export function kindsOf({ kinds }: Config): KindTable {
  return mergeKinds(builtinKinds, kinds);
}
