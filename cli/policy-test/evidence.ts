import type { Discovery } from "../../evidence/discovery.ts";
import { listEvaluationPlaces, listModelPlaces, type ModelPlace } from "../../evidence/model-places.ts";
import type { ArtifactCache } from "../../evidence/artifact-cache.ts";
import type { SignatureCache } from "../../evidence/signature/signature-cache.ts";
import type {
  Benchmark,
  Content,
  Gap,
  ResultsArtifact,
  Signatures,
  VerifiedSignature,
} from "../../policies/artifact.ts";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import { toEvidenceKey, type Evidence, type EvidenceReference } from "../../policies/evidence.ts";
import type { Signer } from "../../policies/signer.ts";
import type { DiscoveredEvidence } from "../../policies/workload.ts";
import type { TestEvidence } from "../../policies/language/policy-test-schema.ts";

/** A store that knows what a policy test says the registries hold, and nothing else: it never waits. */
export function createTestStore(entries: readonly TestEvidence[]): ArtifactCache {
  const known = new Map(entries.map((entry) => [toEvidenceKey(entry.repository, toDigest(entry)), toEvidence(entry)]));
  const absent: Evidence = { kind: "absent", message: "the test's evidence holds no such digest in this repository" };
  const peek = (repository: string, digest: Digest): Evidence => known.get(toEvidenceKey(repository, digest)) ?? absent;
  return {
    peek,
    lookUp: async (repository, digest) => peek(repository, digest),
    usage: () => ({ entries: known.size, bytes: 0 }),
  };
}

/** What of an entry says who signed it, or revoked it. */
type Signed = Pick<TestEvidence, "repository" | "digest" | "signedBy"> &
  Partial<Pick<TestEvidence, "revokedBy" | "registration">> & { readonly state: string };

/**
 * Signatures, or revocations, as the test says: nothing is verified. An identity is taken to come from the issuer that the policy
 * names.
 */
export function toSignatures(entries: readonly Signed[], field: "signedBy" | "revokedBy" = "signedBy"): SignatureCache {
  const known = new Map(
    entries.map((entry) => [
      toEvidenceKey(entry.repository, toDigest(entry)),
      { by: entry[field] ?? [], state: entry.state, witness: toWitness(entry.registration) },
    ]),
  );
  const peek: SignatureCache["peek"] = (repository, digest, required) => {
    const { by = [], state, witness } = known.get(toEvidenceKey(repository, digest)) ?? {};
    if (state === "unavailable") return couldNotLook(repository);
    const verified = required
      .flatMap(({ any }) => any)
      .flatMap((signer) =>
        by.filter((who) => isBy(signer, who)).map((identity) => ({ signer: signer.id, identity, ...witness })),
      );
    return { kind: "checked", seen: by.length, verified, problems: [] };
  };
  return {
    peek,
    lookUp: async (repository, digest, required) => peek(repository, digest, required) ?? nothing,
    ofAttestation: ({ repository, digest }, _, required) => peek(repository, digest, required) ?? nothing,
  };
}

/** When a registration was signed: as the test says, and nothing is verified. */
function toWitness(registration: TestEvidence["registration"]): Pick<VerifiedSignature, "witness"> {
  if (registration === undefined) return {};
  const { registeredAt: at } = registration;
  const message = "the test gives no time (registeredAt)";
  return { witness: at === undefined ? { kind: "unknown", message } : { kind: "known", at } };
}

function couldNotLook(repository: string): Signatures {
  return { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: `${repository} could not be reached` };
}

/** What the test's evidence refers to, where it has a subject, as registries list it. It never waits. */
export function toDiscovery(entries: readonly TestEvidence[]): Discovery {
  const listAt = (places: readonly ModelPlace[]): DiscoveredEvidence => ({
    references: places.flatMap(({ repository, digest: subject }) =>
      entries
        .filter((entry) => entry.repository === repository && entry.subject === subject)
        .map((entry): EvidenceReference => {
          const digest = toDigest(entry);
          return { kind: "full", text: toEvidenceKey(repository, digest), repository, digest };
        }),
    ),
    problems: [],
  });
  return {
    find: (workload, policies) =>
      listAt(
        listModelPlaces(
          workload,
          policies.filter(({ discover }) => discover),
        ),
      ),
    list: (workload, policies) =>
      listAt(
        listEvaluationPlaces(
          workload,
          policies.filter(({ newest }) => newest),
        ),
      ),
  };
}

