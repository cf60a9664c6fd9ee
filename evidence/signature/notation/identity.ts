import type { JsonName } from "@peculiar/x509";
import { Name } from "./x509.ts";
import { SignatureRejection } from "../rejection.ts";

const prefix = "x509.subject:";

/**
 * Whether the leaf's subject has every attribute of one of the identities, with the same value. `*` matches every
 * subject, and only when it is the one identity given.
 *
 * An identity must have C and O and no attribute twice; an identity that cannot be read is a problem, never skipped.
 * https://github.com/notaryproject/specifications/blob/main/specs/trust-store-trust-policy.md#trusted-identities-constraints
 */
export function isTrusted(identities: readonly string[], subject: JsonName): boolean {
  if (identities.length === 0)
    throw new SignatureRejection("IDENTITY_INVALID", "no identity is trusted: list at least one");
  if (identities.includes("*")) {
    if (identities.length > 1) throw new SignatureRejection("IDENTITY_INVALID", "* stands alone or not at all");
    return true;
  }
  const wanted = identities.map(readIdentity);
  return wanted.some((one) => [...one].every(([type, value]) => hasOnly(subject, type, value)));
}

/** The attribute is there once: a subject that says two things says neither. */
function hasOnly(subject: JsonName, type: string, value: string): boolean {
  const values = subject.flatMap((rdn) => rdn[type] ?? []);
  return values.length === 1 && values[0] === value;
}

function readIdentity(identity: string): ReadonlyMap<string, string> {
  const invalid = (why: string, cause?: unknown): SignatureRejection =>
    new SignatureRejection("IDENTITY_INVALID", `the identity ${JSON.stringify(identity)} ${why}`, { cause });
  if (!identity.startsWith(prefix)) throw invalid(`does not begin with ${prefix}`);
  let name: JsonName;
  try {
    name = new Name(identity.slice(prefix.length).trim()).toJSON();
  } catch (error) {
    throw invalid("is not a distinguished name", error);
  }
  const attributes = new Map<string, string>();
  for (const rdn of name) {
    const [[type, values] = ["", []], ...more] = Object.entries(rdn);
    const [value, ...others] = values;
    if (more.length > 0 || others.length > 0) throw invalid("has an RDN with several values");
    if (value === undefined || value === "") throw invalid(`has no value for ${type}`);
    if (attributes.has(type)) throw invalid(`has ${type} twice`);
    attributes.set(type, value);
  }
  if (!attributes.has("C") || !attributes.has("O")) throw invalid("lacks C or O");
  return attributes;
}
