import { defaultAnnotationKeys } from "../annotation-keys.ts";
import { compileEach, type Complain, type Complaint } from "./complain.ts";
import { parseDurationMs } from "./duration.ts";
import { compileExpression } from "./expression.ts";
import { toNonEmpty } from "../non-empty.ts";
import type { RepositoryPattern } from "../patterns.ts";
import type { AnyOf, BenchmarkRule, Policy, Requirement } from "../policy.ts";
import { compileRepositoryPattern } from "./repository.ts";
import { compileModelSigners, compileRevokers, compileSigners } from "./required-signers.ts";
import { messages } from "../schema/messages.ts";
import type { PolicyDocument } from "../schema/policy.ts";
import { compileScope } from "./scope.ts";
import { compileVersionRule } from "./version.ts";
import { compileImages, compileSources } from "./workload-sources.ts";

type RequirementDocument = PolicyDocument["spec"]["require"][number];

/**
 * A policy ready to decide, or every complaint about it. `digest` is the sha256 of its content.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { parse } from "yaml";
 * import { compilePolicy } from "./policies/language/compile.ts";
 * import { policyDocument } from "./policies/schema/policy.ts";
 * import { sha256 } from "./runtime/sha256.ts";
 *
 * const text = readFileSync("policy.yaml", "utf8");
 * const policy = compilePolicy(policyDocument.parse(parse(text)), `sha256:${sha256(text)}`);
 * if (Array.isArray(policy)) throw new Error(policy[0]?.message);
 * const { name, requirements } = policy;
 * ```
 */
export function compilePolicy({ metadata, spec }: PolicyDocument, digest: string): Policy | Complaint[] {
  const complaints: Complaint[] = [];
  const complain = (message: string, ...path: PropertyKey[]): void =>
    void complaints.push({ path: ["spec", ...path], message });

  const { evidence } = spec;
  const repositories = compileEach(
    evidence.repositories,
    compileRepositoryPattern,
    complain,
    "evidence",
    "repositories",
  );
  const signers = compileSigners(evidence, complain);
  const revokers = compileRevokers(evidence, complain);
  const revoked = new Set(evidence.revoked);
  const images = compileImages(spec.workload?.images, complain);
  const scope = compileScope(spec.match, spec.exclude);
  if (typeof scope === "string") complain(scope);
  const requirements = compileRequirements(spec.require, { signers, images, revoked }, repositories, complain);
  if (complaints.length > 0 || typeof scope === "string") return complaints;

  const ownKeys = Object.entries(evidence.annotationKeys ?? {}).map(([field, key]) => [field, [key]]);
  return {
    name: metadata.name,
    digest,
    document: { name: metadata.name, spec },
    mode: spec.mode,
    onUnavailable: spec.onUnavailable,
    scope,
    sources: compileSources(spec.workload, images),
    repositories: toNonEmpty(repositories),
    discover: evidence.discover ?? false,
    revoked,
    revokers,
    newest: evidence.newest ?? false,
    annotationKeys: { ...defaultAnnotationKeys, ...Object.fromEntries(ownKeys) },
    requirements: toNonEmpty(requirements),
  };
}

type PolicyTerms = Pick<Requirement, "signers" | "images" | "revoked">;

function compileRequirements(
  documents: readonly RequirementDocument[],
  ofPolicy: PolicyTerms,
  repositories: readonly RepositoryPattern[],
  complain: Complain,
): Requirement[] {
  const names = new Set<string>();
  return documents.map((document, at) => {
    if (names.has(document.name)) complain(`two requirements are named ${document.name}`, "require", at, "name");
    names.add(document.name);
    return compileRequirement(document, ofPolicy, repositories, (message, ...path) =>
      complain(message, "require", at, ...path),
    );
  });
}

