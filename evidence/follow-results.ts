import type { Artifact, Benchmark, Content, ResultsArtifact, Signatures } from "../policies/artifact.ts";
import { parseDigest, shortenDigest, type Digest } from "../policies/digest.ts";
import type { Evidence } from "../policies/evidence.ts";
import type { BenchmarkRule, Policy } from "../policies/policy.ts";
import { show } from "../policies/show.ts";
import type { ArtifactCache } from "./artifact-cache.ts";
import type { Deadline, Search } from "./search.ts";
import { getHost } from "./registry-of.ts";
import { deepFreeze } from "../runtime/deep-freeze.ts";
import { findNamedDigest } from "../policies/checks/benchmarks.ts";
import { evaluateRevocations } from "../policies/decision/revocations.ts";
import { findRevocations, listRevokers, type RevocationCache } from "./signature/revocation/revocation-cache.ts";
import { allOf, andThen, both, type NowOrLater } from "../runtime/now-or-later.ts";
import { limits } from "../registry/limits.ts";
import { parseReference } from "../workload/references/evidence-reference.ts";

type Results = Extract<Content, { kind: "read" }>;
type Named = Extract<ResultsArtifact, { kind: "named" }>;
type Place = { readonly repository: string; readonly digest: Digest };

/**
 * An evaluation card with what became of the results artifacts that its rows name: those that a policy's rules ask for, read
 * by digest, and compared with their rows. Anything else, and a card of which nothing is asked, stays as it is.
 *
 * A card is attacker-controlled, so nothing is asked of a repository that a policy which asks does not trust, no more than
 * `limits.followedArtifacts` are read, and what they name is not followed.
 */
export function followResults(
  stores: ResultStores,
  { repository, policies }: Search,
  evidence: Evidence,
  deadline: Deadline,
): NowOrLater<Evidence> {
  if (evidence.kind !== "found" || evidence.artifact.kind !== "evaluation-card") return evidence;
  const { artifact } = evidence;
  const { content } = artifact;
  const asking = policies.filter((policy) => listRules(policy).length > 0);
  const rules = asking.flatMap(listRules);
  if (content.kind !== "read" || rules.length === 0) return evidence;

  let left: number = limits.followedArtifacts;
  const answers = content.benchmarks.map((row): NowOrLater<ResultsArtifact | undefined> => {
    const { resultsArtifact: named } = row;
    const own = rules.filter((rule) => isAbout(rule, row));
    if (named?.kind !== "named" || own.length === 0) return named;
    left -= 1;
    if (left < 0) return tooMany;
    const place = findPlace(named, row, repository, asking);
    if ("kind" in place) return place;
    return andThen(
      findResults(stores, place, asking, deadline),
      ([one, revoked]) => judgeStanding(row, asking, revoked) ?? compareOnce(row, own, content, one),
    );
  });
  return andThen(allOf(answers), (all) => withResults(artifact, content, all));
}

/** Where results are read, and revocations of them found. */
export interface ResultStores {
  readonly store: ArtifactCache;
  readonly revocations: RevocationCache | undefined;
}

/** The results, and who revoked them, where a policy that asks lets somebody revoke. */
function findResults(
  { store, revocations }: ResultStores,
  { repository, digest }: Place,
  asking: readonly Policy[],
  deadline: Deadline,
): NowOrLater<readonly [Evidence, Signatures | undefined]> {
  const found =
    store.peek(repository, digest, true) ??
    store.lookUp(repository, digest, true, deadline.signal(getHost(repository)));
  const required = listRevokers(asking);
  if (required.length === 0 || revocations === undefined) return andThen(found, (one) => [one, undefined] as const);
  return both(found, findRevocations(revocations, { repository, digest }, required, deadline));
}

/** Why the results do not count, or cannot, whatever they say: a policy that asks says who may revoke them. */
function judgeStanding(
  row: Benchmark,
  asking: readonly Policy[],
  revocations: Signatures | undefined,
): ResultsArtifact | undefined {
  const [first] = asking.flatMap((policy) => evaluateRevocations(revocations, policy) ?? []);
  if (first === undefined) return undefined;
  if (first.outcome === "fail") return disagrees(first.reason, row, first.message);
  return { kind: "unavailable", reason: first.reason, message: sentence(row, first.message) };
}

