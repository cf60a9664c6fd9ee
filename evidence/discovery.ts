import { LRUCache } from "lru-cache";
import type { Digest } from "../policies/digest.ts";
import { toEvidenceKey, type EvidenceReference } from "../policies/evidence.ts";
import type { Policy } from "../policies/policy.ts";
import { parseRfc3339 } from "../policies/time.ts";
import type { DiscoveredEvidence, UnsearchedPlace, Workload } from "../policies/workload.ts";
import { listEvaluationPlaces, listModelPlaces, type ModelPlace } from "./model-places.ts";
import type { Deadline } from "./search.ts";
import { deepFreeze } from "../runtime/deep-freeze.ts";
import { toUnseen, type Unseen, explainUnusable } from "./errors.ts";
import { waitInTime } from "../registry/in-time.ts";
import { limits } from "../registry/limits.ts";
import { listReferrers, readReferrer, type ListEntry } from "../registry/referrers.ts";
import { mapInParallel } from "../runtime/in-parallel.ts";
import { allOf, andThen, type NowOrLater } from "../runtime/now-or-later.ts";
import { fetchPlaces, getHost, getRegistry } from "./registry-of.ts";
import { isSignature } from "./signature/referring-signatures.ts";
import { createSingleFlight } from "../runtime/single-flight.ts";
import type { Source } from "../registry/source.ts";

/** Finds evaluations by the model that they are about, where a workload names none. */
export interface Discovery {
  /** What refers to the workload's models, in places that the policies trust: at once where it is remembered. Never rejects. */
  find(workload: Workload, policies: readonly Policy[], deadline: Deadline): NowOrLater<DiscoveredEvidence>;
  /**
   * The same for policies that ask for the newest word on the models, in the repositories of the evidence that the workload names,
   * too. A list that leaves out what the workload names is not believed for long. Never rejects.
   */
  list(workload: Workload, policies: readonly Policy[], deadline: Deadline): NowOrLater<DiscoveredEvidence>;
}

/** What is kept of lists, and for how long. */
export interface DiscoveryOptions {
  /** How long a list that is not empty is believed: newer evaluations are not seen for so long. */
  readonly listTtlMs: number;
  readonly absentTtlMs: number;
  readonly maxEntries: number;
  readonly fetchTimeoutMs: number;
}

const defaults: DiscoveryOptions = { listTtlMs: 30_000, absentTtlMs: 5_000, maxEntries: 2_000, fetchTimeoutMs: 8_000 };

/** Only policies that say `discover: true` take part, and only where the workload carries no reference of its own. */
export function asksForDiscovery({ references }: Workload, policies: readonly Policy[]): boolean {
  return (
    references.entries.length === 0 && references.problem === undefined && policies.some(({ discover }) => discover)
  );
}

/** `clock` is monotonic, in milliseconds. */
export function createDiscovery(
  source: Source,
  options: Partial<DiscoveryOptions> = {},
  clock: { now(): number } = performance,
): Discovery {
  const settings = { ...defaults, ...options };
  const look = createListReader(source, settings, clock);
  return {
    find(workload, policies, deadline) {
      const asking = policies.filter(({ discover }) => discover);
      return andThen(
        look(listModelPlaces(workload, asking), deadline, () => true),
        join,
      );
    },
    list(workload, policies, deadline) {
      const asking = policies.filter(({ newest }) => newest);
      const named = workload.references.entries.filter((one) => one.kind === "full");
      const places = listEvaluationPlaces(workload, asking);
      const isBelieved = ({ discovered, foundMs }: Remembered, { repository }: ModelPlace): boolean => {
        const here = named.filter((one) => one.repository === repository);
        return clock.now() - foundMs < settings.absentTtlMs || here.every((one) => holds(discovered, one.digest));
      };
      return andThen(look(places, deadline, isBelieved), (all) => join(withinLimit(all, places)));
    },
  };
}

/** What refers to the models at these places, in their order. What is remembered of one counts where it is believed. */
type ListReader = (
  places: readonly ModelPlace[],
  deadline: Deadline,
  isBelieved: (known: Remembered, place: ModelPlace) => boolean,
) => NowOrLater<readonly DiscoveredEvidence[]>;

/** Each list is read once for all who ask for it at the same time. */
function createListReader(
  source: Source,
  { listTtlMs, absentTtlMs, maxEntries, fetchTimeoutMs }: DiscoveryOptions,
  clock: { now(): number },
): ListReader {
  const cache = new LRUCache<string, Remembered>({ max: maxEntries, perf: clock, ttlResolution: 0 });
  const share = createSingleFlight<DiscoveredEvidence>({ places: fetchPlaces, timeoutMs: fetchTimeoutMs });
  const toKey = ({ repository, digest }: ModelPlace): string =>
    JSON.stringify([source.scope(repository), repository, digest]);

  const read = async (place: ModelPlace, signal: AbortSignal): Promise<DiscoveredEvidence> => {
    const discovered = deepFreeze(await discoverAt(source, place, signal));
    const couldNotLook = discovered.problems.some(({ kind }) => kind === "unavailable");
    const ttl = discovered.references.length > 0 ? listTtlMs : absentTtlMs;
    if (!couldNotLook) cache.set(toKey(place), { discovered, foundMs: clock.now() }, { ttl });
    return discovered;
  };

  const look = async (place: ModelPlace, asked: AbortSignal): Promise<DiscoveredEvidence> => {
    try {
      const owner = getRegistry(source, place.repository);
      return await waitInTime(share({ key: toKey(place), owner, asked, run: (signal) => read(place, signal) }), asked);
    } catch (error) {
      return explainFailure(error, place);
    }
  };

  return (places, deadline, isBelieved) =>
    allOf(
      places.map((place) => {
        const known = cache.get(toKey(place));
        if (known !== undefined && isBelieved(known, place)) return known.discovered;
        return look(place, deadline.signal(getHost(place.repository)));
      }),
    );
}

