import { evaluation, repository } from "../../test/support/builders/evaluation.ts";
import { policy, strict } from "../../test/support/builders/policy.ts";
import type { BuiltArtifact } from "../../test/support/artifacts.ts";
import { attached, bundleOf, seededKey, statementAbout } from "../../test/support/signatures.ts";
import { makeUsualReview } from "../review.ts";

const key = seededKey(1);
const artifact = evaluation();

/** An evaluation, and the bundle that signs it. */
export const signedArtifacts: readonly BuiltArtifact[] = [
  artifact,
  attached(bundleOf(key, statementAbout(artifact.digest)), artifact.digest),
];

const signers = [{ cosign: { publicKey: key.pem, transparencyLog: "NotRequired" } }];

/** Asks for evidence that is signed; without an age limit: a benchmark must not expire. */
export const signedPolicy = JSON.stringify(
  policy(
    { ...strict, environment: ["production"], maxAge: undefined },
    { evidence: { repositories: [repository], signers } },
  ),
);

/** Reviews of the usual size that differ as those of one manifest do that is applied again and again. */
export function makeSignedReviews(count: number): string[] {
  const usual = makeUsualReview(artifact);
  return Array.from({ length: count }, (_, at) => {
    const number = String(at).padStart(4, "0");
    const body = JSON.parse(usual) as { request: { uid: string; name: string; object: { metadata: Metadata } } };
    const { request } = body;
    request.uid = `705ab4f5-6393-11e8-b7cc-42010a80${number}`;
    request.name = `granite-${number}`;
    const { metadata } = request.object;
    metadata.name = request.name;
    metadata["uid"] = `0d1a3b5c-6393-11e8-b7cc-42010a80${number}`;
    metadata["resourceVersion"] = String(100_000 + at);
    metadata.annotations["example.com/applied-at"] = `2026-11-20T12:00:00.${number}Z`;
    return JSON.stringify(body);
  });
}

interface Metadata {
  name: string;
  annotations: Record<string, string>;
  [key: string]: unknown;
}