const tooMany: ResultsArtifact = {
  kind: "disagrees",
  reason: "ARTIFACT_INVALID",
  message: `the card names more than ${limits.followedArtifacts} results artifacts that would have to be read`,
};

function listRules({ requirements }: Policy): BenchmarkRule[] {
  return requirements.flatMap(({ benchmarks = [] }) => benchmarks.filter(({ resultsArtifact }) => resultsArtifact));
}

function isAbout(rule: BenchmarkRule, { id, provider }: Benchmark): boolean {
  return rule.id === id && (rule.provider === undefined || rule.provider === provider);
}

/** Where the results lie, or why they are not looked for. */
function findPlace(
  { reference, digest }: Named,
  row: Benchmark,
  repository: string,
  asking: readonly Policy[],
): Place | ResultsArtifact {
  const stated = digest === undefined ? undefined : parseDigest(digest);
  const parsed = parseReference(reference ?? digest ?? "");
  if (parsed.kind === "malformed")
    return disagrees("BENCHMARK_MISSING", row, `the card does not name them by digest: ${parsed.problem}`);
  if (digest !== undefined && stated !== parsed.digest)
    return disagrees("ARTIFACT_INVALID", row, "the card names them by two digests");
  if (asking.some(({ revoked }) => revoked.has(parsed.digest)))
    return disagrees("EVIDENCE_REVOKED", row, `a policy revokes ${shortenDigest(parsed.digest)}`);
  const place = { repository: parsed.kind === "full" ? parsed.repository : repository, digest: parsed.digest };
  const isTrusted = asking.every(({ repositories }) => repositories.some((one) => one.matches(place.repository)));
  return isTrusted
    ? place
    : disagrees("REPOSITORY_NOT_TRUSTED", row, `they lie in ${place.repository}, which the policy does not trust`);
}

const compared = new WeakMap<Benchmark, WeakMap<Evidence, Map<string, ResultsArtifact>>>();

/** Both are remembered as they are, so that only the first review that asks for the same pays for the comparison. */
function compareOnce(
  row: Benchmark,
  rules: readonly BenchmarkRule[],
  card: Results,
  evidence: Evidence,
): ResultsArtifact {
  const ofRow = compared.get(row) ?? new WeakMap<Evidence, Map<string, ResultsArtifact>>();
  const known = ofRow.get(evidence) ?? new Map<string, ResultsArtifact>();
  const asked = JSON.stringify(rules.map(({ metric, passed }) => [metric?.name, passed]));
  const result = known.get(asked) ?? compare(row, rules, card, evidence);
  compared.set(row, ofRow.set(evidence, known.set(asked, result)));
  return result;
}

/** Whether the results bear the row out: the same job, the same benchmark, and the same numbers. */
function compare(row: Benchmark, rules: readonly BenchmarkRule[], card: Results, evidence: Evidence): ResultsArtifact {
  switch (evidence.kind) {
    case "absent":
      return disagrees("EVIDENCE_NOT_FOUND", row, evidence.message);
    case "refused":
      return disagrees(evidence.reason, row, evidence.message);
    case "unavailable":
      return { kind: "unavailable", reason: evidence.reason, message: sentence(row, evidence.message) };
    case "found":
      return compareContent(row, rules, card, evidence.artifact);
  }
}

function compareContent(
  row: Benchmark,
  rules: readonly BenchmarkRule[],
  card: Results,
  { kind, content }: Artifact,
): ResultsArtifact {
  if (content.kind === "unavailable")
    return { kind: "unavailable", reason: content.reason, message: sentence(row, content.message) };
  if (content.kind === "refused") return disagrees(content.reason, row, content.message);
  if (kind !== "evalhub-results" || content.kind !== "read")
    return disagrees("ARTIFACT_INVALID", row, "what the card names holds no EvalHub results");
  if (content.job === undefined || content.job !== card.job)
    return disagrees(
      "ARTIFACT_INVALID",
      row,
      `they are of job ${show(content.job)}, but the card is of ${show(card.job)}`,
    );
  const runs = content.benchmarks.filter(
    ({ id, provider }) =>
      id === row.id && (provider === undefined || row.provider === undefined || provider === row.provider),
  );
  if (runs.length === 0) return disagrees("BENCHMARK_MISSING", row, "the artifact holds none for this benchmark");
  for (const { metrics } of runs) {
    const other = findDifference(row.metrics, metrics);
    if (other === undefined) continue;
    const [name, ours, theirs] = other;
    return disagrees("ARTIFACT_INVALID", row, `the card says that ${show(name)} is ${ours}, but they say ${theirs}`);
  }
  for (const { metric } of rules) {
    const value = metric && row.metrics.get(metric.name);
    if (value === undefined || runs.some(({ metrics }) => metrics.has(metric?.name ?? ""))) continue;
    return disagrees(
      "ARTIFACT_INVALID",
      row,
      `they do not hold ${show(metric?.name)}, which the card gives as ${value}`,
    );
  }
  return (rules.some(({ passed }) => passed) && refuseVerdict(row, runs)) || { kind: "agrees" };
}

