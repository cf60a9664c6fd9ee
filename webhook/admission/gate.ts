import { collectEvidence, type Deadline } from "../../evidence/collect.ts";
import { asksForDiscovery, type Discovery } from "../../evidence/discovery.ts";
import type { ArtifactStore } from "../../evidence/artifact-store.ts";
import type { SignatureCache } from "../../evidence/signature/signature-cache.ts";
import {
  admitWithoutJudging,
  decide,
  denyUnjudged,
  policiesFor,
  type DecideSettings,
} from "../../policies/decision/decide.ts";
import type { Decision } from "../../policies/decision.ts";
import { error, fail } from "../../policies/finding.ts";
import type { Policy, PolicySet } from "../../policies/policy.ts";
import { keysReadBy, type ReadKeys } from "../../policies/decision/read-keys.ts";
import type { EvidenceReference, EvidenceSet } from "../../policies/evidence.ts";
import type { Discovered, ObjectIdentity, StringMap, Workload } from "../../policies/workload.ts";
import { isDelegated } from "./delegation.ts";
import { type Controller } from "../../workload/kinds/judged-owner.ts";
import { headOf, type Review, type ReviewHead } from "./review.ts";
import { settleClaims, type ClaimResolver } from "./settle-claims.ts";
import { settleEnvironment, type ConfigMapResolver, type SettledInput } from "./settle-environment.ts";
import type { Devices } from "../../workload/hardware/claims.ts";
import { type Kind, kindKey, type KindTable } from "../../workload/kinds/kinds.ts";
import { outlineWorkload, readAccelerator, readObject, type Reading, type WorkloadInput } from "../../workload/read.ts";
import { WorkloadTooLarge } from "../../workload/budget.ts";
import { WorkloadError } from "../../workload/shape.ts";
import { sameReading } from "../../workload/unchanged.ts";

/** Everything a gate is made of. Each is asked anew for each review, so that a reload takes effect at once and as a whole. */
export interface GateParts {
  /** The policy set in force, undefined before the first; one call per review, so that one generation decides it. */
  policies(): PolicySet | undefined;
  /** Labels of a namespace, or undefined where they cannot be looked up. */
  namespaceLabels(namespace: string): StringMap | undefined;
  /** Asks once for the labels of a namespace that {@link namespaceLabels} does not know. Never rejects. */
  lookUpNamespace?(namespace: string, deadline: Deadline): Promise<StringMap | undefined>;
  readonly store: ArtifactStore;
  /** Without one, nothing that must be signed is admitted. */
  readonly signatures?: SignatureCache;
  /** Without one, nothing is found that a workload does not name. */
  readonly discovery?: Discovery;
  readonly kinds: KindTable;
  readonly controllers: readonly Controller[];
  readonly settings: DecideSettings;
  /** What the configuration says of devices. */
  readonly devices?: Devices;
  /** Without one, claims in other objects stay unknown. */
  readonly claims?: ClaimResolver | undefined;
  /** Without one, an environment that comes from a config map may set any variable. */
  readonly configMaps?: ConfigMapResolver | undefined;
  now(): Date;
  /** Milliseconds of a monotonic clock. */
  elapsedMs(): number;
}

/** A decision with what a record needs besides. */
export interface Verdict {
  readonly decision: Decision;
  /** Digest of the policy set that decided. */
  readonly generation: string;
  readonly durationMs: { readonly read: number; readonly collect: number; readonly decide: number };
  /** True when the evidence was at hand and nothing was fetched. */
  readonly cached: boolean;
  /** Whether a workload that no policy is about asks for an accelerator; undefined for those that were judged. */
  readonly unjudgedAccelerator?: "requested" | "none" | "unknown";
  /** What was thrown, when the gate itself failed: for the log, never for the answer. */
  readonly cause?: unknown;
}

export interface Gate {
  /** Judges a review. Answers at once when all evidence is cached; never throws and never rejects: a failure is a denial. */
  judge(review: Review, deadline: Deadline): Verdict | Promise<Verdict>;
}

export function createGate(parts: GateParts): Gate {
  const keysOf = memoize(keysReadBy);
  return {
    judge(review, deadline) {
      const generation = parts.policies();
      if (generation === undefined) return notLoaded(parts, review);
      try {
        const verdict = judge(parts, generation, keysOf(generation), review, deadline);
        if (!(verdict instanceof Promise)) return verdict;
        // Of the review nothing is held while it waits but this.
        const head = headOf(review);
        return verdict.catch((cause: unknown) => failed(parts, generation, head, cause));
      } catch (cause) {
        return failed(parts, generation, review, cause);
      }
    },
  };
}

