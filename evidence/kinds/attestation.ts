import * as z from "zod";
import type { Attestation, Content } from "../../policies/artifact.ts";
import { refused } from "../errors.ts";
import { limits } from "../../registry/limits.ts";
import type { Manifest } from "../../registry/manifest.ts";
import { bundleType } from "../signature/referring-signatures.ts";
import { AttestationError } from "../signature/attestation/problem.ts";
import { readStatement, statementPayloadType } from "../signature/attestation/statement.ts";
import type { Kind } from "./kind.ts";
import { checkName } from "./names.ts";
import { readJson } from "./read-json.ts";

/**
 * A signed in-toto statement: in the envelope of a Sigstore bundle, which is what `cosign attest` attaches, or in a DSSE envelope
 * that stands alone. Its results are claims until the envelope's signature is verified, which takes the signers of a policy.
 * https://docs.sigstore.dev/about/bundle/ and https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
 */
export const attestation: Kind = {
  name: "attestation",
  matches: ({ artifactType, layers }: Manifest) =>
    isSigned(artifactType ?? "") || layers.some(({ mediaType }) => isSigned(mediaType)),

  async readContent({ layers: [layer, ...others] }, reading): Promise<Content> {
    if (others.length > 0) throw refused("ARTIFACT_INVALID", "an attestation has exactly one layer");
    if (layer.size > limits.signatureBytes)
      throw refused(
        "ARTIFACT_INVALID",
        `the bundle has ${layer.size} bytes, but the limit is ${limits.signatureBytes}`,
      );
    return reading.layer(layer, async (bytes, takePlace) => {
      reading.budget.spend("bytes", bytes.byteLength);
      const { form, payloadType, payload } = openEnvelope(await readJson(bytes, reading, takePlace));
      if (payloadType !== statementPayloadType)
        throw refused("ARTIFACT_INVALID", `the ${form} does not hold an in-toto statement`);
      return understand(Buffer.from(payload, "base64"), form, bytes.toString("utf8"));
    });
  },
};

/** The media types of an envelope that stands alone: DSSE's own, and in-toto's, in which the predicate may be named. */
const envelopeType = /^application\/vnd\.(?:dsse\.envelope\.v1\+json|in-toto(?:\.[A-Za-z0-9-]+)*\+dsse)$/;

function isSigned(mediaType: string): boolean {
  return bundleType.test(mediaType) || envelopeType.test(mediaType);
}

const envelope = z.object({ payloadType: z.string(), payload: z.base64() });
const bundle = z.object({ dsseEnvelope: envelope });
const loneEnvelope = envelope.extend({ signatures: z.array(z.unknown()) });

type Opened = z.infer<typeof envelope> & Pick<Attestation, "form">;

/** Which of the two it is shows in its shape: media types of both are in use for both. */
function openEnvelope(value: unknown): Opened {
  const bundled = bundle.safeParse(value);
  if (bundled.success) return { form: "bundle", ...bundled.data.dsseEnvelope };
  const alone = loneEnvelope.safeParse(value);
  if (!alone.success) throw refused("ARTIFACT_INVALID", "it holds a signature, or something else, and not a statement");
  if (alone.data.signatures.length > limits.envelopeSignatures)
    throw refused("ARTIFACT_INVALID", `the envelope has more than ${limits.envelopeSignatures} signatures`);
  return { form: "envelope", ...alone.data };
}

function understand(payload: Uint8Array, form: Opened["form"], text: string): Content {
  try {
    const { subjects, passed, verdicts, provider, suite, verifier, verifiedAt, registration } = readStatement(payload);
    if (verdicts.length > limits.benchmarks)
      throw refused("ARTIFACT_INVALID", `more than ${limits.benchmarks} results in one statement`);
    return {
      kind: "read",
      benchmarks: verdicts.map(([id, verdict]) => ({
        provider: checkName(provider, "verifier"),
        id: checkName(id, "test"),
        metrics: new Map(),
        passed: verdict,
        ...suite,
      })),
      completedAt: verifiedAt,
      attestation: { bundle: text, form, subjects, passed, verifier, ...(registration && { registration }) },
    };
  } catch (error) {
    if (error instanceof AttestationError) throw refused("ARTIFACT_INVALID", error.message);
    throw error;
  }
}
