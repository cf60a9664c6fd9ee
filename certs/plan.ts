/**
 * What has to be done about the gate's own certificates: a pure function, so that each step can be tested, also after a restart
 * in the middle. What it knows is what is stored and what is published; it keeps no state of its own.
 *
 * The law: a client that trusts what is published can verify every serving certificate that a replica may present. So a new
 * authority is published beside the old one first; when that has been in force for `settleMs` the serving certificate is
 * exchanged; and the old authority is forgotten when nothing that it signed can be valid any more.
 */

/** Milliseconds since 1970. */
interface Times {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** What the plan reads of an authority's certificate. */
export interface AuthorityFacts extends Times {
  /** Fingerprint. */
  readonly id: string;
}

/** What the plan reads of a serving certificate. */
export interface LeafFacts extends Times {
  /** The stored authority's id, or a previous one's; undefined where none of them signed it. */
  readonly signedBy: string | undefined;
  /** Whether it is for every name that is wanted. */
  readonly covers: boolean;
}

/** What is stored. Whatever is damaged counts as missing. */
export interface StoredFacts {
  /** The authority whose key is there, too. */
  readonly authority: AuthorityFacts | undefined;
  readonly leaf: LeafFacts | undefined;
  /** Authorities that no longer sign but are still to be trusted. */
  readonly previous: readonly AuthorityFacts[];
  /** When nothing that they signed can be valid any more. */
  readonly previousUntilMs: number;
}

/** The webhook configurations that exist, as they are. */
export interface PublishedFacts {
  readonly configurations: readonly PublishedConfiguration[];
  /** For how long it has been observed without a break that all of them trust the stored authority; 0 where they do not. */
  readonly trustedForMs: number;
}

/** A webhook configuration, as it stands in the cluster. */
export interface PublishedConfiguration {
  readonly name: string;
  /** For each of its webhooks, the authorities in its caBundle. */
  readonly bundles: readonly PublishedBundle[];
}

/** The `caBundle` of one webhook. */
export interface PublishedBundle {
  readonly authorities: readonly AuthorityFacts[];
  /** Whether something else is in it. */
  readonly damaged: boolean;
}

/** How long certificates last, and how early they are replaced. Milliseconds. */
export interface PlanSettings {
  /** How long a serving certificate is valid. An authority must have that long left, or it is replaced. */
  readonly validMs: number;
  /** A serving certificate with less than this left is renewed. */
  readonly renewBeforeMs: number;
  /** How long a new authority is published before anything that it signed is presented. */
  readonly settleMs: number;
  /** How far clocks may differ. */
  readonly skewMs: number;
}

/** One thing to do next. Each leaves a state in which the API server trusts what the gate presents. */
export type Step =
  /** Store a new authority, and keep these as previous ones. */
  | {
      readonly do: "make-authority";
      readonly keep: readonly string[];
      readonly keepUntilMs: number;
      readonly why: string;
    }
  /** Set every caBundle of the configuration to exactly these. */
  | { readonly do: "publish"; readonly configuration: string; readonly trust: readonly string[] }
  /** Store a new serving certificate, signed by the stored authority. */
  | { readonly do: "issue-serving"; readonly why: string }
  /** Store that there are no previous authorities. */
  | { readonly do: "forget-previous" }
  /** A new authority waits to be in force everywhere. */
  | { readonly do: "wait"; readonly why: string };

/** The steps that can be taken now: publications first, then at most one change of what is stored, after which to plan again. */
export function plan(nowMs: number, stored: StoredFacts, published: PublishedFacts, settings: PlanSettings): Step[] {
  const { authority } = stored;
  const flaw = authority === undefined ? "there is none" : findFlaw(authority, nowMs, settings);
  if (authority === undefined || flaw !== undefined)
    return [replaceAuthority(nowMs, stored, published, settings, flaw ?? "")];
  const trust = [authority.id, ...stored.previous.map(({ id }) => id)];
  const publications = published.configurations
    .filter(({ bundles }) => bundles.some((bundle) => !isExactly(trust, bundle)))
    .map(({ name }): Step => ({ do: "publish", configuration: name, trust }));
  return [...publications, ...storeNext(nowMs, authority, stored, published, settings)];
}

/** The step that gives up the stored authority, whatever its state: by plan, or because a person asks for it. */
export function replaceAuthority(
  nowMs: number,
  { authority, leaf, previous, previousUntilMs }: StoredFacts,
  { configurations }: Pick<PublishedFacts, "configurations">,
  { validMs, skewMs }: PlanSettings,
  why: string,
): Step {
  // Where the authority is lost, replicas may still present what it signed: then what is published tells which one that was.
  const lost = authority === undefined;
  const found = lost
    ? configurations.flatMap(({ bundles }) => bundles.flatMap((bundle) => bundle.authorities))
    : [authority];
  const keep = [...previous, ...found].filter(({ notAfterMs }) => notAfterMs >= nowMs);
  const ends = [
    ...(previous.length === 0 ? [] : [previousUntilMs]),
    ...(leaf === undefined ? [] : [leaf.notAfterMs + skewMs]),
    ...(lost || leaf === undefined ? [nowMs + validMs + skewMs] : []),
  ];
  return {
    do: "make-authority",
    keep: [...new Set(keep.map(({ id }) => id))],
    keepUntilMs: Math.max(...ends),
    why,
  };
}

function storeNext(
  nowMs: number,
  authority: AuthorityFacts,
  { leaf, previous, previousUntilMs }: StoredFacts,
  { configurations, trustedForMs }: PublishedFacts,
  settings: PlanSettings,
): Step[] {
  const flaw = flawOfLeaf(leaf, authority, nowMs, settings);
  if (flaw === undefined) return previous.length > 0 && nowMs > previousUntilMs ? [{ do: "forget-previous" }] : [];
  // Only a change of signer can break anybody's trust, and only where something signed by another may be in use.
  const changesSigner = leaf?.signedBy !== authority.id && (leaf !== undefined || previous.length > 0);
  if (changesSigner && configurations.length > 0 && trustedForMs < settings.settleMs)
    return [{ do: "wait", why: "the new authority has to be in force in every webhook configuration first" }];
  return [{ do: "issue-serving", why: flaw }];
}

function findFlaw({ notBeforeMs, notAfterMs }: Times, nowMs: number, { validMs }: PlanSettings): string | undefined {
  if (!(notBeforeMs <= nowMs)) return `it is not valid before ${new Date(notBeforeMs).toISOString()}`;
  if (!(notAfterMs - nowMs >= validMs)) return `it ends at ${new Date(notAfterMs).toISOString()}`;
  return undefined;
}

function flawOfLeaf(
  leaf: LeafFacts | undefined,
  authority: AuthorityFacts,
  nowMs: number,
  { renewBeforeMs }: PlanSettings,
): string | undefined {
  if (leaf === undefined) return "there is none";
  if (leaf.signedBy !== authority.id) return "another authority signed it";
  if (!leaf.covers) return "it is not for every name";
  if (!(leaf.notBeforeMs <= nowMs)) return `it is not valid before ${new Date(leaf.notBeforeMs).toISOString()}`;
  if (!(leaf.notAfterMs - nowMs >= renewBeforeMs)) return `it ends at ${new Date(leaf.notAfterMs).toISOString()}`;
  return undefined;
}

function isExactly(trust: readonly string[], { authorities, damaged }: PublishedBundle): boolean {
  const ids = new Set(authorities.map(({ id }) => id));
  return !damaged && ids.size === trust.length && trust.every((id) => ids.has(id));
}
