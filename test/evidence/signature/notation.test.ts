// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it loaded first
import "reflect-metadata";
import { constants, createHmac, KeyObject, sign, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { verifyNotation, type NotationTrust } from "../../../evidence/signature/notation/verify.ts";

const now = new Date("2026-11-24T00:00:00Z");
const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 7 };
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const pss = {
  name: "RSA-PSS",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
} as const;

interface Certified {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

interface Wanted {
  readonly subject?: string;
  readonly from?: Date;
  readonly until?: Date;
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly usage?: number;
  readonly purpose?: ExtendedKeyUsage;
  readonly algorithm?: typeof ecdsa | typeof pss;
}

async function certify(wanted: Wanted, issuer?: Certified): Promise<Certified> {
  const { subject = "CN=evals, O=Acme, ST=WA, C=US", ca = false } = wanted;
  const keys = await webcrypto.subtle.generateKey(wanted.algorithm ?? ecdsa, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    notBefore: wanted.from ?? hours(-24),
    notAfter: wanted.until ?? hours(24),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ecdsa,
    extensions: [
      new BasicConstraintsExtension(ca, wanted.pathLength, true),
      new KeyUsagesExtension(wanted.usage ?? (ca ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature), true),
      ...(ca ? [] : [new ExtendedKeyUsageExtension([wanted.purpose ?? ExtendedKeyUsage.codeSigning])]),
    ],
  });
  return { certificate, keys };
}

const root = await certify({ subject: "CN=root", ca: true });
const leaf = await certify({}, root);
const stranger = await certify({ subject: "CN=root", ca: true });
const trust: NotationTrust = {
  stores: new Map([
    ["acme", { type: "ca", certificates: root.certificate.toString("pem") }],
    ["authority", { type: "signingAuthority", certificates: root.certificate.toString("pem") }],
    ["broken", { type: "ca", certificates: "PEM" }],
  ]),
  trustStore: "acme",
  identities: ["x509.subject: C=US, O=Acme"],
};

const scheme = "io.cncf.notary.signingScheme";
const expiry = "io.cncf.notary.expiry";
const plain = {
  alg: "ES256",
  cty: "application/vnd.cncf.notary.payload.v1+json",
  crit: [scheme],
  [scheme]: "notary.x509",
  "io.cncf.notary.signingTime": "2026-11-23T23:00:00Z",
};
const { "io.cncf.notary.signingTime": signingTime, ...timeless } = plain;
const byAuthority = {
  ...timeless,
  [scheme]: "notary.x509.signingAuthority",
  "io.cncf.notary.authenticSigningTime": signingTime,
  crit: [scheme, "io.cncf.notary.authenticSigningTime"],
};

