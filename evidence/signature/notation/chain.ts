import { X509Certificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as Parsed,
} from "./x509.ts";
import { SignatureRejection } from "../rejection.ts";

/** One certificate, by Node for signatures and by the parser for extensions. */
export interface ChainCertificate {
  readonly node: X509Certificate;
  readonly parsed: Parsed;
}

/** Certificates from the signer's to a root, at least one. */
export type Chain = readonly [ChainCertificate, ...ChainCertificate[]];

const hashes = new Set(["SHA-256", "SHA-384", "SHA-512"]);

/**
 * The certificates of an envelope, leaf first and root last, each issued by the next, and each fit for its place.
 *
 * Says nothing about trust or time. https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#certificate-requirements
 */
export function readChain(der: readonly Uint8Array[]): Chain {
  const [leaf, ...issuers] = der.map(readCertificate);
  if (leaf === undefined) throw new SignatureRejection("CHAIN_INVALID", "there is no certificate");
  const chain: Chain = [leaf, ...issuers];
  chain.forEach((certificate, at) => {
    const issuer = chain[at + 1] ?? certificate;
    if (!names(certificate, issuer) || !certificate.node.verify(issuer.node.publicKey)) {
      const what = issuer === certificate ? "is not a root" : "is not issued by the next";
      throw new SignatureRejection("CHAIN_INVALID", `certificate ${at + 1} of the chain ${what}`);
    }
    checkHash(certificate);
  });
  checkLeaf(leaf);
  issuers.forEach(checkAuthority);
  return chain;
}

/** By name alone: key identifiers are among the extensions that must not count, and a lone signer issues itself. */
function names({ parsed }: ChainCertificate, issuer: ChainCertificate): boolean {
  const name = Buffer.from(parsed.issuerName.toArrayBuffer());
  return name.equals(Buffer.from(issuer.parsed.subjectName.toArrayBuffer()));
}

function readCertificate(der: Uint8Array): ChainCertificate {
  try {
    const node = new X509Certificate(der);
    if (!node.raw.equals(der)) throw new TypeError("something follows the certificate");
    return { node, parsed: new Parsed(new Uint8Array(node.raw)) };
  } catch (error) {
    throw new SignatureRejection("CHAIN_INVALID", "a certificate of the chain cannot be read", { cause: error });
  }
}

/** Throws unless every certificate was valid at that time. */
export function checkValidity(chain: Chain, at: Date): void {
  for (const { parsed } of chain) {
    if (!(at >= parsed.notBefore)) {
      throw new SignatureRejection(
        "CERTIFICATE_NOT_YET_VALID",
        `${parsed.subject} is valid from ${iso(parsed.notBefore)}`,
      );
    }
    if (!(at <= parsed.notAfter)) {
      throw new SignatureRejection("CERTIFICATE_EXPIRED", `${parsed.subject} was valid until ${iso(parsed.notAfter)}`);
    }
  }
}

function checkHash({ parsed }: ChainCertificate): void {
  const { hash } = parsed.signatureAlgorithm;
  if (!hashes.has(hash?.name ?? "")) throw notAllowed(parsed, `it is signed with ${hash?.name ?? "an unknown hash"}`);
}

function checkLeaf({ parsed }: ChainCertificate): void {
  if (parsed.getExtension(BasicConstraintsExtension)?.ca === true)
    throw notAllowed(parsed, "a signer must not be an authority");
  const usage = parsed.getExtension(KeyUsagesExtension);
  const others = KeyUsageFlags.nonRepudiation | KeyUsageFlags.digitalSignature;
  if (usage?.critical !== true || (usage.usages & KeyUsageFlags.digitalSignature) === 0) {
    throw notAllowed(parsed, "its key usage must be critical and have digitalSignature");
  }
  if ((usage.usages & ~others) !== 0) throw notAllowed(parsed, "its key usage has more than a signer needs");
  const purposes = parsed.getExtension(ExtendedKeyUsageExtension)?.usages;
  const forbidden = new Set<unknown>([
    "2.5.29.37.0",
    ExtendedKeyUsage.serverAuth,
    ExtendedKeyUsage.clientAuth,
    ExtendedKeyUsage.emailProtection,
    ExtendedKeyUsage.timeStamping,
  ]);
  if (purposes === undefined) return;
  if (!purposes.includes(ExtendedKeyUsage.codeSigning) || purposes.some((one) => forbidden.has(one))) {
    throw notAllowed(parsed, "its extended key usage is not code signing alone");
  }
}

function checkAuthority({ parsed }: ChainCertificate, below: number): void {
  const constraints = parsed.getExtension(BasicConstraintsExtension);
  if (constraints?.critical !== true || !constraints.ca) {
    throw notAllowed(parsed, "it issues, and its basic constraints are not those of an authority");
  }
  if (constraints.pathLength !== undefined && constraints.pathLength < below) {
    throw notAllowed(parsed, `it allows ${constraints.pathLength} authorities below it, and there are ${below}`);
  }
  const usage = parsed.getExtension(KeyUsagesExtension);
  if (usage?.critical !== true || (usage.usages & KeyUsageFlags.keyCertSign) === 0) {
    throw notAllowed(parsed, "it issues, and its key usage lacks keyCertSign");
  }
}

function notAllowed({ subject }: Parsed, why: string): SignatureRejection {
  return new SignatureRejection("CERTIFICATE_NOT_ALLOWED", `the certificate of ${subject}: ${why}`);
}

function iso(date: Date): string {
  return date.toISOString();
}
