import type { BundleEntry } from "../../certs/bundle.ts";
import { dayMs } from "../../certs/issue.ts";

/** What people and scripts want to know of a certificate. Nothing secret. */
export interface CertificateLine {
  readonly source: string;
  readonly subject: string;
  readonly names: readonly string[];
  readonly authority: boolean;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days until the end; negative when it is over. */
  readonly daysLeft: number;
  readonly state: "valid" | "expired" | "not yet valid";
  readonly fingerprint: string;
}

/** A certificate as `certs show` prints it in JSON. */
export function toLine(source: string, entry: BundleEntry, now: Date): CertificateLine {
  const { x509, isAuthority, notBeforeMs, notAfterMs, id } = entry;
  const nowMs = now.getTime();
  return {
    source,
    subject: oneLine(x509.subject),
    names: listNames(entry),
    authority: isAuthority,
    notBefore: new Date(notBeforeMs).toISOString(),
    notAfter: new Date(notAfterMs).toISOString(),
    daysLeft: Math.floor((notAfterMs - nowMs) / dayMs),
    state: nowMs > notAfterMs ? "expired" : nowMs < notBeforeMs ? "not yet valid" : "valid",
    fingerprint: id,
  };
}

/** A certificate as one line of text. */
export function toText({ source, subject, names, authority, notAfter, daysLeft, state }: CertificateLine): string {
  const what = authority ? `authority ${subject}` : names.length === 0 ? subject : names.join(", ");
  return `${source}: ${what}; ${state === "valid" ? `valid until ${notAfter}, ${daysLeft} days` : `${state}: ${notAfter}`}`;
}

/** The alternative names, as OpenSSL tells them. */
export function listNames({ x509 }: BundleEntry): string[] {
  return (x509.subjectAltName ?? "")
    .split(", ")
    .filter((name) => name !== "")
    .map((name) => oneLine(name.replace(/^(?:DNS|IP Address):/, "")));
}

/** A subject may hold anything; a terminal should not get it. */
function oneLine(text: string): string {
  return text.replaceAll("\n", ", ").replaceAll(/[^\x20-\x7e]/g, "?");
}