/** Where the verdict counts, what it rests on must be among the results: a metric of both, in the server's single precision. */
function refuseVerdict(row: Benchmark, runs: readonly Benchmark[]): ResultsArtifact | undefined {
  const { score } = row.resultsArtifact?.kind === "named" ? row.resultsArtifact : nothing;
  if (row.passed !== true) return undefined;
  if (score === undefined)
    return disagrees(
      "ARTIFACT_INVALID",
      row,
      "the card says that it passed, and gives no score that they could bear out",
    );
  const { value, metric } = score;
  const names = metric === undefined ? [...row.metrics.keys()] : [metric];
  const isScore = (one: number | undefined): boolean => one !== undefined && Math.fround(one) === Math.fround(value);
  if (runs.some(({ metrics }) => names.some((name) => isScore(metrics.get(name))))) return undefined;
  const where = metric === undefined ? "no metric of theirs that the card gives, too" : `not their ${show(metric)}`;
  return disagrees("ARTIFACT_INVALID", row, `the card says that it passed with ${value}, which is ${where}`);
}

const nothing: { readonly score?: undefined } = {};

/** A metric that both give, and not the same. Goes through the smaller of the two, so that many runs cost no more than they hold. */
function findDifference(
  ours: Benchmark["metrics"],
  theirs: Benchmark["metrics"],
): readonly [name: string, ours: number, theirs: number] | undefined {
  for (const name of (ours.size < theirs.size ? ours : theirs).keys()) {
    const [one, other] = [ours.get(name), theirs.get(name)];
    if (one !== undefined && other !== undefined && one !== other) return [name, one, other];
  }
  return undefined;
}

function disagrees(
  reason: Extract<ResultsArtifact, { kind: "disagrees" }>["reason"],
  row: Benchmark,
  message: string,
): ResultsArtifact {
  return { kind: "disagrees", reason, message: sentence(row, message) };
}

function sentence({ provider, id }: Benchmark, message: string): string {
  return `the results of ${provider === undefined ? show(id) : `${show(provider)}/${show(id)}`}: ${message}`;
}

/** The last answer for each card, so that the same evidence is the same object as long as nothing changes. */
const known = new WeakMap<Artifact, Evidence>();

function withResults(artifact: Artifact, content: Results, all: readonly (ResultsArtifact | undefined)[]): Evidence {
  const benchmarks = content.benchmarks.map((row, at) => {
    const resultsArtifact = all[at];
    if (resultsArtifact === undefined || resultsArtifact.kind === "named") return row;
    return { ...row, resultsArtifact: withDigest(resultsArtifact, row.resultsArtifact) };
  });
  const before = known.get(artifact);
  if (before?.kind === "found" && sameResults(before.artifact.content, benchmarks)) return before;
  const evidence = deepFreeze<Evidence>({
    kind: "found",
    artifact: { ...artifact, content: { ...content, benchmarks } },
  });
  known.set(artifact, evidence);
  return evidence;
}

function withDigest(answer: ResultsArtifact, named: ResultsArtifact | undefined): ResultsArtifact {
  return answer.kind === "none" ? answer : { ...answer, digest: findNamedDigest(named) };
}

function sameResults(content: Content, benchmarks: readonly Benchmark[]): boolean {
  return (
    content.kind === "read" &&
    content.benchmarks.every((one, at) => {
      const [a, b] = [one.resultsArtifact, benchmarks[at]?.resultsArtifact];
      return a === b || (a?.kind === b?.kind && JSON.stringify(a) === JSON.stringify(b));
    })
  );
}
