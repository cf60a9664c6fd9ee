import { dayMs, hourMs, issueServing, makeAuthority, type Pair, type ServingNames } from "./issue.ts";

/** A serving certificate, its key and the authority that a webhook configuration's caBundle names. All PEM. */
export interface ServingCertificate extends Pair {
  readonly ca: string;
}

/**
 * A certificate authority of its own and a leaf for the given names, ECDSA P-256. The authority's key is forgotten: it signs
 * this one leaf. `validMs` begins an hour before `now`, for clocks that differ.
 */
export async function makeServingCertificate(
  names: ServingNames,
  now: Date,
  validMs: number = 365 * dayMs,
): Promise<ServingCertificate> {
  const validity = { now, validMs, skewMs: hourMs };
  const authority = await makeAuthority(validity);
  return { ...(await issueServing(authority, names, validity)), ca: authority.cert };
}
