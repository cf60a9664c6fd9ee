import type { KeyObject } from "node:crypto";
import { bundleFromJSON, type Bundle } from "@sigstore/bundle";
import {
  toSignedEntity,
  toTrustMaterial,
  Verifier,
  type SignedEntity,
  type Signer as Certified,
} from "@sigstore/verify";
import type { SignatureProblem, VerifiedSignature } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import { show } from "../../policies/show.ts";
import type { IdentitySigner, KeySigner, NotationSigner, Signer } from "../../policies/language/signer.ts";
import { parseStrictJson } from "../../registry/strict-json.ts";
import type { Candidate } from "./find-attached.ts";
import { holds, preAuthEncoding } from "./raw-signature.ts";
import { verifyNotation } from "./notation/verify.ts";
import { statementPayloadType } from "./attestation/statement.ts";
import { toBundle, type SimpleSigning } from "./cosign/simple-signing.ts";
import { objectionToSimpleSigning, objectionToStatement } from "./cosign/subject.ts";
import { fingerprintOf, hintOf, keyOf, type Trust } from "./trust.ts";

export interface Target {
  readonly digest: Digest;
  /** Its bytes, proved. */
  readonly manifest: Uint8Array;
}

/** Thrown and caught in this file: what stands between a candidate and a signer. */
class Objection extends Error {
  readonly kind: SignatureProblem["kind"];
  constructor(kind: SignatureProblem["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Whether the candidate is this signer's signature over exactly the target at a time, and if not, why. No network. */
export function verifySignature(
  candidate: Candidate,
  target: Target,
  signer: Signer,
  trust: Trust,
  now: Date,
): VerifiedSignature | SignatureProblem {
  try {
    return { signer: signer.id, identity: verifyBy(candidate, target, signer, trust, now) };
  } catch (cause) {
    if (cause instanceof Objection) return { signer: signer.id, kind: cause.kind, message: cause.message };
    // What a library says of hostile bytes.
    const message = cause instanceof Error ? show(cause.message) : "it cannot be verified";
    return { signer: signer.id, kind: "invalid", message };
  }
}

function verifyBy(candidate: Candidate, target: Target, signer: Signer, trust: Trust, now: Date): string {
  if (candidate.kind === "broken") throw new Objection("invalid", candidate.message);
  if (signer.kind === "notation") return verifyByNotation(candidate, target, signer, trust, now);
  if (candidate.kind === "notation")
    throw new Objection("other-signer", "signed as the Notary Project has it, not by cosign");
  return signer.kind === "key"
    ? verifyByKey(candidate, target, signer, trust)
    : verifyByIdentity(candidate, target, signer, trust);
}

type BundleCandidate = Extract<Candidate, { kind: "bundle" | "attestation" }>;
type CosignCandidate = Extract<Candidate, { kind: "bundle" | "attestation" | "simple-signing" }>;

/** What says that somebody else signed, rather than that a signature is broken. */
const othersProblems: ReadonlySet<string> = new Set(["CERTIFICATE_NOT_TRUSTED", "IDENTITY_NOT_TRUSTED"]);

function verifyByNotation(
  candidate: Exclude<Candidate, { kind: "broken" }>,
  { digest, manifest }: Target,
  { trustStore, identities }: NotationSigner,
  { stores }: Trust,
  now: Date,
): string {
  if (candidate.kind !== "notation")
    throw new Objection("other-signer", "signed by cosign, not as the Notary Project has it");
  const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: manifest.byteLength };
  const result = verifyNotation(candidate.bytes, target, { stores, trustStore, identities }, now);
  // Not the store: whoever is in two of them is still one.
  if (result.verified) return result.signer;
  throw new Objection(othersProblems.has(result.problem) ? "other-signer" : "invalid", show(result.message));
}

function verifyByKey(candidate: CosignCandidate, target: Target, signer: KeySigner, trust: Trust): string {
  const key = keyOf(signer, trust);
  if (typeof key === "string") throw new Objection("invalid", key);
  switch (candidate.kind) {
    case "simple-signing":
      verifySimpleSigning(candidate, target, signer, key, trust);
      break;
    case "bundle":
    case "attestation":
      verifyBundleByKey(candidate, target, signer, key, trust);
  }
  return `key ${fingerprintOf(key)}`;
}

function verifySimpleSigning(
  candidate: SimpleSigning,
  { digest }: Target,
  { logged }: KeySigner,
  key: KeyObject,
  { root }: Trust,
): void {
  const { payload, signature, certificate, logEntry } = candidate;
  if (certificate !== undefined) throw new Objection("other-signer", "signed with a certificate, not with a key");
  if (logged && root === undefined) throw new Objection("invalid", noRoot);
  // It says nothing of its key, so that another's signature and one that was tampered with look the same.
  if (!holds(payload, key, Buffer.from(signature, "base64")))
    throw new Objection("other-signer", "signed with another key, or changed since");
  const objection = objectionToSimpleSigning(payload, digest);
  if (objection !== undefined) throw new Objection("invalid", objection);
  if (!logged || root === undefined) return;
  if (logEntry === undefined)
    throw new Objection("invalid", "no transparency log recorded it, and the policy requires one");
  verifyLogged(toSignedEntity(bundleIn(candidate), Buffer.from(payload)), key, root);
}

function verifyLogged(entity: SignedEntity, key: KeyObject, root: NonNullable<Trust["root"]>): void {
  const material = toTrustMaterial(root, () => ({ publicKey: key, validFor: () => true }));
  new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 }).verify(entity);
}