function compileRequirement(
  document: RequirementDocument,
  ofPolicy: PolicyTerms,
  repositories: readonly RepositoryPattern[],
  complain: Complain,
): Requirement {
  const { name, environment, hardwareClass, complianceTags, prompt, collection, benchmarks, maxAge } = document;
  const requirement: Requirement = {
    name,
    environment: environment && toAnyOf(environment),
    hardwareClass: hardwareClass && toAnyOf(hardwareClass),
    complianceTags: complianceTags && toNonEmpty(complianceTags),
    model: compileModel(document.model, repositories, complain),
    promptDigest: prompt?.digest,
    collection: collection && compileCollection(collection, complain),
    benchmarks: benchmarks && compileBenchmarks(benchmarks, complain),
    maxAgeMs: maxAge === undefined ? undefined : parseDurationMs(maxAge),
    expressions: compileExpressions(document.expressions ?? [], complain),
    ...ofPolicy,
  };
  if (requirement.maxAgeMs === 0) complain("must be longer than zero", "maxAge");
  if (asksForNothing(requirement) && document.expressions === undefined) complain(messages.asksForNothing);
  return requirement;
}

function compileModel(
  model: RequirementDocument["model"],
  repositories: readonly RepositoryPattern[],
  complain: Complain,
): Requirement["model"] {
  return {
    name: model?.name ?? "SameAsWorkload",
    version: model?.version ?? "SameAsWorkload",
    family: model?.family && toNonEmpty(model.family),
    digest: model?.digest,
    adapters: model?.adapters,
    quantization: model?.quantization,
    signedBy: model?.signedBy && compileModelSigners(model.signedBy, repositories, complain),
  };
}

function compileCollection(
  { id, version }: NonNullable<RequirementDocument["collection"]>,
  complain: Complain,
): Requirement["collection"] {
  const rule = version === undefined ? undefined : compileVersionRule(version);
  if (version !== undefined && rule === undefined)
    complain(`"${version}" is not a semver range`, "collection", "version");
  return { id, version: rule };
}

function compileBenchmarks(
  benchmarks: NonNullable<RequirementDocument["benchmarks"]>,
  complain: Complain,
): Requirement["benchmarks"] {
  for (const [at, { min, max }] of benchmarks.entries())
    if (min !== undefined && max !== undefined && min > max) complain(messages.minAboveMax, "benchmarks", at);
  return toNonEmpty(benchmarks.map(benchmarkRule));
}

/** Undefined where none compiles: then there is a complaint, or there were none. */
function compileExpressions(
  documents: NonNullable<RequirementDocument["expressions"]>,
  complain: Complain,
): Requirement["expressions"] {
  const [first, ...rest] = documents.flatMap(({ cel, message }, at) => {
    const expression = compileExpression(cel, message);
    if (typeof expression !== "string") return [expression];
    complain(expression, "expressions", at, "cel");
    return [];
  });
  return first && [first, ...rest];
}

/** Who vouches for an evaluation or for the model, and which images may run, are no questions that an evaluation answers. */
function asksForNothing({ model, ...rest }: Requirement): boolean {
  const { name, version, ...more } = model;
  const asked = {
    ...more,
    ...rest,
    name: undefined,
    signedBy: undefined,
    signers: undefined,
    images: undefined,
    revoked: undefined,
  };
  return name === "Any" && version === "Any" && Object.values(asked).every((field) => field === undefined);
}

function toAnyOf(entries: readonly string[]): AnyOf {
  return {
    sameAsWorkload: entries.includes("SameAsWorkload"),
    values: entries.filter((entry) => entry !== "SameAsWorkload"),
  };
}

function benchmarkRule({
  provider,
  id,
  metric,
  min,
  max,
  passed,
  minSamples,
  complete,
  preRegistered,
  resultsArtifact,
}: NonNullable<RequirementDocument["benchmarks"]>[number]): BenchmarkRule {
  return {
    provider,
    id,
    metric: metric === undefined ? undefined : { name: metric, min, max },
    passed: passed ?? false,
    minSamples,
    complete: complete ?? false,
    preRegistered: preRegistered ?? false,
    resultsArtifact: resultsArtifact === "Required",
  };
}
