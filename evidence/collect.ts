import { toEvidenceKey, type Evidence, type EvidenceReference, type EvidenceSet } from "../policies/evidence.ts";
import type { Policy, RequiredSigners } from "../policies/policy.ts";
import type { Artifact, Signatures } from "../policies/artifact.ts";
import type { ArtifactCache } from "./artifact-cache.ts";
import { deepFreeze } from "../runtime/deep-freeze.ts";
import { allOf, andThen, both, isNow, type NowOrLater } from "../runtime/now-or-later.ts";
import type { Deadline, Search } from "./search.ts";
import { followResults, type ResultStores } from "./follow-results.ts";
import { findRevocations, listRevokers, type RevocationCache } from "./signature/revocation/revocation-cache.ts";
import type { SignatureCache } from "./signature/signature-cache.ts";
import { getHost } from "./registry-of.ts";
import { isContentEvidence, needsContent } from "./needs-content.ts";

/** What evidence is collected for. */
export interface CollectInput {
  /** As the workload's author wrote them: attacker-controlled. */
  readonly references: readonly EvidenceReference[];
  /** The policies that the workload has to meet. */
  readonly policies: readonly Policy[];
}

/**
 * All the evidence that a decision about the workload reads: at once where everything is remembered, and otherwise as a
 * promise.
 *
 * Nothing is asked of a repository that none of the policies trusts. What cannot be had is evidence, too; only bugs are thrown.
 *
 * @example
 * ```ts
 * import { createArtifactCache } from "./evidence/artifact-cache.ts";
 * import { collectEvidence } from "./evidence/collect.ts";
 * import type { EvidenceSet } from "./policies/evidence.ts";
 * import type { Policy } from "./policies/policy.ts";
 * import type { Workload } from "./policies/workload.ts";
 * import { createHttpSource } from "./registry/remote/http-source.ts";
 *
 * async function collect({ references }: Workload, policies: readonly Policy[]): Promise<EvidenceSet> {
 *   await using source = createHttpSource();
 *   const store = createArtifactCache(source, { hit: () => undefined, miss: () => undefined });
 *   const signal = AbortSignal.timeout(10_000);
 *   return await collectEvidence(store, { references: references.entries, policies }, { signal: () => signal });
 * }
 * ```
 */
export function collectEvidence(
  store: ArtifactCache,
  input: CollectInput,
  deadline: Deadline,
  signatures?: SignatureCache,
  revocations?: RevocationCache,
): NowOrLater<EvidenceSet> {
  const searches = [...plan(input)];
  const stores: Stores = { store, signatures, revocations };
  const answers = searches.map(([, search]) => findStanding(stores, search, deadline));
  return andThen(allOf(answers), (all) => new Map(all.map((one, at) => [searches[at]?.[0] ?? "", one])));
}

/** Each place to look in, once, by its evidence key. */
function plan({ references, policies }: CollectInput): Map<string, Search> {
  const searches = new Map<string, Search>();
  for (const { repository, digest } of references.flatMap((reference) => listPlaces(reference, policies))) {
    const trusting = policies.filter(({ repositories }) => repositories.some((pattern) => pattern.matches(repository)));
    if (trusting.length > 0)
      searches.set(toEvidenceKey(repository, digest), { repository, digest, policies: trusting });
  }
  return searches;
}

/** A bare digest may lie in any repository that a policy names in full; a pattern cannot be searched. */
function listPlaces(
  reference: EvidenceReference,
  policies: readonly Policy[],
): Pick<Search, "repository" | "digest">[] {
  switch (reference.kind) {
    case "malformed":
      return [];
    case "full":
      return [reference];
    case "bare":
      return policies.flatMap(({ repositories }) =>
        repositories.filter(({ exact }) => exact).map(({ text }) => ({ repository: text, digest: reference.digest })),
      );
  }
}

/** Who is asked. */
interface Stores {
  readonly store: ArtifactCache;
  readonly signatures: SignatureCache | undefined;
  readonly revocations: RevocationCache | undefined;
}

/** The artifact as it was signed, and whether it was revoked where a policy asks. Neither waits for the other. */
function findStanding(stores: Stores, search: Search, deadline: Deadline): NowOrLater<Evidence> {
  const required = listRevokers(search.policies);
  const evidence = findSigned(stores, search, deadline);
  if (required.length === 0 || stores.revocations === undefined) return evidence;
  const revocations = findRevocations(stores.revocations, search, required, deadline);
  return andThen(both(evidence, revocations), ([one, found]) => withRevocations(one, found));
}

