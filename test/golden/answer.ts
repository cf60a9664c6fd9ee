import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import { createDiscovery } from "../../evidence/discovery.ts";
import { createModelIndexCache } from "../../evidence/model-index/index-cache.ts";
import { createRevocationCache } from "../../evidence/signature/revocation/revocation-cache.ts";
import { createSignatureCache } from "../../evidence/signature/signature-cache.ts";
import { noTrust } from "../../evidence/signature/trust.ts";
import { EvidenceError } from "../../evidence/errors.ts";
import { loadPolicySet } from "../../policies/language/load.ts";
import { builtinControllers } from "../../webhook/admission/delegation.ts";
import { createGate } from "../../webhook/admission/gate.ts";
import { respond, type ReviewResponse } from "../../webhook/admission/response.ts";
import { parseReview } from "../../webhook/admission/review.ts";
import { toClaimKey } from "../../workload/hardware/claims.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { sha256 } from "../../runtime/sha256.ts";
import { createMemorySource } from "../support/memory-source.ts";
import type { GoldenCase } from "./case.ts";
import { now } from "../support/builders/evaluation.ts";

/** The exact answer of the gate to a case: everything but the network and the clock is real. */
export async function answer(one: GoldenCase): Promise<ReviewResponse> {
  const gate = createGate({
    ...readFrom(one),
    policies: compileAll(one),
    namespaceLabels: () => one.namespaceLabels ?? undefined,
    kinds: builtinKinds,
    controllers: builtinControllers,
    claims: resolveBy(one),
    settings: { noMatch: one.noMatch, maxExceptionMs: 30 * 86_400_000 },
    now: () => new Date(now),
    elapsedMs: () => 0,
  });
  const review = parseReview(one.request);
  const { decision } = await gate.judge(review, { signal: () => AbortSignal.timeout(10_000) });
  return respond(review.uid, decision);
}

type Dependencies = Parameters<typeof createGate>[0];

/** What the gate reads evidence with. */
function readFrom({ evidence, faults }: GoldenCase) {
  const source = createMemorySource(...evidence);
  source.intercept = (asked) => {
    const fault = faults[asked.slice(asked.lastIndexOf("@") + 1)];
    if (fault !== undefined) throw new EvidenceError(fault);
    return undefined;
  };
  return {
    signatures: createSignatureCache(source, () => noTrust),
    revocations: createRevocationCache(source, () => noTrust),
    modelSignatures: createSignatureCache(source, () => noTrust, { of: "model" }),
    modelIndexes: createModelIndexCache(source),
    discovery: createDiscovery(source),
    store: createArtifactCache(source, { hit: () => undefined, miss: () => undefined }),
  };
}

function compileAll({ policies }: GoldenCase): Dependencies["policies"] {
  const files = Object.entries(policies).map(([path, document]) => ({ path, text: JSON.stringify(document) }));
  const loaded = loadPolicySet(files, sha256);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return () => loaded.set;
}

function resolveBy({ claims }: GoldenCase): Dependencies["claims"] {
  return (
    claims && {
      resolve: (_namespace, claim) => Promise.resolve(claims[toClaimKey(claim)] ?? { kind: "unknown", why: "none" }),
    }
  );
}

/** A case and its answer, as its golden file holds them. */
export function fileText(one: GoldenCase, response: ReviewResponse): string {
  const evidence = one.evidence.map(({ digest, manifest, blobs }) => ({
    digest,
    manifest: manifest.toString(),
    blobs: Object.fromEntries([...blobs].map(([blob, bytes]) => [blob, bytes.toString("base64")])),
  }));
  return `${JSON.stringify({ ...one, evidence, response }, null, 2)}\n`;
}
