import * as z from "zod";
import { shortenDigest, type Digest } from "../../../policies/digest.ts";
import { show } from "../../../policies/show.ts";
import { parseStrictJson } from "../../../registry/strict-json.ts";
import { parseListOf, parseMapOf } from "../../stop-at-first.ts";
import { SignatureRejection } from "../rejection.ts";

/** An in-toto Statement. https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const statement = z.object({
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  subject: parseListOf(z.object({ digest: parseMapOf(z.string()) }), { min: 1 }),
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

/** Throws SignatureRejection unless the verified statement is a signature of this digest. */
export function checkStatementSubject(payload: Uint8Array, digest: Digest): void {
  const parsed = statement.safeParse(read(payload));
  if (!parsed.success)
    throw new SignatureRejection("STATEMENT_MALFORMED", "what is signed is not an in-toto statement");
  const { predicateType, subject } = parsed.data;
  if (predicateType !== cosignSign)
    throw new SignatureRejection(
      "PREDICATE_TYPE_UNKNOWN",
      `what is signed is an attestation of type ${show(predicateType)}, which does not vouch for the artifact`,
    );
  const named = subject.map((one) => `sha256:${one.digest["sha256"] ?? ""}`);
  if (!named.includes(digest)) throw otherTarget(named[0] ?? "");
}

/** The same for the payload of a simple signature. The name in it is not looked at: a digest is the same everywhere. */
export function checkPayloadSubject(payload: Uint8Array, digest: Digest): void {
  const parsed = simpleSigning.safeParse(read(payload));
  if (!parsed.success) throw new SignatureRejection("PAYLOAD_MALFORMED", "what is signed is not a payload of cosign's");
  const named = parsed.data.critical.image["docker-manifest-digest"];
  if (named !== digest) throw otherTarget(named);
}

function otherTarget(named: string): SignatureRejection {
  return new SignatureRejection(
    "TARGET_MISMATCH",
    `the signature is over ${show(shortenDigest(named))}, not over this artifact`,
  );
}

function read(payload: Uint8Array): unknown {
  try {
    return parseStrictJson(payload);
  } catch {
    return undefined;
  }
}