function judge(
  parts: GateParts,
  set: PolicySet,
  keys: ReadKeys,
  review: Review,
  deadline: Deadline,
): Verdict | Promise<Verdict> {
  const startMs = parts.elapsedMs();
  const identity = identityOf(review);
  if (review.operation !== "CREATE" && review.operation !== "UPDATE") {
    const message = `the gate judges CREATE and UPDATE, not ${review.operation}: correct the rules of the webhook configuration`;
    return atOnce(
      parts,
      set,
      startMs,
      denyUnjudged(
        identity,
        fail("REVIEW_INVALID", { expected: "CREATE or UPDATE", found: review.operation, message }),
        parts.now(),
      ),
    );
  }
  const kind = parts.kinds.get(kindKey(review.kind.group, review.kind.kind));
  if (kind === undefined) return atOnce(parts, set, startMs, outside(parts, identity));
  if (isDelegated(review, parts.controllers))
    return atOnce(parts, set, startMs, admitWithoutJudging(identity, "delegated", parts.now()));
  const labels = parts.namespaceLabels(review.namespace);
  const rest = (known: StringMap | undefined): Verdict | Promise<Verdict> =>
    judgeWorkload(parts, set, keys, { review, kind, namespaceLabels: known, startMs }, deadline);
  // A namespace that was made a moment ago, together with what is in it.
  if (labels === undefined && review.namespace !== "" && parts.lookUpNamespace !== undefined)
    return parts.lookUpNamespace(review.namespace, deadline).then(rest);
  return rest(labels);
}

interface Subject {
  readonly review: Review;
  readonly kind: Kind;
  readonly namespaceLabels: StringMap | undefined;
  readonly startMs: number;
}

function judgeWorkload(
  parts: GateParts,
  set: PolicySet,
  keys: ReadKeys,
  { review, kind, namespaceLabels, startMs }: Subject,
  deadline: Deadline,
): Verdict | Promise<Verdict> {
  const input: WorkloadInput = {
    object: review.object,
    ...review.kind,
    namespace: review.namespace,
    name: review.name,
    namespaceLabels,
    kinds: parts.kinds,
    definition: kind,
    devices: parts.devices,
  };
  const outline = outlineWorkload(input);
  const isOutside = policiesFor(outline, set.policies).length === 0;
  const isUpdate = review.operation === "UPDATE";
  if (isOutside && (parts.settings.noMatch === "Admit" || !isUpdate))
    return unmatched(parts, set, startMs, outline, input);
  const reading = readObject(input, outline);
  if (isUpdate && isUnchanged({ ...input, object: review.oldObject }, reading, keys)) {
    return atOnce(parts, set, startMs, admitWithoutJudging(outline.object, "unchanged", parts.now()));
  }
  if (isOutside) return unmatched(parts, set, startMs, outline, input);
  const { workload } = reading;
  const readMs = parts.elapsedMs();
  const policies = policiesFor(workload, set.policies);
  const evidence = collect(parts, workload, policies, deadline);
  const settled = settle(parts, { input, workload }, policies, deadline);
  const conclude = ({ set: collected, discovered }: Collected, settledWorkload: Workload): Verdict => {
    const known = discovered === undefined ? settledWorkload : { ...settledWorkload, discovered };
    const collectedMs = parts.elapsedMs();
    const decision = decide({
      workload: known,
      evidence: collected,
      policies: set.policies,
      exceptions: set.exceptions,
      now: parts.now(),
      settings: parts.settings,
    });
    const durationMs = {
      read: readMs - startMs,
      collect: collectedMs - readMs,
      decide: parts.elapsedMs() - collectedMs,
    };
    return { decision, generation: set.digest, durationMs, cached: !(evidence instanceof Promise) };
  };
  if (!(evidence instanceof Promise) && !(settled instanceof Promise)) return conclude(evidence, settled);
  return Promise.all([evidence, settled]).then(([collected, known]) => conclude(collected, known));
}

/** No policy can be about it, so nothing of it is read but whether it asks for an accelerator: for counting, not for judging. */
function unmatched(
  parts: GateParts,
  set: PolicySet,
  startMs: number,
  workload: Workload,
  input: WorkloadInput,
): Verdict {
  const decision = decide({
    workload,
    evidence: new Map(),
    policies: [],
    exceptions: [],
    now: parts.now(),
    settings: parts.settings,
  });
  return { ...atOnce(parts, set, startMs, decision), unjudgedAccelerator: readAccelerator(input) };
}

