import { around } from "./familiar-objects.ts";
import { pods } from "./familiar-pods.ts";

/** The charts whose keys people know, at the versions that the keys were taken from. */
const knownCharts = { kyverno: "Kyverno 3.9.1", certManager: "cert-manager v1.21.2" } as const;

/** A key that other charts have, and what does the same here. */
export interface FamiliarValue {
  /** Keys of Kyverno's chart and of cert-manager's; empty where one has none. */
  readonly kyverno: string;
  readonly certManager: string;
  /** Ours, set to an example: `key=value`, or `key={…}` and `key=[…]` in JSON. */
  readonly ours: string;
  /** Where the example ends up: the kind of an object, a JSON pointer into it, and the value there. */
  readonly at: readonly [kind: string, pointer: string, value: unknown];
}

/** At least the keys that people look for first. A test renders each of ours. */
export const familiarValues: readonly FamiliarValue[] = [...pods, ...around].map(
  ([kyverno, certManager, ours, kind, pointer, value]) => ({ kyverno, certManager, ours, at: [kind, pointer, value] }),
);

/** docs/familiar-values.md. */
export function familiarPage(): string {
  const code = (key: string): string => (key === "" ? "" : `\`${key}\``);
  const rows = familiarValues.map(({ kyverno, certManager, ours, at: [kind, pointer] }) =>
    ["", code(kyverno), code(certManager), code(ours), `${kind} ${code(pointer)}`, ""].join(" | ").trim(),
  );
  return [
    "<!-- Made from scripts/chart-values by `npm run generate`. -->",
    "# Values of other charts",
    `This table maps values of the charts of ${knownCharts.kyverno} and ${knownCharts.certManager} to Assaygate's chart, each with an example. A test renders every example. deploy/chart/assaygate/README.md lists all values.`,
    [
      `| ${knownCharts.kyverno} | ${knownCharts.certManager} | here | where it is rendered |`,
      "| --- | --- | --- | --- |",
      ...rows,
    ].join("\n"),
    "Assaygate's chart has no custom `lifecycle` (use `preStopSeconds`), no custom requests for probes, and no `loadBalancerIP` (use an annotation on the Service). It also has no `matchConditions` or `objectSelector` for the webhooks, because they would read what the person who deploys can write.",
  ]
    .join("\n\n")
    .concat("\n");
}
