import * as z from "zod";
import type { Content } from "../../policies/artifact.ts";
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
 * A Sigstore bundle whose envelope holds an in-toto statement: what `cosign attest` attaches. Its results are claims until
 * the envelope's signature is verified, which takes the signers of a policy. https://docs.sigstore.dev/about/bundle/
 */
export const attestation: Kind = {
  name: "attestation",
  matches: ({ artifactType, layers }: Manifest) =>
    bundleType.test(artifactType ?? "") || layers.some(({ mediaType }) => bundleType.test(mediaType)),

  async readContent({ layers: [layer, ...others] }, reading): Promise<Content> {
    if (others.length > 0) throw refused("ARTIFACT_INVALID", "an attestation has exactly one layer");
    if (layer.size > limits.signatureBytes)
      throw refused("ARTIFACT_INVALID", `the bundle has ${layer.size} bytes, the limit is ${limits.signatureBytes}`);
    return reading.layer(layer, async (bytes, takePlace) => {
      reading.budget.spend("bytes", bytes.byteLength);
      const parsed = bundle.safeParse(await readJson(bytes, reading, takePlace));
      if (!parsed.success) throw refused("ARTIFACT_INVALID", "the bundle holds a signature, not a statement");
      const { payloadType, payload } = parsed.data.dsseEnvelope;
      if (payloadType !== statementPayloadType)
        throw refused("ARTIFACT_INVALID", "the bundle's envelope does not hold an in-toto statement");
      return understand(Buffer.from(payload, "base64"), bytes.toString("utf8"));
    });
  },
};

const bundle = z.object({ dsseEnvelope: z.object({ payloadType: z.string(), payload: z.base64() }) });

function understand(payload: Uint8Array, text: string): Content {
  try {
    const { subjects, passed, verdicts, verifier, verifiedAt } = readStatement(payload);
    if (verdicts.length > limits.benchmarks)
      throw refused("ARTIFACT_INVALID", `more than ${limits.benchmarks} results in one statement`);
    return {
      kind: "read",
      benchmarks: verdicts.map(([id, verdict]) => ({
        provider: undefined,
        id: checkName(id, "test"),
        metrics: new Map(),
        passed: verdict,
      })),
      completedAt: verifiedAt,
      attestation: { bundle: text, subjects, passed, verifier },
    };
  } catch (error) {
    if (error instanceof AttestationError) throw refused("ARTIFACT_INVALID", error.message);
    throw error;
  }
}
