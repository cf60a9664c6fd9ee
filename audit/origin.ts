import { readCreationTime } from "./describe-object.ts";

/**
 * Whether an object that fails by a policy was there before it, so that nobody asked. Of one that is younger, either what it was
 * admitted by has changed since, or it slipped past: the records tell. Empty where one of the times is not known.
 */
export function sayOrigin(object: unknown, policyTime: Date | undefined): string {
  const made = readCreationTime(object);
  if (made === undefined || policyTime === undefined) return "";
  const side = made < policyTime ? "before" : "after";
  return ` (created ${sayTime(made)}, ${side} the policy of ${sayTime(policyTime)})`;
}

function sayTime(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}
