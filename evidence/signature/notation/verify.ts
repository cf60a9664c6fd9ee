import { X509Certificate } from "node:crypto";
import * as z from "zod";
import { verifyJws } from "./algorithm.ts";
import { checkValidity, readChain, type Chain } from "./chain.ts";
import { parse, readEnvelope, type Envelope } from "./envelope.ts";
import { isTrusted } from "./identity.ts";
import { SignatureRejection, type RejectionCode } from "../rejection.ts";

/** The artifact that the signature must be about, as it was fetched. */
export interface NotationTarget {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Certificates, PEM. The type must be the one that the signing scheme asks for. */
export interface NotationTrustStore {
  readonly type: "ca" | "signingAuthority";
  readonly certificates: string;
}

/** Whose signatures of the Notary Project count. */
export interface NotationTrust {
  readonly stores: ReadonlyMap<string, NotationTrustStore>;
  /** The name of the store that counts. */
  readonly trustStore: string;
  /** `x509.subject: C=.., O=..`, or `*` alone. */
  readonly identities: readonly string[];
}

/** Whose signature it is, or why it does not count. */
export type NotationResult =
  | {
      readonly verified: true;
      /** The leaf's subject. */
      readonly signer: string;
      /** As the signer says. */
      readonly signingTime: Date;
      /** What a Notary Project verifier may check besides, and this one does not. */
      readonly notChecked: readonly ["revocation", "timestamp"];
    }
  | { readonly verified: false; readonly code: RejectionCode; readonly message: string };

const payloadSchema = z.strictObject({
  targetArtifact: z.looseObject({ mediaType: z.string(), digest: z.string(), size: z.int().nonnegative() }),
});

/**
 * Whether the JWS envelope is a Notary Project signature over the target by somebody trusted, at the time `now`.
 *
 * Never throws for what is in the bytes. Countersignatures are not read, so under `notary.x509` every certificate must
 * be valid now as well as at the signing time. https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#signature-verification-details
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { type NotationTarget, verifyNotation } from "./evidence/signature/notation/verify.ts";
 *
 * async function isSigned(envelope: Uint8Array, target: NotationTarget): Promise<boolean> {
 *   const store = { type: "ca", certificates: readFileSync("ca.crt", "utf8") } as const;
 *   const identities = ["x509.subject: C=US, O=Acme"];
 *   const trust = { stores: new Map([["acme", store]]), trustStore: "acme", identities };
 *   const result = await verifyNotation(envelope, target, trust, new Date());
 *   return result.verified;
 * }
 * ```
 */
export async function verifyNotation(
  bytes: Uint8Array,
  target: NotationTarget,
  trust: NotationTrust,
  now: Date,
): Promise<NotationResult> {
  try {
    const envelope = readEnvelope(bytes);
    const chain = readChain(envelope.chain);
    const [{ node, parsed }] = chain;
    await verifyJws(envelope.jws, envelope.algorithm, node.publicKey);
    checkTrust(chain, envelope, trust);
    if (!isTrusted(trust.identities, parsed.subjectName.toJSON())) {
      throw new SignatureRejection("IDENTITY_NOT_TRUSTED", `the signer ${parsed.subject} is not a trusted identity`);
    }
    checkTimes(chain, envelope, now);
    checkTarget(envelope.payload, target);
    const { signingTime } = envelope;
    return { verified: true, signer: parsed.subject, signingTime, notChecked: ["revocation", "timestamp"] };
  } catch (error) {
    if (!(error instanceof SignatureRejection)) throw error;
    return { verified: false, code: error.code, message: error.message };
  }
}

function checkTrust(chain: Chain, { scheme }: Envelope, { stores, trustStore }: NotationTrust): void {
  const store = stores.get(trustStore);
  if (store === undefined) throw new SignatureRejection("TRUST_STORE_UNKNOWN", `there is no trust store ${trustStore}`);
  const type = scheme === "notary.x509" ? "ca" : "signingAuthority";
  if (store.type !== type) {
    throw new SignatureRejection("CERTIFICATE_NOT_TRUSTED", `the scheme ${scheme} needs a trust store of type ${type}`);
  }
  const trusted = readStore(trustStore, store.certificates);
  if (!chain.some(({ node }) => trusted.some((one) => one.raw.equals(node.raw)))) {
    throw new SignatureRejection(
      "CERTIFICATE_NOT_TRUSTED",
      `no certificate of the chain is in the trust store ${trustStore}`,
    );
  }
}

function readStore(name: string, pem: string): X509Certificate[] {
  try {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) throw new TypeError("there is no certificate in it");
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new SignatureRejection("TRUST_STORE_INVALID", `the trust store ${name} cannot be read`, { cause: error });
  }
}

function checkTimes(chain: Chain, { scheme, signingTime, expiry }: Envelope, now: Date): void {
  checkValidity(chain, signingTime);
  if (scheme === "notary.x509") checkValidity(chain, now);
  else if (!(signingTime <= now)) throw new SignatureRejection("HEADER_INVALID", "the signing time is in the future");
  if (expiry !== undefined && !(now < expiry)) {
    throw new SignatureRejection("SIGNATURE_EXPIRED", `the signature expired at ${expiry.toISOString()}`);
  }
}

function checkTarget(payload: Uint8Array, target: NotationTarget): void {
  const { targetArtifact } = parse(payload, payloadSchema, "PAYLOAD_MALFORMED", "the signed payload");
  const differs = (["digest", "size", "mediaType"] as const).find((field) => targetArtifact[field] !== target[field]);
  if (differs === undefined) return;
  throw new SignatureRejection(
    "TARGET_MISMATCH",
    `the signature is over another artifact: ${differs} ${targetArtifact[differs]}, not ${target[differs]}`,
  );
}
