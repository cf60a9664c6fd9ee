import type { ReadKeys } from "../../policies/decision/read-keys.ts";
import { selectPolicies } from "../../policies/decision/decide.ts";
import type { Keys } from "../../policies/expression.ts";
import type { Policy } from "../../policies/policy.ts";
import type { Workload } from "../../policies/workload.ts";
import type { ReadRecord } from "../record-schema.ts";
import type { Difference } from "./compare.ts";

/** Which policies about a workload are not those by which it was decided. */
export function comparePolicies(record: Pick<ReadRecord, "policies">, now: readonly Policy[]): Difference[] {
  const [before, after] = [record.policies, now].map((list) => new Map(list.map(({ name, digest }) => [name, digest])));
  const names = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...names].flatMap((name) => {
    const [old, today] = [before?.get(name), after?.get(name)];
    return old === today ? [] : [{ where: `policy ${name}`, field: "digest", before: old, after: today }];
  });
}

/**
 * What policies look up that nobody looked up for a record, because no policy asked for it then, in words: nobody knows what they
 * would say. Without a digest nothing is looked up.
 */
export function listUnrecordedLookUps(workload: Workload, policies: readonly Policy[]): string[] {
  const { models, references, discovered, listed, modelSignatures } = workload;
  if (models.every(({ digest }) => digest === undefined)) return [];
  const asking = selectPolicies(workload, policies);
  const isNamed = references.entries.length > 0 || references.problem !== undefined;
  const lacks: readonly (readonly [boolean, string])[] = [
    [listed === undefined && asking.some(({ newest }) => newest), "newer evaluations (evidence.newest)"],
    [
      !isNamed && discovered === undefined && asking.some(({ discover }) => discover),
      "evaluations (evidence.discover)",
    ],
    [
      modelSignatures === undefined &&
        asking.some(({ requirements }) => requirements.some(({ model }) => model.signedBy !== undefined)),
      "signatures of the model (model.signedBy)",
    ],
  ];
  return lacks.flatMap(([isLacking, what]) => (isLacking ? [what] : []));
}

/** What policies read of labels, annotations and flags that a record does not hold, in words. */
export function listUnrecordedKeys(keys: ReadKeys, recorded: NonNullable<ReadRecord["workload"]>["keys"]): string[] {
  const { labels, annotations, own, namespaceLabels, flags } = keys;
  const { ownLabels, ownAnnotations } = recorded;
  return [
    ...listMissing("label", labels, recorded.labels),
    ...listMissing("label", own.labels, [...recorded.labels, ...ownLabels]),
    ...listMissing("annotation", annotations, recorded.annotations),
    ...listMissing("annotation", own.annotations, [...recorded.annotations, ...ownAnnotations]),
    ...listMissing("namespace label", namespaceLabels, recorded.namespaceLabels),
    ...listMissing("flag", flags, recorded.flags),
  ];
}

function listMissing(what: string, keys: Keys, recorded: readonly string[]): string[] {
  if (recorded.includes("*")) return [];
  if (keys === "all") return [`every ${what}`];
  return [...keys].filter((key) => !recorded.includes(key)).map((key) => `${what} ${key}`);
}
