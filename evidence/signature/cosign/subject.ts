import * as z from "zod";
import { shortDigest, type Digest } from "../../../policies/digest.ts";
import { show } from "../../../policies/show.ts";
import { parseStrictJson } from "../../../registry/strict-json.ts";

/** An in-toto Statement. https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const statement = z.object({
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.string(),
});

/** What cosign 3 writes in a signature that is a statement. */
export const cosignSign = "https://sigstore.dev/cosign/sign/v1";

/** The payload of a simple signature. https://github.com/containers/image/blob/main/docs/containers-signature.5.md */
const simpleSigning = z.object({
  critical: z.object({
    type: z.literal("cosign container image signature"),
    image: z.object({ "docker-manifest-digest": z.string() }),
  }),
});

/** Why a verified statement is no signature of this digest; undefined where it is one. */
export function objectionToStatement(payload: Uint8Array, digest: Digest): string | undefined {
  const parsed = statement.safeParse(read(payload));
  if (!parsed.success) return "what is signed is no in-toto statement";
  const { predicateType, subject } = parsed.data;
  if (predicateType !== cosignSign)
    return `what is signed is an attestation of type ${show(predicateType)}, which does not vouch for the artifact`;
  const named = subject.map((one) => `sha256:${one.digest["sha256"] ?? ""}`);
  return named.includes(digest)
    ? undefined
    : `the signature is over ${show(shortDigest(named[0] ?? ""))}, not over this artifact`;
}

/** The same for the payload of a simple signature. The name in it is not looked at: a digest is the same everywhere. */
export function objectionToSimpleSigning(payload: Uint8Array, digest: Digest): string | undefined {
  const parsed = simpleSigning.safeParse(read(payload));
  if (!parsed.success) return "what is signed is no payload of cosign's";
  const named = parsed.data.critical.image["docker-manifest-digest"];
  return named === digest ? undefined : `the signature is over ${show(shortDigest(named))}, not over this artifact`;
}

function read(payload: Uint8Array): unknown {
  try {
    return parseStrictJson(payload);
  } catch {
    return undefined;
  }
}