interface Remembered {
  readonly discovered: DiscoveredEvidence;
  readonly foundMs: number;
}

/** One that was pushed since is missing, as is one that refers to nothing. */
function holds({ references }: DiscoveredEvidence, digest: Digest): boolean {
  return references.some((one) => one.kind === "full" && one.digest === digest);
}

/** What refers to the model at this place, and what could not be seen there. */
async function discoverAt(source: Source, place: ModelPlace, signal: AbortSignal): Promise<DiscoveredEvidence> {
  const { repository, digest } = place;
  const { found, unseen } = await findEvaluations(source, place, signal);
  const references = found.map((one): EvidenceReference => {
    const text = toEvidenceKey(repository, one);
    return { kind: "full", text, repository, digest: one };
  });
  const at = toEvidenceKey(repository, digest);
  return { references, problems: unseen.flatMap((one) => listProblems(one, at)) };
}

/** Why nothing was discovered at this place. Throws again what is a bug. */
function explainFailure(error: unknown, { repository, digest }: ModelPlace): DiscoveredEvidence {
  const missing = explainUnusable(error);
  if (missing === undefined) throw error;
  if (missing.kind === "absent") return nothing;
  return { references: [], problems: [{ ...missing, place: toEvidenceKey(repository, digest) }] };
}

/** Listed manifests that are looked at, at once. */
const atOnce = 16;

/**
 * What refers to the model and can be an evaluation, up to `limits.discovered`: whatever else is attached to it, such as its
 * signatures, takes no place. What could not be seen hides nothing that was.
 */
async function findEvaluations(
  source: Source,
  { repository, digest }: ModelPlace,
  signal: AbortSignal,
): Promise<{ readonly found: readonly Digest[]; readonly unseen: readonly UnseenEvaluations[] }> {
  const { listed, unseen } = await listReferrers(source, repository, digest, signal);
  const possible = listed.filter((one) => !isSignature(one)).toSorted(byAge);
  const read = await mapInParallel(possible.slice(0, limits.discovered), atOnce, async (one) => {
    try {
      return await readReferrer(source, repository, digest, one.digest, signal);
    } catch (error) {
      const missing = explainUnusable(error);
      if (missing === undefined) throw error;
      return missing;
    }
  });
  const found = read.flatMap((one) => (one !== undefined && "digest" in one ? [one.digest] : []));
  const lost = read.flatMap((one): UnseenEvaluations[] => (one !== undefined && "kind" in one ? [one] : []));
  const left = possible.slice(limits.discovered);
  const message = `${possible.length} manifests that may be evaluations refer to it, and ${limits.discovered} are looked at`;
  const rest: UnseenEvaluations[] = left.length > 0 ? [{ kind: "too-many", message, until: findLatest(left) }] : [];
  return { found, unseen: [...rest, ...(unseen === undefined ? [] : [toUnseen(unseen)]), ...lost] };
}

/** `until`: RFC 3339, where all of them say that they were made by then. */
type UnseenEvaluations = Unseen & { readonly until?: string | undefined };

/** What does not say when it was made comes first, then the newest. */
function byAge(a: ListEntry, b: ListEntry): number {
  return readTime(b) - readTime(a);
}

function readTime({ created }: ListEntry): number {
  return parseRfc3339(created ?? "")?.getTime() ?? Number.MAX_SAFE_INTEGER;
}

function findLatest([first]: readonly ListEntry[]): string | undefined {
  return first && parseRfc3339(first.created ?? "")?.toISOString();
}

function listProblems(unseen: UnseenEvaluations, place: string): UnsearchedPlace[] {
  switch (unseen.kind) {
    case "absent":
      return [];
    case "too-many": {
      const { message, until } = unseen;
      return [{ kind: "refused", reason: "ARTIFACT_INVALID", message, place, until }];
    }
    case "refused":
    case "unavailable":
      return [{ ...unseen, place }];
  }
}

const nothing: DiscoveredEvidence = { references: [], problems: [] };

/**
 * The author of a workload chooses how many places there are: what lies in those that are beyond the limit is left out whole, and
 * that is said, so that it hides nothing. The places of policies come first.
 */
function withinLimit(all: readonly DiscoveredEvidence[], places: readonly ModelPlace[]): DiscoveredEvidence[] {
  let left: number = limits.rivals;
  return all.map((one, at) => {
    const place = places[at];
    if (one.references.length > left && place !== undefined) return leftOut(place);
    left -= one.references.length;
    return one;
  });
}

function leftOut({ repository, digest }: ModelPlace): DiscoveredEvidence {
  const message = `more than ${limits.rivals} evaluations are listed in all repositories and for all models together`;
  const place = toEvidenceKey(repository, digest);
  return { references: [], problems: [{ kind: "refused", reason: "ARTIFACT_INVALID", message, place }] };
}

function join(all: readonly DiscoveredEvidence[]): DiscoveredEvidence {
  return {
    references: all.flatMap(({ references }) => references),
    problems: all.flatMap(({ problems }) => problems),
  };
}
