import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { compileSigner } from "../../policies/language/signer.ts";
import type { Digest } from "../../policies/digest.ts";
import { show } from "../../policies/show.ts";
import type { Signer } from "../../policies/signer.ts";
import { unavailable } from "../../registry/errors.ts";
import { noTrust } from "../../evidence/signature/trust.ts";
import { verifySignature } from "../../evidence/signature/verify.ts";
import { attachBundle, checkReferrersSeen, type ReadWrite } from "../push/attach-bundle.ts";
import { findSignatureOf, type SignatureQuery } from "../push/find-signature.ts";
import type { Subject } from "../push/image.ts";
import type { UnsignedStatement } from "../push/statement.ts";
import { readCertificateIdentity, type CertificateIdentity } from "./certificate-identity.ts";
import { recordSignature, signByToken } from "./services-client.ts";
import { readIdentityToken } from "./identity-token.ts";
import type { TokenProvider } from "./find-token.ts";
import type { SigningServices } from "./services.ts";
import { SigningError } from "./signing-error.ts";

/** Who signs without a key of their own, with what, and what it must hold under. */
export interface KeylessSigning {
  readonly provider: TokenProvider;
  readonly services: SigningServices;
  /** Nothing is attached that does not verify under it. */
  readonly root: TrustedRoot;
}

/** A signature that can be found. */
export interface KeylessSignature extends CertificateIdentity {
  /** Of the manifest that holds it. */
  readonly digest: Digest;
  /** False where a timestamp says when, and no log: a policy then needs `transparencyLog: NotRequired`. */
  readonly logged: boolean;
}

/**
 * Signs a statement about an artifact with a certificate for the identity that a token proves, unless that identity has signed
 * it already. What was made is verified before it is attached, and found again afterwards. Throws PublishError, SigningError and RegistryError.
 */
export async function signKeyless(
  at: ReadWrite,
  repository: string,
  subject: Subject,
  statement: UnsignedStatement,
  signing: KeylessSigning,
  now: Date,
  signal: AbortSignal,
): Promise<KeylessSignature> {
  await checkReferrersSeen(at.source, repository, subject.digest, signal);
  const { provider, services } = signing;
  const token = readIdentityToken(await provider.getText(signal), provider.from, now);
  const certified = await signByToken(statement.payload, services, token, signal);
  const who = requireIdentity(certified.certificate);
  const wanted = toQuery(who, statement, signing, now);
  const find = (): Promise<Digest | undefined> =>
    findSignatureOf(at.source, repository, subject.digest, wanted, signal);
  const result = { ...who, logged: services.logs.length > 0 };
  const before = await find();
  if (before !== undefined) return { ...result, digest: before };
  const json = await recordSignature(certified, services, token, signal);
  await checkHolds(json, subject.digest, wanted);
  await attachBundle(at, repository, subject, { json, predicateType: statement.predicateType }, now, signal);
  const after = await find();
  if (after !== undefined) return { ...result, digest: after };
  throw unavailable(
    "no-answer",
    "the signature was attached, and cannot be read back: verify it before you rely on it",
  );
}

function requireIdentity(certificate: string): CertificateIdentity {
  const who = readCertificateIdentity(certificate);
  if (who !== undefined) return who;
  throw new SigningError("refused", "the certificate names no identity, or no issuer: nothing was attached");
}

function toQuery(
  who: CertificateIdentity,
  statement: UnsignedStatement,
  { services, root }: KeylessSigning,
  now: Date,
): SignatureQuery {
  const transparencyLog = services.logs.length > 0 ? "Required" : "NotRequired";
  const signer: Signer | string = compileSigner({ cosign: { ...who, transparencyLog } });
  if (typeof signer === "string")
    throw new SigningError("refused", `no policy could name this signer: ${signer}: nothing was attached`);
  return { signer, trust: { ...noTrust, root }, now, statement };
}

/** As a gate would: what is not good enough for it is not worth attaching. */
async function checkHolds(
  json: object,
  digest: Digest,
  { signer, trust, now, statement: { kind } }: SignatureQuery,
): Promise<void> {
  const attached = { kind, bytes: Buffer.from(JSON.stringify(json)) } as const;
  const verdict = await verifySignature(attached, { digest, manifest: new Uint8Array() }, signer, trust, now);
  if ("identity" in verdict) return;
  throw new SigningError(
    "refused",
    `the signature does not verify under the trusted root, and was not attached: ${show(verdict.message)}. Do the signing config and the trusted root belong together?`,
  );
}
