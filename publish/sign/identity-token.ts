import * as z from "zod";
import { show } from "../../policies/show.ts";
import { PublishError } from "../../registry/publish-error.ts";

/** A token by which an issuer vouches for whoever signs. Only `toSecret` gives its text away; it is in no message. */
export interface IdentityToken {
  readonly issuer: string;
  /** What Fulcio asks a proof of possession over: a verified mail address, or the subject. */
  readonly audiences: readonly string[];
  readonly expiresAt: Date | undefined;
  /** Where it came from, for messages. */
  readonly from: string;
  toSecret(): string;
}

const maxCharacters = 64 * 1024;

const claimsSchema = z.object({
  iss: z.string().min(1),
  sub: z.string().min(1).optional(),
  email: z.string().optional(),
  email_verified: z.union([z.boolean(), z.string()]).optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  exp: z.number().optional(),
});

/**
 * Reads what a token claims, without believing it: that is the authority's part. What it would refuse in any case is said here.
 * Throws PublishError, which quotes nothing of the token but its issuer and times. https://www.rfc-editor.org/rfc/rfc7519
 */
export function readIdentityToken(text: string, from: string, now: Date): IdentityToken {
  const secret = text.trim();
  if (secret === "") throw new PublishError(`${from}: the identity token is empty`);
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(secret.slice(0, maxCharacters + 1)) ?? [];
  const claims = secret.length > maxCharacters ? undefined : parseClaims(payload ?? "");
  if (claims === undefined) throw new PublishError(`${from}: is not an OIDC identity token (a JSON Web Token)`);
  const { iss, sub, email, email_verified: verified, aud = [], exp } = claims;
  const expiresAt = exp === undefined ? undefined : new Date(exp * 1000);
  if (expiresAt !== undefined && !(expiresAt.getTime() > now.getTime()))
    throw new PublishError(`${from}: the identity token of ${show(iss)} expired${showTime(expiresAt)}: get a new one`);
  if (email !== undefined && email !== "" && verified !== true && verified !== "true")
    throw new PublishError(`${from}: ${show(iss)} has not verified the mail address in the identity token`);
  if (sub === undefined && (email === undefined || email === ""))
    throw new PublishError(`${from}: the identity token names nobody: it has no subject`);
  return { issuer: iss, audiences: [aud].flat(), expiresAt, from, toSecret: () => secret };
}

function parseClaims(payload: string): z.infer<typeof claimsSchema> | undefined {
  try {
    return claimsSchema.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

function showTime(time: Date): string {
  return Number.isNaN(time.getTime()) ? "" : ` at ${time.toISOString()}`;
}
