import { loadPolicySet, type Sha256 } from "../../policies/language/load.ts";
import { apiVersion } from "../../policies/schema/fields.ts";
import type { Exception, Policy, PolicySet } from "../../policies/policy.ts";
import { RecordError } from "../record-error.ts";
import type { ReadRecord } from "../record-schema.ts";

/** The policies and the exception of a record, as they were; and which of them are not at hand, by name and digest. */
export interface RecordedPolicies {
  readonly policies: readonly Policy[];
  readonly exceptions: readonly Exception[];
  readonly missing: readonly string[];
}

/**
 * What a record was decided by: what it holds whole, and otherwise what has the same digest among those that are given. Throws
 * a RecordError where a policy in the record is not what its digest says.
 */
export function resolveRecordedPolicies(
  { policies, exemption }: Pick<ReadRecord, "policies" | "exemption">,
  given: PolicySet | undefined,
  sha256: Sha256,
): RecordedPolicies {
  const whole = loadWhole({ policies, exemption }, sha256);
  const found = policies.map(({ digest }) => find(digest, whole.policies, given?.policies ?? []));
  const exception = exemption && find(exemption.digest, whole.exceptions, given?.exceptions ?? []);
  const lost = policies
    .filter((_, at) => found[at] === undefined)
    .map(({ name, digest }) => `policy ${name} (${digest})`);
  const lostException =
    exemption !== undefined && exception === undefined ? [`exception ${exemption.name} (${exemption.digest})`] : [];
  return {
    policies: found.filter((one) => one !== undefined),
    exceptions: exception === undefined ? [] : [exception],
    missing: [...lost, ...lostException],
  };
}

function find<T extends { readonly digest: string }>(
  digest: string,
  ...lists: readonly (readonly T[])[]
): T | undefined {
  return lists.flat().find((one) => one.digest === digest);
}

function loadWhole({ policies, exemption }: Pick<ReadRecord, "policies" | "exemption">, sha256: Sha256): PolicySet {
  const documents = [
    ...policies.map((one) => ({ kind: "EvaluationPolicy", ...one })),
    ...(exemption === undefined ? [] : [{ kind: "EvaluationException", ...exemption }]),
  ].filter(({ spec }) => spec !== undefined);
  const files = documents.map(({ kind, name, spec }) => ({
    path: `the record's ${kind} ${name}`,
    text: JSON.stringify({ apiVersion, kind, metadata: { name }, spec }),
  }));
  const loaded = loadPolicySet(files, sha256, { mayBeEmpty: true });
  if (!loaded.ok) throw new RecordError(loaded.problems.map(({ file, message }) => `${file}: ${message}`).join("\n"));
  const digests = new Set([...loaded.set.policies, ...loaded.set.exceptions].map(({ digest }) => digest));
  const changed = documents.find(({ digest }) => !digests.has(digest));
  if (changed !== undefined)
    throw new RecordError(`the record's ${changed.kind} ${changed.name} is not what its digest says: it was changed`);
  return loaded.set;
}
