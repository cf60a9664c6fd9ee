import type { Digest } from "../../policies/digest.ts";

/** A signature that can be found. */
export interface SignatureReport {
  /** Of the manifest that holds it. */
  readonly digest: Digest;
  /** Who signed, where a certificate says so. */
  readonly identity?: string;
  readonly issuer?: string;
  readonly logged?: boolean;
}

/** The same for a person, a line each. */
export function toSignatureLines({ digest, identity, issuer, logged }: SignatureReport): string[] {
  const term = logged === false ? ", with a timestamp and no log (transparencyLog: NotRequired)" : "";
  return [
    `signature:  ${digest}`,
    ...(identity === undefined ? [] : [`signed by:  ${identity}`, `issuer:     ${issuer ?? ""}${term}`]),
  ];
}