function bundleIn(candidate: SimpleSigning): Bundle {
  try {
    return toBundle(candidate);
  } catch {
    throw new Objection("invalid", "its certificate, log entry or timestamp cannot be read");
  }
}

function verifyBundleByKey(
  candidate: BundleCandidate,
  target: Target,
  { logged }: KeySigner,
  key: KeyObject,
  { root }: Trust,
): void {
  const bundle = readBundle(candidate.bytes);
  const { content } = bundle.verificationMaterial;
  if (content.$case !== "publicKey") throw new Objection("other-signer", "signed with a certificate, not with a key");
  if (logged && root === undefined) throw new Objection("invalid", noRoot);
  if (!isSignedBy(key, bundle, target)) {
    // One that does not hold under this key may be sound under another.
    if (content.publicKey.hint !== hintOf(key)) throw new Objection("other-signer", "signed with another key");
    throw new Objection("invalid", "it does not verify: changed since it was made");
  }
  if (logged && root !== undefined) verifyLogged(entityOf(bundle, target), key, root);
  objectTo(candidate, bundle, target);
}

function isSignedBy(key: KeyObject, { content }: Bundle, { manifest }: Target): boolean {
  if (content.$case === "messageSignature") return holds(manifest, key, content.messageSignature.signature);
  const { payload, payloadType, signatures } = content.dsseEnvelope;
  const [signature, ...more] = signatures;
  if (signature === undefined || more.length > 0)
    throw new Objection("invalid", `expected one signature in the envelope, found ${signatures.length}`);
  return holds(preAuthEncoding(payloadType, payload), key, signature.sig);
}

function verifyByIdentity(candidate: CosignCandidate, target: Target, signer: IdentitySigner, trust: Trust): string {
  const isOlder = candidate.kind === "simple-signing";
  if (isOlder && candidate.certificate === undefined)
    throw new Objection("other-signer", "signed with a key, not with a certificate");
  const bundle = isOlder ? bundleIn(candidate) : readBundle(candidate.bytes);
  if (bundle.verificationMaterial.content.$case === "publicKey")
    throw new Objection("other-signer", "signed with a key, not with a certificate");
  if (trust.root === undefined) throw new Objection("invalid", noRoot);
  const entity = isOlder ? toSignedEntity(bundle, Buffer.from(candidate.payload)) : entityOf(bundle, target);
  const timestamps = entity.timestamps.filter((one) => signer.logged || one.$case === "timestamp-authority");
  const verifier = new Verifier(toTrustMaterial(trust.root), {
    tlogThreshold: signer.logged ? 1 : 0,
    ctlogThreshold: signer.logged ? 1 : 0,
    timestampThreshold: 1,
  });
  const by = verifier.verify({ ...entity, timestamps, tlogEntries: signer.logged ? entity.tlogEntries : [] });
  const { issuer, identity } = identityOf(by);
  if (issuer !== signer.issuer || !signer.isNamed(identity))
    throw new Objection("other-signer", `signed by ${show(identity)} of ${show(issuer)}`);
  if (!isOlder) objectTo(candidate, bundle, target);
  else {
    const objection = objectionToSimpleSigning(candidate.payload, target.digest);
    if (objection !== undefined) throw new Objection("invalid", objection);
  }
  return `${identity} of ${issuer}`;
}

const noRoot =
  "the gate has no trusted root to check transparency logs, timestamps and certificates by: see signatures.trustedRoot in its configuration";

function identityOf({ identity }: Certified): { readonly issuer: string; readonly identity: string } {
  const [subject, issuer] = [identity?.subjectAlternativeName, identity?.extensions?.issuer];
  if (subject === undefined || issuer === undefined)
    throw new Objection("invalid", "the certificate names no identity, or no issuer");
  return { issuer, identity: subject };
}

const bundles = new WeakMap<Uint8Array, Bundle | "unreadable">();

/** Once for all signers and reviews that ask: the bytes are remembered, and what they say with them. */
function readBundle(bytes: Uint8Array): Bundle {
  const bundle = bundles.get(bytes) ?? parseBundle(bytes);
  bundles.set(bytes, bundle);
  if (bundle === "unreadable") throw new Objection("invalid", "it cannot be read as a Sigstore bundle");
  return bundle;
}

function parseBundle(bytes: Uint8Array): Bundle | "unreadable" {
  try {
    return bundleFromJSON(parseStrictJson(bytes));
  } catch {
    return "unreadable";
  }
}

/** A message signature is over the manifest's bytes; a statement carries what it is over. */
function entityOf(bundle: Bundle, { manifest }: Target): SignedEntity {
  return bundle.content.$case === "messageSignature"
    ? toSignedEntity(bundle, Buffer.from(manifest))
    : toSignedEntity(bundle);
}

/** Whose signature it is, is known: is it one of this artifact? A statement that is the artifact has been read as it stands. */
function objectTo({ kind }: BundleCandidate, { content }: Bundle, { digest }: Target): void {
  if (content.$case === "messageSignature") {
    if (kind === "attestation") throw new Objection("invalid", "what is signed is no statement");
    return;
  }
  const { payload, payloadType } = content.dsseEnvelope;
  if (kind === "attestation" && payloadType === statementPayloadType) return;
  const objection =
    payloadType === statementPayloadType
      ? objectionToStatement(payload, digest)
      : `what is signed is of type ${show(payloadType)}, not an in-toto statement`;
  if (objection !== undefined) throw new Objection("invalid", objection);
}
