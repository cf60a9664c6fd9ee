import { SubjectAlternativeNameExtension, X509Certificate } from "../../evidence/signature/notation/x509.ts";

/** Whom a certificate of Fulcio's names, and who vouched for it. */
export interface CertificateIdentity {
  readonly issuer: string;
  readonly identity: string;
}

/** https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const issuerOid = "1.3.6.1.4.1.57264.1.8";
const olderIssuerOid = "1.3.6.1.4.1.57264.1.1";

/** From a certificate, PEM; undefined for one that does not name both. It proves nothing: verifying the bundle does. */
export function readCertificateIdentity(pem: string): CertificateIdentity | undefined {
  const certificate = parse(pem);
  const names = certificate?.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const identity = names.find(({ type }) => type === "url" || type === "email")?.value;
  const issuer = readIssuer(certificate);
  return identity === undefined || issuer === undefined ? undefined : { issuer, identity };
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** The newer extension holds a UTF8String, the older one the text alone. */
function readIssuer(certificate: X509Certificate | undefined): string | undefined {
  const older = certificate?.getExtension(olderIssuerOid)?.value;
  const newer = certificate?.getExtension(issuerOid)?.value;
  if (newer !== undefined) return readUtf8String(Buffer.from(newer));
  return older === undefined ? undefined : Buffer.from(older).toString("utf8");
}

/** DER: the tag 12, a length of one byte, or of 0x81 and one byte, and the text. */
function readUtf8String(der: Buffer): string | undefined {
  const start = der[1] === 0x81 ? 3 : 2;
  const length = der[start - 1];
  if (der[0] !== 12 || length === undefined || der.length !== start + length) return undefined;
  return der.toString("utf8", start);
}
