import type { RequiredSigners } from "../../policies/policy.ts";
import type { Trust } from "./trust.ts";

/** Under what something was verified. */
export interface VerificationTerms {
  readonly required: readonly RequiredSigners[];
  /** What was verified under one trust counts under no other. */
  readonly trust: Trust;
  readonly now: Date;
}

/** What is known under the terms, by name. Whoever verifies adds to it. */
export type VerificationMemory<T> = (terms: VerificationTerms) => Map<string, T>;

/**
 * Remembers under one trust at a time, the latest that was asked for. Certificates of the Notary Project count while they
 * are valid: what depends on one is remembered for the minute in which it was verified.
 */
export function createVerificationMemory<T>(): VerificationMemory<T> {
  let trust: Trust | undefined;
  let lasting = new Map<string, T>();
  let ofMinute = new Map<string, T>();
  let minute = Number.NaN;
  return ({ required, trust: inForce, now }) => {
    if (trust !== inForce) {
      [trust, lasting, minute] = [inForce, new Map<string, T>(), Number.NaN];
    }
    if (!required.some(({ any }) => any.some(({ kind }) => kind === "notation"))) return lasting;
    const current = Math.floor(now.getTime() / 60_000);
    if (minute !== current) [minute, ofMinute] = [current, new Map<string, T>()];
    return ofMinute;
  };
}
