import type { Digest } from "../../policies/digest.ts";

/** The payload type of in-toto statements in envelopes. */
export const statementType = "application/vnd.in-toto+json";

/** The type of statement by which cosign 3 signs an artifact. */
const signPredicateType = "https://sigstore.dev/cosign/sign/v1";

/** What a statement is about. */
export interface StatementSubject {
  readonly name?: string | undefined;
  readonly digest: Digest;
}

/** An in-toto Statement as JSON. https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export function makeStatement({ name, digest }: StatementSubject, predicateType: string, predicate: object): object {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ ...(name === undefined ? {} : { name }), digest: { sha256: digest.replace("sha256:", "") } }],
    predicateType,
    predicate,
  };
}

/** A statement that is to be signed and attached. */
export interface UnsignedStatement {
  readonly payload: Buffer;
  readonly predicateType: string;
  /** What it is to those who find it: a signature of its subject, evidence about it, or that it counts for nothing. */
  readonly kind: "bundle" | "attestation" | "revocation";
}

/** The statement that says nothing but that this digest is vouched for. */
export function makeSignStatement(digest: Digest): UnsignedStatement {
  const payload = Buffer.from(JSON.stringify(makeStatement({ digest }, signPredicateType, {})));
  return { payload, predicateType: signPredicateType, kind: "bundle" };
}
