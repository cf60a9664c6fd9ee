import * as z from "zod";
import type { Revocation } from "../../../policies/artifact.ts";
import { shortenDigest, type Digest } from "../../../policies/digest.ts";
import { show } from "../../../policies/show.ts";
import { parseRfc3339 } from "../../../policies/time.ts";
import { parseStrictJson } from "../../../registry/strict-json.ts";
import { parseListOf, parseMapOf } from "../../stop-at-first.ts";
import { SignatureRejection } from "../rejection.ts";

/** The type of statement by which evidence is revoked. Its predicate has `reason`, a text, and `revokedAt`, RFC 3339. */
export const revocationType = "https://assaygate.dev/revocation/v1";

const statement = z.object({
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  subject: parseListOf(z.object({ digest: parseMapOf(z.string()) }), { min: 1, max: 1024 }),
  predicateType: z.string(),
  predicate: z.unknown().optional(),
});

const predicate = z.object({ reason: z.unknown(), revokedAt: z.unknown() }).partial().catch({});

/** Throws SignatureRejection unless the verified statement revokes this digest. */
export function checkRevocationSubject(payload: Uint8Array, digest: Digest): void {
  const { subject, predicateType } = parse(payload);
  if (predicateType !== revocationType)
    throw new SignatureRejection(
      "PREDICATE_TYPE_UNKNOWN",
      `what is signed is of type ${show(predicateType)}, which revokes nothing`,
    );
  const named = subject.map((one) => `sha256:${one.digest["sha256"] ?? ""}`);
  if (named.includes(digest)) return;
  throw new SignatureRejection(
    "TARGET_MISMATCH",
    `the statement revokes ${show(shortenDigest(named[0] ?? ""))}, not this artifact`,
  );
}

/**
 * What a verified statement says of why and when. It revokes without either: a predicate that cannot be read makes nobody
 * count on what its signer disowned. Throws SignatureRejection for what is not a statement.
 */
export function readRevocation(payload: Uint8Array): Revocation {
  const { reason, revokedAt } = predicate.parse(parse(payload).predicate);
  return {
    reason: typeof reason === "string" && reason !== "" ? reason : undefined,
    revokedAt: typeof revokedAt === "string" && parseRfc3339(revokedAt) !== undefined ? revokedAt : undefined,
  };
}

function parse(payload: Uint8Array): z.output<typeof statement> {
  const parsed = statement.safeParse(read(payload));
  if (parsed.success) return parsed.data;
  throw new SignatureRejection("STATEMENT_MALFORMED", "what is signed is not an in-toto statement");
}

function read(payload: Uint8Array): unknown {
  try {
    return parseStrictJson(payload);
  } catch {
    return undefined;
  }
}