const nothing: Signatures = { kind: "checked", seen: 0, verified: [], problems: [] };

function isBy(signer: Signer, who: string): boolean {
  if (signer.kind === "identity") return signer.isNamed(who);
  if (signer.kind === "notation") return signer.identities.includes(who);
  return "pem" in signer.key ? signer.key.pem.trim() === who.trim() : signer.key.file === who;
}

function toEvidence(entry: TestEvidence): Evidence {
  switch (entry.state) {
    case "found":
      return { kind: "found", artifact: toArtifact(entry) };
    case "absent":
      return { kind: "absent", message: `${entry.repository} holds no such digest` };
    case "corrupt":
      return {
        kind: "refused",
        reason: "EVIDENCE_CORRUPT",
        message: "the bytes do not hash to the digest in the annotation",
      };
    case "unavailable":
      return {
        kind: "unavailable",
        reason: "REGISTRY_UNAVAILABLE",
        message: `${entry.repository} could not be reached`,
      };
  }
}

function toArtifact(entry: TestEvidence): Extract<Evidence, { kind: "found" }>["artifact"] {
  const { repository, annotations } = entry;
  const subject = entry.subject === undefined ? undefined : parseDigest(entry.subject);
  const content = toContent(entry);
  const kind =
    entry.registration !== undefined ? "attestation" : content.kind === "read" ? "evalhub-results" : "generic";
  return {
    repository,
    digest: toDigest(entry),
    kind,
    annotations,
    subject,
    content,
    signatures: { kind: "not-looked-for" },
  };
}

function toContent({ benchmarks, completedAt, registration }: TestEvidence): Content {
  if (registration !== undefined) return toRegistration(registration);
  if (benchmarks === undefined && completedAt === undefined) return { kind: "none" };
  const read = (benchmarks ?? []).map(toBenchmark);
  const evaluators = read.flatMap(({ evaluator }) => evaluator ?? []);
  const each = new Map(evaluators.map((one) => [JSON.stringify([one.name, one.version]), one]));
  return { kind: "read", benchmarks: read, completedAt, ...(each.size > 0 && { evaluators: [...each.values()] }) };
}

function toRegistration(registration: NonNullable<TestEvidence["registration"]>): Content {
  const { metric, comparator, threshold } = registration;
  const bar = { manifest: parse(registration.manifest), metric, comparator, threshold, dataset: undefined };
  const statement = { bundle: "", form: "bundle", subjects: [], passed: undefined, verifier: undefined } as const;
  return {
    kind: "read",
    benchmarks: [],
    completedAt: undefined,
    attestation: { ...statement, registration: bar },
  };
}

type TestBenchmark = NonNullable<TestEvidence["benchmarks"]>[number];

function toBenchmark(written: TestBenchmark): Benchmark {
  const { provider, id, metrics, passed, version, evaluator, samples, complete } = written;
  const { bounds, preRegistration: named, resultsArtifact: state } = written;
  return {
    provider,
    id,
    metrics: new Map(Object.entries(metrics)),
    passed,
    version,
    samples: samples === undefined ? undefined : { scored: samples, total: undefined },
    gaps: complete === undefined ? undefined : complete ? [] : [partOnly],
    ...(bounds && { bounds }),
    ...(named && {
      preRegistration: { manifest: parse(named.manifest), evaluatedAt: named.evaluatedAt, dataset: undefined },
    }),
    ...(evaluator && { evaluator: { name: evaluator.name, version: evaluator.version } }),
    ...(state === undefined ? {} : { resultsArtifact: resultsArtifacts[state] }),
  };
}

const partOnly: Gap = { kind: "limited", message: "limited to a part of its samples" };

const resultsArtifacts = {
  Agrees: { kind: "agrees" },
  None: { kind: "none" },
  Disagrees: {
    kind: "disagrees",
    reason: "ARTIFACT_INVALID",
    message: "the results that the card names say something else",
  },
  Unavailable: {
    kind: "unavailable",
    reason: "REGISTRY_UNAVAILABLE",
    message: "the results that the card names could not be reached",
  },
} as const satisfies Readonly<Record<string, ResultsArtifact>>;

function toDigest({ digest }: Pick<TestEvidence, "digest">): Digest {
  return parse(digest);
}

function parse(digest: string): Digest {
  const parsed = parseDigest(digest);
  if (parsed === undefined) throw new Error("a malformed digest got past the schema");
  return parsed;
}
