import type { FlattenedJWSInput } from "jose";
import * as z from "zod";
import { parseRfc3339 } from "../../../policies/time.ts";
import { RegistryError } from "../../../registry/errors.ts";
import { parseStrictJson } from "../../../registry/strict-json.ts";
import { supportedHeaders } from "./algorithm.ts";
import { SignatureRejection, type RejectionCode } from "../rejection.ts";

/** Real envelopes are 3 to 10 KB; certificates and a timestamp make the most of them. */
const envelopeBytes = 256 * 1024;
const certificates = 10;

const plugin = /^io\.cncf\.notary\.verificationPlugin/;
const base64url = z.string().regex(/^[\w-]+$/);
const time = z.string().transform((text, context) => {
  const date = parseRfc3339(text);
  if (date !== undefined) return date;
  context.addIssue("it is not an RFC 3339 time");
  return z.NEVER;
});

const envelopeSchema = z.strictObject({
  payload: base64url,
  protected: base64url,
  header: z.looseObject({ x5c: z.array(z.base64()).min(1).max(certificates) }),
  signature: base64url,
});

const headerSchema = z.looseObject({
  alg: z.string(),
  cty: z.literal("application/vnd.cncf.notary.payload.v1+json"),
  crit: z.array(z.string()).min(1).max(16),
  "io.cncf.notary.signingScheme": z.enum(["notary.x509", "notary.x509.signingAuthority"]),
  "io.cncf.notary.signingTime": time.optional(),
  "io.cncf.notary.authenticSigningTime": time.optional(),
  "io.cncf.notary.expiry": time.optional(),
});

/** A Notary Project envelope, parsed and not yet verified. */
export interface Envelope {
  readonly algorithm: string;
  readonly scheme: "notary.x509" | "notary.x509.signingAuthority";
  /** As the signer says. Trusted only from a signing authority. */
  readonly signingTime: Date;
  readonly expiry: Date | undefined;
  /** DER, leaf first. */
  readonly chain: readonly Buffer[];
  /** What was signed, and the signature. Its unprotected header is left out: nothing in it counts but the chain. */
  readonly jws: FlattenedJWSInput;
  /** Not to be parsed before the signature is verified. */
  readonly payload: Buffer;
}

/**
 * Reads attacker-controlled bytes as a flattened JWS with all headers that the specification requires. Proves nothing.
 *
 * https://github.com/notaryproject/specifications/blob/main/specs/signature-envelope-jws.md
 */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.byteLength > envelopeBytes) {
    throw new SignatureRejection("ENVELOPE_TOO_LARGE", `the signature envelope is larger than ${envelopeBytes} bytes`);
  }
  // The CBOR tag of COSE_Sign1: https://www.rfc-editor.org/rfc/rfc9052#section-2
  if (bytes[0] === 0xd2) {
    throw new SignatureRejection(
      "COSE_UNSUPPORTED",
      "COSE envelopes are not supported: sign with --signature-format jws",
    );
  }
  const envelope = parse(bytes, envelopeSchema, "ENVELOPE_MALFORMED", "the signature envelope");
  const json = parseJson(decode(envelope.protected), "HEADER_INVALID", "the protected header");
  const header = check(json, headerSchema, "HEADER_INVALID", "the protected header");
  checkCritical(header.crit, header);
  return {
    algorithm: header.alg,
    scheme: header["io.cncf.notary.signingScheme"],
    signingTime: signingTimeOf(header),
    expiry: header["io.cncf.notary.expiry"],
    chain: envelope.header.x5c.map((text) => Buffer.from(text, "base64")),
    jws: { protected: envelope.protected, payload: envelope.payload, signature: checkCanonical(envelope.signature) },
    payload: decode(envelope.payload),
  };
}

/** Strict JSON of this shape, or the problem. */
export function parse<T>(bytes: Uint8Array, schema: z.ZodType<T>, problem: RejectionCode, what: string): T {
  return check(parseJson(bytes, problem, what), schema, problem, what);
}

function check<T>(json: unknown, schema: z.ZodType<T>, problem: RejectionCode, what: string): T {
  const { data, error } = schema.safeParse(json);
  if (data !== undefined) return data;
  const issue = error?.issues[0];
  throw new SignatureRejection(problem, `${what} is not as specified: ${issue?.path.join(".")}: ${issue?.message}`);
}

function parseJson(bytes: Uint8Array, problem: RejectionCode, what: string): unknown {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw new SignatureRejection(problem, `${what} cannot be read: ${error.message}`, { cause: error });
  }
}

/** Nothing can be written in two ways. */
function checkCanonical(text: string): string {
  decode(text);
  return text;
}

function decode(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") === text) return bytes;
  throw new SignatureRejection("ENVELOPE_MALFORMED", "the signature envelope has base64url that is not canonical");
}

/** What the specification calls critical is marked so. Whether it is understood is seen with the signature. */
function checkCritical(crit: readonly string[], header: Readonly<Record<string, unknown>>): void {
  if ([...crit, ...Object.keys(header)].some((name) => plugin.test(name))) {
    throw new SignatureRejection(
      "PLUGIN_UNSUPPORTED",
      "the signature asks for a verification plugin, and there are none",
    );
  }
  if (new Set(crit).size !== crit.length) throw new SignatureRejection("HEADER_INVALID", "crit names a header twice");
  // The one extension that the library knows by itself: https://www.rfc-editor.org/rfc/rfc7797
  if (header["b64"] !== undefined) throw new SignatureRejection("CRITICAL_UNKNOWN", "the header b64 is not supported");
  const missing = Object.keys(supportedHeaders).find((name) => header[name] !== undefined && !crit.includes(name));
  if (missing !== undefined) throw new SignatureRejection("CRITICAL_MISSING", `${missing} is not listed in crit`);
}

function signingTimeOf(header: z.infer<typeof headerSchema>): Date {
  const claimed = header["io.cncf.notary.signingTime"];
  const authentic = header["io.cncf.notary.authenticSigningTime"];
  const byAuthority = header["io.cncf.notary.signingScheme"] === "notary.x509.signingAuthority";
  const [wanted, other] = byAuthority ? [authentic, claimed] : [claimed, authentic];
  if (wanted !== undefined && other === undefined) return wanted;
  throw new SignatureRejection("HEADER_INVALID", "the signing time is not the one that belongs to the signing scheme");
}
