import * as z from "zod";
import { show } from "../../../policies/show.ts";
import { limits } from "../../../registry/limits.ts";
import { parseStrictJson } from "../../../registry/strict-json.ts";
import { statementPayloadType } from "../attestation/statement.ts";
import type { EnvelopeSignature } from "../attached-signature.ts";
import { encodePreAuth } from "../raw-signature.ts";
import { SignatureRejection } from "../rejection.ts";
import type { CosignSignature } from "./cosign-signature.ts";

/** `keyid` says whose a signature is meant to be. Whoever wrote it could write any, so that it is not read. */
const envelope = z.object({
  payloadType: z.string(),
  payload: z.base64(),
  signatures: z
    .array(z.object({ sig: z.base64().min(1) }))
    .min(1)
    .max(limits.envelopeSignatures),
});

/**
 * Reads a DSSE envelope that stands alone, and holds a statement that is the artifact itself. Nothing beside it says that a log
 * recorded it, or who holds the key. https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
 */
export function openEnvelope({ bytes }: EnvelopeSignature): CosignSignature {
  return {
    signedWith: "key",
    hint: undefined,
    readSigned() {
      const { payloadType, payload, signatures } = readEnvelope(bytes);
      return {
        bytes: encodePreAuth(payloadType, Buffer.from(payload, "base64")),
        signatures: signatures.map(({ sig }) => Buffer.from(sig, "base64")),
      };
    },
    toEntity() {
      const message =
        "a DSSE envelope without a bundle carries no entry of a transparency log, and the policy requires one";
      throw new SignatureRejection("LOG_ENTRY_MISSING", message);
    },
    checkSubject() {
      const { payloadType } = readEnvelope(bytes);
      if (payloadType === statementPayloadType) return;
      const message = `what is signed is of type ${show(payloadType)}, not an in-toto statement`;
      throw new SignatureRejection("PAYLOAD_TYPE_UNKNOWN", message);
    },
  };
}

const envelopes = new WeakMap<Uint8Array, z.infer<typeof envelope>>();

/** Parsed once for all signers that ask. */
function readEnvelope(bytes: Uint8Array): z.infer<typeof envelope> {
  const read = envelopes.get(bytes) ?? parseEnvelope(bytes);
  envelopes.set(bytes, read);
  return read;
}

function parseEnvelope(bytes: Uint8Array): z.infer<typeof envelope> {
  try {
    return envelope.parse(parseStrictJson(bytes));
  } catch (cause) {
    throw new SignatureRejection("BUNDLE_MALFORMED", "it cannot be read as a DSSE envelope with signatures", { cause });
  }
}
