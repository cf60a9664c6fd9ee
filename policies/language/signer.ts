import { compileGlob } from "./glob.ts";
import type { PolicyDocument } from "../schema/policy.ts";
import { show } from "../show.ts";
import type { CosignSigner, Signer } from "../signer.ts";

/** A signer as a policy names it. */
export type SignerDocument = NonNullable<PolicyDocument["spec"]["evidence"]["signers"]>[number];

/** Base64 in between is checked where keys are used: reading one takes more than the core may import. */
const pem = /^\s*-----BEGIN PUBLIC KEY-----\s[\s\S]*-----END PUBLIC KEY-----\s*$/;
const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The signer, or what is wrong with it. */
export function compileSigner({ cosign, notation }: SignerDocument): Signer | string {
  if ((cosign === undefined) === (notation === undefined)) return "expected either cosign or notation";
  if (notation !== undefined) return compileNotation(notation);
  if (cosign === undefined) return "expected either cosign or notation";
  const { publicKey, keyRef, issuer, identity, transparencyLog = "Required", verifiers = [] } = cosign;
  const ways = [publicKey, keyRef, issuer ?? identity].filter((way) => way !== undefined);
  if (ways.length !== 1) return "expected one of publicKey, keyRef, or issuer and identity";
  const terms = { verifiers, logged: transparencyLog === "Required" };
  if (publicKey !== undefined) return compilePublicKey(publicKey, terms);
  if (keyRef !== undefined) return compileKeyFile(keyRef, terms);
  if (issuer === undefined || identity === undefined) return "expected both issuer and identity";
  return compileIdentity(issuer, identity, terms);
}

/** What a signer is asked for besides its key or name. */
type Terms = Pick<CosignSigner, "verifiers" | "logged">;

function compilePublicKey(publicKey: string, terms: Terms): Signer | string {
  if (!pem.test(publicKey)) return "publicKey is not a public key in PEM: expected -----BEGIN PUBLIC KEY-----";
  const id = JSON.stringify(["key", publicKey.replaceAll(/\s+/g, ""), terms.logged]);
  return { kind: "key", id, text: "a key in the policy", ...terms, key: { pem: publicKey } };
}

function compileKeyFile(keyRef: string, terms: Terms): Signer | string {
  if (!fileName.test(keyRef)) return "keyRef is the name of a file among the gate's keys, without a folder";
  const id = JSON.stringify(["keyRef", keyRef, terms.logged]);
  return { kind: "key", id, text: `key ${keyRef}`, ...terms, key: { file: keyRef } };
}

function compileIdentity(issuer: string, identity: string, terms: Terms): Signer | string {
  if (issuer.includes("*")) return "issuer is compared exactly: a wildcard would let in whoever runs an issuer";
  if (identity.includes("*") && !hasFixedDomain(identity))
    return "identity may hold * only where the domain is fixed: after https://host/, or before @domain";
  return {
    kind: "identity",
    id: JSON.stringify(["identity", issuer, identity, terms.logged]),
    text: `${show(identity)} of ${show(issuer)}`,
    ...terms,
    issuer,
    isNamed: compileGlob(identity),
  };
}

function compileNotation({ trustStore, identities }: NonNullable<SignerDocument["notation"]>): Signer | string {
  if (!fileName.test(trustStore)) return "trustStore is the name of a trust store of the gate's, without a folder";
  const wrong = identities.find((identity) => !/^x509\.subject: ?\S/.test(identity));
  if (wrong !== undefined)
    return `${show(wrong)} is not an identity: expected x509.subject: C=…, O=…. Whoever is in the trust store is not enough`;
  const id = JSON.stringify(["notation", trustStore, identities.toSorted()]);
  return {
    kind: "notation",
    id,
    text: `${identities.map(show).join(" or ")} of ${trustStore}`,
    verifiers: [],
    trustStore,
    identities,
  };
}

function hasFixedDomain(identity: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/*]+\//.test(identity) || /^[^/]*@[^@*/]+$/.test(identity);
}
