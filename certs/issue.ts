import { createPrivateKey, type KeyObject, webcrypto } from "node:crypto";

/** A certificate and its private key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What a serving certificate is for. */
export interface ServingNames {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
}

/** Valid from `skewMs` before `now`, for clocks that differ, until `validMs` after it. */
export interface Validity {
  readonly now: Date;
  readonly validMs: number;
  readonly skewMs: number;
}

/** Milliseconds of an hour. */
export const hourMs = 3_600_000;

/** Milliseconds of a day. */
export const dayMs = 24 * hourMs;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/**
 * A certificate authority of its own: ECDSA P-256, for one level below it. Each has a name of its own, so that a client which
 * trusts two of them finds the right one by name.
 */
export async function makeAuthority(validity: Validity): Promise<Pair> {
  const x509 = await import("./x509.ts");
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const serial = Buffer.from(webcrypto.getRandomValues(new Uint8Array(4))).toString("hex");
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...toDates(validity),
    name: `CN=assaygate authority ${serial}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString("pem")}\n`, key: await toPem(keys.privateKey) };
}

/** A serving certificate for the names, ECDSA P-256, signed by the authority. It never outlives it. */
export async function issueServing(authority: Pair, { dns, ip }: ServingNames, validity: Validity): Promise<Pair> {
  const x509 = await import("./x509.ts");
  const issuer = new x509.X509Certificate(authority.cert);
  const signingKey = await importKey(createPrivateKey(authority.key));
  const { notBefore, notAfter } = toDates(validity);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const leaf = await x509.X509CertificateGenerator.create({
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    // At most 64 characters are allowed, and nobody reads it: the names are the alternative names.
    subject: "CN=assaygate",
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.SubjectAlternativeNameExtension([
        ...dns.map((value) => ({ type: "dns" as const, value })),
        ...ip.map((value) => ({ type: "ip" as const, value })),
      ]),
    ],
  });
  return { cert: `${leaf.toString("pem")}\n`, key: await toPem(keys.privateKey) };
}

function toDates({ now, validMs, skewMs }: Validity): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: wholeSecond(now.getTime() - skewMs), notAfter: wholeSecond(now.getTime() + validMs) };
}

/** X.509 counts in seconds. */
function wholeSecond(ms: number): Date {
  return new Date(Math.floor(ms / 1_000) * 1_000);
}

function importKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), algorithm, false, ["sign"]);
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  const text = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${text.replaceAll(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
}