const revocable = new WeakMap<Artifact, WeakMap<Signatures, Evidence>>();

function withRevocations(evidence: Evidence, revocations: Signatures): Evidence {
  return withFacts(revocable, evidence, revocations, (artifact) => ({ ...artifact, revocations }));
}

/** The artifact, and its signatures where a policy asks for them. Neither waits for the other. */
function findSigned(
  { store, signatures, revocations }: Stores,
  search: Search,
  deadline: Deadline,
): NowOrLater<Evidence> {
  const required = search.policies.flatMap(({ requirements: [{ signers }] }) => signers ?? []);
  const evidence = findWithResults({ store, revocations }, search, deadline);
  if (required.length === 0 || signatures === undefined) return evidence;
  const { repository, digest } = search;
  const own = isNow(evidence) ? ownSignatures(signatures, evidence, required) : undefined;
  if (isNow(evidence) && own !== undefined) return withSignatures(evidence, own);
  const found =
    signatures.peek(repository, digest, required) ??
    signatures.lookUp(repository, digest, required, deadline.signal(getHost(repository)));
  return andThen(both(evidence, found), ([one, attached]) =>
    withSignatures(one, ownSignatures(signatures, one, required) ?? attached),
  );
}

/** A statement carries its signature in itself, and no other counts. */
function ownSignatures(
  signatures: SignatureCache,
  evidence: Evidence,
  required: readonly RequiredSigners[],
): Signatures | undefined {
  if (evidence.kind !== "found" || evidence.artifact.content.kind !== "read") return undefined;
  const { artifact } = evidence;
  const { attestation } = evidence.artifact.content;
  return attestation && signatures.ofAttestation(artifact, attestation, required);
}

const signed = new WeakMap<Artifact, WeakMap<Signatures, Evidence>>();

function withSignatures(evidence: Evidence, signatures: Signatures): Evidence {
  return withFacts(signed, evidence, signatures, (artifact) => ({ ...artifact, signatures }));
}

/** The same object for the same two, so that what is remembered of it is found again. */
function withFacts(
  made: WeakMap<Artifact, WeakMap<Signatures, Evidence>>,
  evidence: Evidence,
  facts: Signatures,
  join: (artifact: Artifact) => Artifact,
): Evidence {
  if (evidence.kind !== "found") return evidence;
  const { artifact } = evidence;
  const known = made.get(artifact) ?? new WeakMap<Signatures, Evidence>();
  const whole = known.get(facts) ?? deepFreeze<Evidence>({ kind: "found", artifact: join(artifact) });
  made.set(artifact, known.set(facts, whole));
  return whole;
}

/** An evaluation card comes with what became of the results artifacts that its rows name, where a policy asks for them. */
function findWithResults(stores: ResultStores, search: Search, deadline: Deadline): NowOrLater<Evidence> {
  return andThen(find(stores.store, search, deadline), (one) => followResults(stores, search, one, deadline));
}

function find(store: ArtifactCache, search: Search, deadline: Deadline): NowOrLater<Evidence> {
  const { repository, digest } = search;
  const plain =
    store.peek(repository, digest, false) ??
    store.lookUp(repository, digest, false, deadline.signal(getHost(repository)));
  return andThen(plain, (one) => findContent(store, search, one, deadline));
}

/** The artifact as its policies need it. Whether content is needed shows only when its annotations are known. */
function findContent(store: ArtifactCache, search: Search, plain: Evidence, deadline: Deadline): NowOrLater<Evidence> {
  if (plain.kind !== "found" || !search.policies.some((policy) => needsContent(policy, plain.artifact))) return plain;
  const { repository, digest } = search;
  const full = store.peek(repository, digest, true);
  if (full !== undefined) return promoteContentFailure(full);
  return store.lookUp(repository, digest, true, deadline.signal(getHost(repository))).then((evidence) =>
    // Those policies that need no content can still judge the rest.
    promoteContentFailure(
      evidence.kind === "unavailable"
        ? { kind: "found", artifact: { ...plain.artifact, content: evidence } }
        : evidence,
    ),
  );
}

/** Where the content is the evidence, what is wrong with it is wrong with all of it. */
function promoteContentFailure(evidence: Evidence): Evidence {
  if (evidence.kind !== "found" || !isContentEvidence(evidence.artifact)) return evidence;
  const { content } = evidence.artifact;
  return content.kind === "refused" || content.kind === "unavailable" ? content : evidence;
}
