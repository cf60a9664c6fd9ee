import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { stringify } from "yaml";
import { valuesPage, valuesSchema } from "./chart-values/files.ts";
import { builtinKinds } from "../workload/kinds/builtin-kinds.ts";

type Generated = Readonly<Record<string, () => string>>;

const folder = "deploy/chart/assaygate/files";
const root = new URL("../", import.meta.url);

/**
 * What the Helm chart holds of other parts of the project, by path: a chart can read no file outside its own folder.
 * `definitions` are the custom resource definitions, by path.
 */
export function listChartFiles(definitions: Generated): Generated {
  return {
    "deploy/chart/assaygate/values.schema.json": valuesSchema,
    "deploy/chart/assaygate/README.md": valuesPage,
    [`${folder}/rules.yaml`]: webhookRules,
    [`${folder}/alerts.yaml`]: () => readFileSync(new URL("deploy/alerts/assaygate.yaml", root), "utf8"),
    [`${folder}/dashboard.json`]: () => readFileSync(new URL("deploy/dashboards/assaygate.json", root), "utf8"),
    ...Object.fromEntries(
      Object.entries(definitions).map(([path, make]) => [`${folder}/crds/${basename(path)}`, make]),
    ),
  };
}

/** Subresources in which a workload can change what it runs. */
const subresources: Readonly<Record<string, readonly string[]>> = { pods: ["pods/ephemeralcontainers"] };

/** The rules of the webhook that judges workloads: every kind that the gate reads, by API group. */
function webhookRules(): string {
  const groups = Map.groupBy(builtinKinds.values(), ({ group }) => group);
  const rules = [...groups].map(([group, kinds]) => ({
    apiGroups: [group],
    apiVersions: ["*"],
    operations: ["CREATE", "UPDATE"],
    resources: kinds
      .map(({ kind }) => `${kind.toLowerCase()}s`)
      .flatMap((name) => [name, ...(subresources[name] ?? [])]),
    scope: "Namespaced",
  }));
  return `# Made from workload/kinds/builtin-kinds.ts by \`npm run generate\`.\n${stringify(rules)}`;
}