interface Made {
  readonly header?: unknown;
  readonly payload?: unknown;
  readonly chain?: readonly Certified[];
  readonly signer?: Certified;
  readonly signature?: (input: string) => Buffer;
  readonly outside?: object;
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

function envelope({ header = plain, payload, chain = [leaf, root], signer, signature, outside }: Made = {}): Buffer {
  const input = `${encode(header)}.${encode(payload ?? { targetArtifact: target })}`;
  const key = KeyObject.from((signer ?? chain[0] ?? leaf).keys.privateKey);
  const options =
    key.asymmetricKeyType === "ec"
      ? { key, dsaEncoding: "ieee-p1363" as const }
      : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const [protectedHeader, body] = input.split(".");
  return Buffer.from(
    JSON.stringify({
      payload: body,
      protected: protectedHeader,
      header: { x5c: chain.map(({ certificate }) => Buffer.from(certificate.rawData).toString("base64")) },
      signature: (signature?.(input) ?? sign("sha256", Buffer.from(input), options)).toString("base64url"),
      ...outside,
    }),
  );
}

const outcome = async (bytes: Uint8Array, by: Partial<NotationTrust> = {}, at = now): Promise<string> => {
  const result = await verifyNotation(bytes, target, { ...trust, ...by }, at);
  return result.verified ? "verified" : result.code;
};
const other = (field: object): object => ({ targetArtifact: { ...target, ...field } });
const signedBy = async (wanted: Wanted, header: object = plain): Promise<Buffer> =>
  envelope({ chain: [await certify(wanted, root), root], header });
const publicPem = leaf.certificate.publicKey.toString("pem");
const straying = await certify({}, stranger);
const narrow = await certify({ subject: "CN=narrow", ca: true, pathLength: 0 });
const middle = await certify({ subject: "CN=middle", ca: true }, narrow);
const underNarrow = await certify({}, middle);

describe("verifyNotation", () => {
  it("says who signed, when, and what it did not check", async () => {
    expect(await verifyNotation(envelope(), target, trust, now)).toEqual({
      verified: true,
      signer: leaf.certificate.subject,
      signingTime: hours(-1),
      notChecked: ["revocation", "timestamp"],
    });
  });

  it.each<[string, string, Buffer | Promise<Buffer>]>([
    ["RSA-PSS", "verified", signedBy({ algorithm: pss }, { ...plain, alg: "PS256" })],
    [
      "an expiry ahead",
      "verified",
      envelope({ header: { ...plain, crit: [scheme, expiry], [expiry]: "2027-01-01T00:00:00Z" } }),
    ],
    [
      "an expiry passed",
      "SIGNATURE_EXPIRED",
      envelope({ header: { ...plain, crit: [scheme, expiry], [expiry]: "2026-11-24T00:00:00Z" } }),
    ],
    [
      "an expiry that is not critical",
      "CRITICAL_MISSING",
      envelope({ header: { ...plain, [expiry]: "2027-01-01T00:00:00Z" } }),
    ],
    ["no envelope", "ENVELOPE_MALFORMED", Buffer.from("{}")],
    ["T05 an endless envelope", "ENVELOPE_TOO_LARGE", Buffer.alloc(256 * 1024 + 1, " ")],
    ["COSE", "COSE_UNSUPPORTED", Buffer.from([0xd2, 0x84])],
    ["more at the top", "ENVELOPE_MALFORMED", envelope({ outside: { signatures: [] } })],
    ["T27 a key twice outside", "ENVELOPE_MALFORMED", Buffer.from('{"payload":"e30","payload":"e30"}')],
    ["T27 a key twice in the header", "HEADER_INVALID", envelope({ header: '{"alg":"none","alg":"ES256"}' })],
    [
      "T27 a key twice in the payload",
      "PAYLOAD_MALFORMED",
      envelope({ payload: '{"targetArtifact":1,"targetArtifact":2}' }),
    ],
    ["a payload that does not parse", "PAYLOAD_MALFORMED", envelope({ payload: "{" })],
    ["another content type", "HEADER_INVALID", envelope({ header: { ...plain, cty: "text/plain" } })],
    ["another scheme", "HEADER_INVALID", envelope({ header: { ...plain, [scheme]: "mine" } })],
    ["no signing time", "HEADER_INVALID", envelope({ header: timeless })],
    [
      "T34 crit without the scheme",
      "CRITICAL_MISSING",
      envelope({
        header: { ...plain, crit: [expiry], [expiry]: "2027-01-01T00:00:00Z" },
      }),
    ],
    ["an empty crit", "HEADER_INVALID", envelope({ header: { ...plain, crit: [] } })],
    ["an unknown critical header", "CRITICAL_UNKNOWN", envelope({ header: { ...plain, crit: [scheme, "x"], x: 1 } })],
    [
      "a critical header that is not there",
      "HEADER_INVALID",
      envelope({ header: { ...plain, crit: [scheme, expiry] } }),
    ],
    ["a critical header twice", "HEADER_INVALID", envelope({ header: { ...plain, crit: [scheme, scheme] } })],
    [
      "an unencoded payload, as RFC 7797 has it",
      "CRITICAL_UNKNOWN",
      envelope({ header: { ...plain, crit: [scheme, "b64"], b64: false } }),
    ],
    [
      "a plugin",
      "PLUGIN_UNSUPPORTED",
      envelope({
        header: {
          ...plain,
          crit: [scheme, "io.cncf.notary.verificationPlugin"],
          "io.cncf.notary.verificationPlugin": "p",
        },
      }),
    ],
    ["the algorithm none", "ALGORITHM_NOT_ALLOWED", envelope({ header: { ...plain, alg: "none" } })],
    [
      "HS256 with the public key",
      "ALGORITHM_NOT_ALLOWED",
      envelope({
        header: { ...plain, alg: "HS256" },
        signature: (input) => createHmac("sha256", publicPem).update(input).digest(),
      }),
    ],
    ["an algorithm of another key", "ALGORITHM_KEY_MISMATCH", envelope({ header: { ...plain, alg: "PS256" } })],
    ["a longer hash than the curve's", "ALGORITHM_KEY_MISMATCH", envelope({ header: { ...plain, alg: "ES384" } })],
    ["T23 another's signature", "SIGNATURE_INVALID", envelope({ signer: stranger })],
    ["T23 a payload exchanged", "SIGNATURE_INVALID", envelope({ outside: { payload: encode(other({ size: 8 })) } })],
    ["the chain the wrong way round", "CHAIN_INVALID", envelope({ chain: [root, leaf], signer: leaf })],
    ["a chain without its root", "CHAIN_INVALID", envelope({ chain: [leaf] })],
    ["a root of the same name", "CHAIN_INVALID", envelope({ chain: [leaf, stranger] })],
    ["something unrelated in the chain", "CHAIN_INVALID", envelope({ chain: [leaf, root, stranger] })],
    ["an untrusted root", "CERTIFICATE_NOT_TRUSTED", envelope({ chain: [straying, stranger] })],
    ["too long a path", "CERTIFICATE_NOT_ALLOWED", envelope({ chain: [underNarrow, middle, narrow] })],
    ["a signer that is an authority", "CERTIFICATE_NOT_ALLOWED", signedBy({ ca: true })],
    ["no digitalSignature", "CERTIFICATE_NOT_ALLOWED", signedBy({ usage: KeyUsageFlags.nonRepudiation })],
    ["another purpose", "CERTIFICATE_NOT_ALLOWED", signedBy({ purpose: ExtendedKeyUsage.serverAuth })],
    ["T25 an expired certificate", "CERTIFICATE_EXPIRED", signedBy({ from: hours(-9), until: hours(-0.5) })],
    ["T25 a certificate of tomorrow", "CERTIFICATE_NOT_YET_VALID", signedBy({ from: hours(1) })],
    ["T24 another organisation", "IDENTITY_NOT_TRUSTED", signedBy({ subject: "O=evil-Acme, C=US" })],
    ["T24 a longer organisation", "IDENTITY_NOT_TRUSTED", signedBy({ subject: "O=Acme evil, C=US" })],
    ["T24 two organisations", "IDENTITY_NOT_TRUSTED", signedBy({ subject: "O=Acme, O=evil, C=US" })],
    ["T22 another digest", "TARGET_MISMATCH", envelope({ payload: other({ digest: `sha256:${"b".repeat(64)}` }) })],
    ["T22 another size", "TARGET_MISMATCH", envelope({ payload: other({ size: 8 }) })],
    ["T22 another media type", "TARGET_MISMATCH", envelope({ payload: other({ mediaType: "text/plain" }) })],
    ["a signing authority's under a ca store", "CERTIFICATE_NOT_TRUSTED", envelope({ header: byAuthority })],
  ])("%s: %s", async (_, expected, bytes) => {
    expect(await outcome(await bytes)).toBe(expected);
  });

  it.each<[string, string, Partial<NotationTrust>]>([
    ["*", "verified", { identities: ["*"] }],
    ["more than C and O", "verified", { identities: ["x509.subject: C=US, ST=WA, O=Acme, CN=evals"] }],
    ["the second of two", "verified", { identities: ["x509.subject: C=DE, O=Acme", "x509.subject: C=US, O=Acme"] }],
    ["an attribute that is not there", "IDENTITY_NOT_TRUSTED", { identities: ["x509.subject: C=US, O=Acme, OU=ml"] }],
    ["none", "IDENTITY_INVALID", { identities: [] }],
    ["* and another", "IDENTITY_INVALID", { identities: ["*", "x509.subject: C=US, O=Acme"] }],
    ["no prefix", "IDENTITY_INVALID", { identities: ["C=US, O=Acme"] }],
    ["no organisation", "IDENTITY_INVALID", { identities: ["x509.subject: C=US"] }],
    ["an attribute twice", "IDENTITY_INVALID", { identities: ["x509.subject: C=US, O=Acme, O=evil"] }],
    ["an unknown store", "TRUST_STORE_UNKNOWN", { trustStore: "other" }],
    ["a store that is none", "TRUST_STORE_INVALID", { trustStore: "broken" }],
    ["a store of another type", "CERTIFICATE_NOT_TRUSTED", { trustStore: "authority" }],
  ])("trust in %s: %s", async (_, expected, by) => {
    expect(await outcome(envelope(), by)).toBe(expected);
  });

  it("takes a signing authority's time, also when the certificate has expired since, but none ahead", async () => {
    const bytes = envelope({ header: byAuthority });
    expect(await outcome(bytes, { trustStore: "authority" }, hours(100))).toBe("verified");
    expect(await outcome(bytes, { trustStore: "authority" }, hours(-2))).toBe("HEADER_INVALID");
  });

  it("throws for no bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(["ENVELOPE_MALFORMED", "COSE_UNSUPPORTED"]).toContain(await outcome(bytes));
      }),
    );
  });
});