/** The workload with what the cluster says of what it refers to, where a policy asks for that; at once where none does. */
function settle(
  { claims, configMaps }: GateParts,
  read: SettledInput,
  policies: readonly Policy[],
  deadline: Deadline,
): Workload | Promise<Workload> {
  const withClaims = ({ input, workload }: SettledInput): Workload | Promise<Workload> =>
    settleClaims(claims, input, workload, policies, deadline);
  const known = settleEnvironment(configMaps, read, policies, deadline);
  return known instanceof Promise ? known.then(withClaims) : withClaims(known);
}

/** What a decision rests on, and what was found without being named. */
interface Collected {
  readonly set: EvidenceSet;
  readonly discovered?: Discovered;
}

/** The evidence that the workload names; where it names none and a policy lets the gate look, what refers to its models. */
function collect(
  { store, signatures, discovery }: GateParts,
  workload: Workload,
  policies: readonly Policy[],
  deadline: Deadline,
): Collected | Promise<Collected> {
  const read = (references: readonly EvidenceReference[]): EvidenceSet | Promise<EvidenceSet> =>
    collectEvidence(store, { references, policies }, deadline, signatures);
  if (discovery === undefined || !asksForDiscovery(workload, policies)) {
    const set = read(workload.references.entries);
    return set instanceof Promise ? set.then((one) => ({ set: one })) : { set };
  }
  const readFound = (discovered: Discovered): Collected | Promise<Collected> => {
    const set = read(discovered.references);
    return set instanceof Promise ? set.then((one) => ({ set: one, discovered })) : { set, discovered };
  };
  const found = discovery.find(workload, policies, deadline);
  return found instanceof Promise ? found.then(readFound) : readFound(found);
}

/** An old object that cannot be read, or compared, is no proof of anything: the new one is judged as if it were created. */
function isUnchanged(before: WorkloadInput, after: Reading, keys: ReadKeys): boolean {
  try {
    return sameReading(readObject(before), after, keys);
  } catch (cause) {
    if (cause instanceof WorkloadError || cause instanceof WorkloadTooLarge) return false;
    throw cause;
  }
}

/** For kinds that the gate does not read: no policy can be about them. */
function outside({ settings, now }: GateParts, object: ObjectIdentity): Decision {
  const bare: Workload = {
    object,
    metadata: [{ path: "metadata", labels: {}, annotations: {} }],
    namespaceLabels: undefined,
    references: { entries: [], problem: undefined, field: "metadata" },
    models: [],
    arguments: [],
    hardware: { accelerator: "none", classes: [], field: "spec" },
  };
  return decide({ workload: bare, evidence: new Map(), policies: [], exceptions: [], now: now(), settings });
}

function atOnce(parts: GateParts, set: PolicySet, startMs: number, decision: Decision): Verdict {
  return {
    decision,
    generation: set.digest,
    durationMs: { read: parts.elapsedMs() - startMs, collect: 0, decide: 0 },
    cached: true,
  };
}

function notLoaded(parts: GateParts, review: Review): Verdict {
  const result = error("POLICIES_NOT_LOADED", {
    expected: "a policy set",
    found: "none",
    message: "no policy set has been loaded yet",
  });
  return {
    decision: denyUnjudged(identityOf(review), result, parts.now()),
    generation: "",
    durationMs: { read: 0, collect: 0, decide: 0 },
    cached: true,
  };
}

/** The last place where anything thrown becomes a denial. The cause goes to the log through the verdict's caller only. */
function failed(parts: GateParts, set: PolicySet, review: ReviewHead, cause: unknown): Verdict {
  const unreadable = cause instanceof WorkloadError;
  const result = unreadable
    ? fail("REVIEW_INVALID", {
        expected: "a readable object",
        found: cause.message,
        message: cause.message,
        field: cause.path,
      })
    : error("INTERNAL_ERROR", {
        expected: "a judgement",
        found: "a failure",
        message: `internal error while judging review ${review.uid}`,
      });
  const verdict = {
    decision: denyUnjudged(identityOf(review), result, parts.now()),
    generation: set.digest,
    durationMs: { read: 0, collect: 0, decide: 0 },
    cached: true,
  };
  return unreadable ? verdict : { ...verdict, cause };
}

function identityOf({ kind, namespace, name }: ReviewHead): ObjectIdentity {
  return { ...kind, namespace, name };
}

function memoize<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
