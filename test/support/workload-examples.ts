import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Json } from "./builders/json.ts";

/** The golden workloads: full manifests after the operators' own samples, in `test/golden/workloads`. */
export const workloadFolder = new URL("../golden/workloads/", import.meta.url);

/** By file name without its ending: `<key of the kind>`, or `<key of the kind>--<what is special>`. */
export const goldenWorkloads: ReadonlyMap<string, Json> = new Map(
  readdirSync(workloadFolder)
    .filter((file) => file.endsWith(".yaml"))
    .toSorted()
    .map((file) => [
      file.slice(0, -".yaml".length),
      parse(readFileSync(new URL(file, workloadFolder), "utf8")) as Json,
    ]),
);

/** One realistic object for each kind, by its key in the table. */
export const examples: Readonly<Record<string, Json>> = Object.fromEntries(
  [...goldenWorkloads].filter(([name]) => !name.includes("--")),
);
