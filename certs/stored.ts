import { createPrivateKey, type X509Certificate } from "node:crypto";
import { joinBundle, readBundle, type BundleEntry } from "./bundle.ts";
import { hourMs, issueServing, makeAuthority, type Pair, type ServingNames } from "./issue.ts";
import type { PublishedBundle, Step, StoredFacts } from "./plan.ts";

/**
 * The names under which certificates are kept, in a Secret or a folder. The first four are what others use, too: a Secret for
 * TLS has the `tls` ones, and cert-manager adds `ca.crt`.
 */
export const storedKeys = {
  authority: "ca.crt",
  authorityKey: "ca.key",
  serving: "tls.crt",
  servingKey: "tls.key",
  previous: "previous-ca.crt",
  /** RFC 3339. */
  previousUntil: "previous-until",
} as const;

/** What is kept, by name: PEM texts, and one time. */
export type Content = Readonly<Record<string, string>>;

/** What is kept, understood. */
export interface StoredCertificates {
  readonly facts: StoredFacts;
  readonly authority: Pair | undefined;
  readonly serving: Pair | undefined;
  /** The authorities that whoever calls must trust now, the signing one first. */
  readonly trusted: readonly BundleEntry[];
  /** What is there and cannot be used, in words; it counts as missing. */
  readonly problems: readonly string[];
}

/** Reads what is kept. `names` are those that a serving certificate has to be for. */
export function readStored(content: Content, names: ServingNames): StoredCertificates {
  const problems: string[] = [];
  const findPair = (certName: string, keyName: string): (Pair & { readonly entry: BundleEntry }) | undefined => {
    const result = readPair(content[certName] ?? "", content[keyName] ?? "", certName, keyName);
    if (typeof result !== "string") return result;
    problems.push(result);
    return undefined;
  };
  const authority = findPair(storedKeys.authority, storedKeys.authorityKey);
  const usable = authority?.entry.isAuthority === true ? authority : undefined;
  if (authority !== usable) problems.push(`${storedKeys.authority} is not the certificate of an authority`);
  const serving = findPair(storedKeys.serving, storedKeys.servingKey);
  const bundle = readBundle(content[storedKeys.previous] ?? "");
  if (bundle.damaged) problems.push(`${storedKeys.previous} holds something that is not a certificate`);
  const previous = bundle.entries.filter(({ isAuthority, id }) => isAuthority && id !== usable?.entry.id);
  const trusted = [...(usable === undefined ? [] : [usable.entry]), ...previous];
  return {
    facts: {
      authority: usable?.entry,
      leaf: serving && {
        notBeforeMs: serving.entry.notBeforeMs,
        notAfterMs: serving.entry.notAfterMs,
        signedBy: trusted.find(({ x509 }) => hasSigned(x509, serving.entry.x509))?.id,
        covers: isFor(serving.entry.x509, names),
      },
      previous,
      previousUntilMs: readTime(content[storedKeys.previousUntil], previous),
    },
    authority: usable && { cert: usable.cert, key: usable.key },
    serving: serving && { cert: serving.cert, key: serving.key },
    trusted,
    problems: isEmpty(content) ? [] : problems.filter((problem) => problem !== ""),
  };
}

/** A caBundle as a plan reads it. Nothing but authorities belongs there. */
export function readPublished(pem: string): PublishedBundle & { readonly entries: readonly BundleEntry[] } {
  const { entries, damaged } = readBundle(pem);
  const authorities = entries.filter(({ isAuthority }) => isAuthority);
  return { authorities, damaged: damaged || authorities.length < entries.length, entries: authorities };
}

/** What new certificates are made for. Milliseconds. */
export interface IssueOptions {
  readonly now: Date;
  readonly names: ServingNames;
  readonly authorityValidMs: number;
  readonly validMs: number;
}

/** How far a certificate's beginning is put back, at least: the clocks of API servers differ. */
const backdatedMs = hourMs;

/**
 * What is kept after this step: a function of what was kept, so that it can be written with the version that was read.
 * `known` are certificates that a step may keep besides the stored ones: those that are published.
 */
export async function applyToStored(
  step: Step,
  content: Content,
  known: readonly BundleEntry[],
  { now, names, authorityValidMs, validMs }: IssueOptions,
): Promise<Content> {
  const stored = readStored(content, names);
  switch (step.do) {
    case "make-authority": {
      const pems = new Map([...known, ...stored.trusted].map(({ id, pem }) => [id, pem]));
      const kept = step.keep.flatMap((id) => pems.get(id) ?? []);
      const made = await makeAuthority({ now, validMs: authorityValidMs, skewMs: backdatedMs });
      return {
        ...addServing(content, stored.serving),
        [storedKeys.authority]: made.cert,
        [storedKeys.authorityKey]: made.key,
        ...(kept.length === 0
          ? {}
          : {
              [storedKeys.previous]: joinBundle(kept),
              [storedKeys.previousUntil]: new Date(step.keepUntilMs).toISOString(),
            }),
      };
    }
    case "issue-serving": {
      if (stored.authority === undefined) throw new Error("a serving certificate was planned without an authority");
      const issued = await issueServing(stored.authority, names, { now, validMs, skewMs: backdatedMs });
      return { ...content, [storedKeys.serving]: issued.cert, [storedKeys.servingKey]: issued.key };
    }
    case "forget-previous": {
      const { [storedKeys.previous]: _, [storedKeys.previousUntil]: __, ...rest } = content;
      return rest;
    }
    case "publish":
    case "wait":
      return content;
  }
}

function addServing(content: Content, serving: Pair | undefined): Content {
  if (serving === undefined) return {};
  return Object.fromEntries([storedKeys.serving, storedKeys.servingKey].map((name) => [name, content[name] ?? ""]));
}

function isEmpty(content: Content): boolean {
  return Object.values(storedKeys).every((name) => (content[name] ?? "") === "");
}

/** The pair, or what is wrong with it. */
function readPair(
  cert: string,
  key: string,
  certName: string,
  keyName: string,
): (Pair & { readonly entry: BundleEntry }) | string {
  if (cert === "" && key === "") return "";
  const [entry] = readBundle(cert).entries;
  if (entry === undefined) return `${certName} is not a PEM certificate`;
  try {
    if (entry.x509.checkPrivateKey(createPrivateKey(key))) return { cert, key, entry };
    return `${keyName} is not the key of ${certName}`;
  } catch {
    return `${keyName} is not a PEM private key`;
  }
}

function hasSigned(authority: X509Certificate, leaf: X509Certificate): boolean {
  return leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

function isFor(leaf: X509Certificate, { dns, ip }: ServingNames): boolean {
  return (
    dns.every((name) => leaf.checkHost(name, { subject: "never", wildcards: false }) !== undefined) &&
    ip.every((address) => leaf.checkIP(address) !== undefined)
  );
}

/** A time that cannot be read keeps the previous authorities for as long as they are valid. */
function readTime(text: string | undefined, previous: readonly BundleEntry[]): number {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? Math.max(0, ...previous.map(({ notAfterMs }) => notAfterMs)) : time;
}
