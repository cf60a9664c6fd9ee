import { createHash } from "node:crypto";
import { bundleToJSON } from "@sigstore/bundle";
import { HashAlgorithm } from "@sigstore/protobuf-specs";
import type { Signature, Witness } from "@sigstore/sign";
import { encodePreAuth } from "../../evidence/signature/raw-signature.ts";
import { describeConnectionProblem } from "../../registry/remote/failure.ts";
import { show } from "../../policies/show.ts";
import { TimeUp, waitUnlessAborted } from "../../runtime/unless-aborted.ts";
import { statementType } from "../push/statement.ts";
import type { IdentityToken } from "./identity-token.ts";
import type { SigningServices } from "./services.ts";
import { SigningError } from "./signing-error.ts";
import { DSSEBundleBuilder, FulcioSigner, InternalError, RekorWitness, TSAWitness } from "./sigstore-sign.ts";

/** A signature over a statement, by a key that was thrown away, with the certificate for it. No log knows of it yet. */
export interface CertifiedSignature {
  readonly payload: Buffer;
  readonly signature: Signature;
  /** PEM. */
  readonly certificate: string;
}

/** What one request to a service may take, and how often it is made again. Rekor answers within some seconds at most. */
const patience = { timeout: 20_000, retry: { retries: 2, minTimeout: 250, maxTimeout: 2_000 } };

/** Has a new key certified, and signs with it. Throws SigningError. */
export async function signByToken(
  payload: Buffer,
  { authority }: SigningServices,
  token: IdentityToken,
  signal: AbortSignal,
): Promise<CertifiedSignature> {
  const identityProvider = { getToken: () => Promise.resolve(token.toSecret()) };
  const signer = new FulcioSigner({ fulcioBaseURL: authority, identityProvider, ...patience });
  const refuse = (cause: unknown): never => {
    throw toSigningError(`the certificate authority ${toHost(authority)}`, cause, token, describeToken(token));
  };
  const signature = await waitUnlessAborted(signer.sign(encodePreAuth(statementType, payload)), signal).catch(refuse);
  if (signature.key.$case !== "x509Certificate")
    throw new SigningError("unavailable", `the certificate authority ${toHost(authority)} gave no certificate`);
  return { payload, signature, certificate: signature.key.certificate };
}

/** Has the signature recorded and timestamped, and returns the bundle, JSON. Throws SigningError. */
export async function recordSignature(
  { payload, signature }: CertifiedSignature,
  { logs, timestampAuthorities }: SigningServices,
  token: IdentityToken,
  signal: AbortSignal,
): Promise<object> {
  const witnesses = [
    ...logs.map(({ url, version }) =>
      named(`the transparency log ${toHost(url)}`, createLogWitness(url, version), token),
    ),
    ...timestampAuthorities.map((url) =>
      named(`the timestamp authority ${toHost(url)}`, new TSAWitness({ tsaBaseURL: url, ...patience }), token),
    ),
  ];
  const builder = new DSSEBundleBuilder({ signer: { sign: () => Promise.resolve(signature) }, witnesses });
  try {
    const bundle = await waitUnlessAborted(builder.create({ data: payload, type: statementType }), signal);
    return Object(bundleToJSON(bundle));
  } catch (cause) {
    throw cause instanceof SigningError ? cause : toSigningError("a signing service", cause, token, "");
  }
}

/**
 * Rekor 2 takes an envelope as two kinds of entry: `dsse`, and `hashedrekord` over what is signed of it. Sigstore's verifier in
 * Go, and so cosign, knows the second alone: https://github.com/sigstore/sigstore-go/blob/v1.4.0/pkg/tlog/entry.go
 */
function createLogWitness(url: string, version: number): Witness {
  const log = new RekorWitness({ rekorBaseURL: url, majorApiVersion: version, ...patience });
  if (version !== 2) return log;
  return { testify: (content, key) => log.testify(toHashedRecord(content), key) };
}

type Signed = Parameters<Witness["testify"]>[0];

function toHashedRecord(content: Signed): Signed {
  if (content.$case !== "dsseEnvelope") return content;
  const { payloadType, payload, signatures } = content.dsseEnvelope;
  const digest = createHash("sha256").update(encodePreAuth(payloadType, payload)).digest();
  const messageDigest = { algorithm: HashAlgorithm.SHA2_256, digest };
  const signature = signatures[0]?.sig ?? Buffer.alloc(0);
  return { $case: "messageSignature", messageSignature: { messageDigest, signature } };
}

function named(who: string, one: Witness, token: IdentityToken): Witness {
  return {
    testify: (content, key) =>
      one.testify(content, key).catch((cause: unknown) => {
        throw toSigningError(who, cause, token, "");
      }),
  };
}

/** What the library says may quote the token, so that only what the service answered is taken from it, without the token. */
function toSigningError(who: string, cause: unknown, token: IdentityToken, hint: string): SigningError {
  if (cause instanceof TimeUp) return new SigningError("unavailable", `${who} gave no answer in time`, { cause });
  const inner: unknown = cause instanceof InternalError ? cause.cause : cause;
  const answered = readAnswer(inner);
  if (answered === undefined)
    return new SigningError(
      "unavailable",
      `${who}: ${describeConnectionProblem(inner)}; nothing was attached, try again`,
    );
  const said = show(answered.said.replaceAll(token.toSecret(), "…"));
  const isRefusal =
    answered.status >= 400 && answered.status < 500 && answered.status !== 408 && answered.status !== 429;
  const advice = isRefusal ? hint : "; nothing was attached, try again later";
  return new SigningError(isRefusal ? "refused" : "unavailable", `${who} answered ${said}${advice}`);
}

/** The library's error for an answer other than success: `(403) there was an error processing the identity token`. */
function readAnswer(cause: unknown): { readonly status: number; readonly said: string } | undefined {
  if (!(cause instanceof Error) || !("statusCode" in cause) || typeof cause.statusCode !== "number") return undefined;
  const said = cause.message.replace(/^\(\d+\) ?/, "");
  return { status: cause.statusCode, said: said === "" ? `${cause.statusCode}` : `${cause.statusCode}: ${said}` };
}

function describeToken({ issuer, audiences, from }: IdentityToken): string {
  const aimed = audiences.length === 0 ? "no audience" : `the audience ${audiences.map(show).join(", ")}`;
  return `; nothing was attached. The token of ${from} is by ${show(issuer)}, for ${aimed}: does this authority take tokens of that issuer and audience (mostly sigstore)?`;
}

function toHost(url: string): string {
  return new URL(url).host;
}
