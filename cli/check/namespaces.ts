import type { StringMap } from "../../policies/workload.ts";
import { listConfiguredNamespaces, type Config } from "../../config/config.ts";
import type { Manifest } from "./manifests.ts";

/** The labels of a namespace; undefined where nobody knows them. */
export type NamespaceLabels = (namespace: string) => StringMap | undefined;

/**
 * Labels of namespaces, by the first that knows: the command line, for all of them; Namespace manifests; the configuration.
 * Undefined, as in a cluster, where nobody does.
 */
export function findNamespaceLabels(
  given: StringMap | undefined,
  manifests: readonly Manifest[],
  config: Config,
): NamespaceLabels {
  const declared = new Map(manifests.filter(isNamespace).map(({ name, labels }) => [name, readTexts(labels)]));
  const configured = listConfiguredNamespaces(config);
  return (namespace) => given ?? declared.get(namespace) ?? configured(namespace);
}

/** True for a core Namespace. */
export function isNamespace({ group, kind }: Manifest): boolean {
  return group === "" && kind === "Namespace";
}

function readTexts(labels: Manifest["labels"]): StringMap {
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
