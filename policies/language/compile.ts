import { defaultAnnotationKeys } from "../evaluation.ts";
import { compileGlob } from "./glob.ts";
import { parseDurationMs } from "./duration.ts";
import { compileExpression } from "./expression.ts";
import { compileImagePattern } from "./image.ts";
import type {
  AnyOf,
  BenchmarkRule,
  Exception,
  NonEmpty,
  Policy,
  RequiredModelSigners,
  RequiredSigners,
  Requirement,
  WorkloadSources,
} from "../policy.ts";
import { messages, type ExceptionDocument, type PolicyDocument } from "./policy-schema.ts";
import { compileRepositoryPattern, type RepositoryPattern } from "./repository.ts";
import { compileScope, isKind } from "./scope.ts";
import { compileSigner } from "./signer.ts";
import { parseRfc3339 } from "../time.ts";
import { compileVersionRule } from "./version.ts";
import { modelNameAnnotation, modelVersionAnnotation, type ModelGap } from "../workload.ts";

/** What is wrong with a document, at the path of one of its fields. */
export interface Complaint {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type RequirementDocument = PolicyDocument["spec"]["require"][number];

const defaultSources: Pick<WorkloadSources, "modelName" | "modelVersion" | "environment"> = {
  modelName: [{ annotation: modelNameAnnotation }],
  modelVersion: [{ annotation: modelVersionAnnotation }, { label: "app.kubernetes.io/version" }],
  environment: [{ namespaceLabel: "assaygate.dev/environment" }],
};

/**
 * A policy ready to decide, or every complaint about it. `digest` is the sha256 of its content.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { parse } from "yaml";
 * import { compilePolicy } from "./policies/language/compile.ts";
 * import { policyDocument } from "./policies/language/policy-schema.ts";
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

  const repositories = compileRepositories(spec.evidence, complain);
  const signers = compileSigners(spec.evidence, complain);
  const revokers = compileRevokers(spec.evidence, complain);
  const revoked = new Set(spec.evidence.revoked);
  const images = compileImages(spec.workload?.images, complain);
  const scope = compileScope(spec.match, spec.exclude);
  if (typeof scope === "string") complain(scope);
  const names = new Set<string>();
  const requirements = spec.require.map((document, at) => {
    if (names.has(document.name)) complain(`two requirements are named ${document.name}`, "require", at, "name");
    names.add(document.name);
    return compileRequirement(document, { signers, images, revoked }, repositories, (message, ...path) =>
      complain(message, "require", at, ...path),
    );
  });
  if (complaints.length > 0 || typeof scope === "string") return complaints;

  const ownKeys = Object.entries(spec.evidence.annotationKeys ?? {}).map(([field, key]) => [field, [key]]);
  return {
    name: metadata.name,
    digest,
    document: { name: metadata.name, spec },
    mode: spec.mode,
    onUnavailable: spec.onUnavailable,
    scope,
    sources: compileSources(spec.workload, images),
    repositories: nonEmpty(repositories),
    discover: spec.evidence.discover ?? false,
    revoked,
    revokers,
    newest: spec.evidence.newest ?? false,
    annotationKeys: { ...defaultAnnotationKeys, ...Object.fromEntries(ownKeys) },
    requirements: nonEmpty(requirements),
  };
}

const gaps = { Place: "place", Image: "image", Opaque: "opaque" } as const satisfies Record<string, ModelGap>;

function compileSources(
  { modelName, modelVersion, environment, declared, openEnvironment }: PolicyDocument["spec"]["workload"] = {},
  images: WorkloadSources["images"],
): WorkloadSources {
  return {
    modelName: modelName ? nonEmpty(modelName) : defaultSources.modelName,
    modelVersion: modelVersion ? nonEmpty(modelVersion) : defaultSources.modelVersion,
    environment: environment ? nonEmpty(environment) : defaultSources.environment,
    declared: {
      names: new Set(declared?.name?.map((gap) => gaps[gap])),
      acceptsVersion: declared?.version !== "Refuse",
    },
    acceptsOpenEnvironment: openEnvironment === "Accept",
    images,
  };
}

function compileImages(texts: readonly string[] | undefined, complain: Complain): WorkloadSources["images"] {
  const [first, ...rest] = (texts ?? []).flatMap((text, at) => {
    const pattern = compileImagePattern(text);
    if (typeof pattern !== "string") return [pattern];
    complain(pattern, "workload", "images", at);
    return [];
  });
  return first && [first, ...rest];
}

type Complain = (message: string, ...path: PropertyKey[]) => void;

function compileRepositories(
  { repositories }: PolicyDocument["spec"]["evidence"],
  complain: Complain,
): RepositoryPattern[] {
  return repositories.flatMap((text, at) => {
    const pattern = compileRepositoryPattern(text);
    if (typeof pattern !== "string") return [pattern];
    complain(pattern, "evidence", "repositories", at);
    return [];
  });
}

function compileSigners(
  { signers, threshold }: PolicyDocument["spec"]["evidence"],
  complain: Complain,
): RequiredSigners | undefined {
  if (signers === undefined) {
    if (threshold !== undefined) complain("needs signers, too", "evidence", "threshold");
    return undefined;
  }
  const compiled = signers.flatMap((document, at) => {
    const signer = compileSigner(document);
    if (typeof signer !== "string") return [signer];
    complain(signer, "evidence", "signers", at);
    return [];
  });
  const different = new Set(compiled.map(({ id }) => id)).size;
  if (threshold !== undefined && threshold > different && compiled.length === signers.length)
    complain(`${threshold} signers can never have signed where ${different} are named`, "evidence", "threshold");
  const [first, ...rest] = compiled;
  return first && { any: [first, ...rest], threshold: threshold ?? 1 };
}

/** Undefined where there are none, or a complaint. */
function compileRevokers(
  { revokers = [] }: PolicyDocument["spec"]["evidence"],
  complain: Complain,
): RequiredSigners | undefined {
  const [first, ...rest] = revokers.flatMap((document, at) => {
    const signer = document.notation === undefined ? compileSigner(document) : onlyStatements;
    if (typeof signer !== "string") return [signer];
    complain(signer, "evidence", "revokers", at);
    return [];
  });
  return first && { any: [first, ...rest], threshold: 1 };
}

const onlyStatements = "expected cosign: a revocation is a statement in a Sigstore bundle";

function compileRequirement(
  document: RequirementDocument,
  ofPolicy: Pick<Requirement, "signers" | "images" | "revoked">,
  repositories: readonly RepositoryPattern[],
  complain: Complain,
): Requirement {
  const { name, environment, hardwareClass, complianceTags, prompt, collection, benchmarks, maxAge } = document;
  const requirement: Requirement = {
    name,
    environment: environment && anyOf(environment),
    hardwareClass: hardwareClass && anyOf(hardwareClass),
    complianceTags: complianceTags && nonEmpty(complianceTags),
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
    family: model?.family && nonEmpty(model.family),
    digest: model?.digest,
    adapters: model?.adapters,
    quantization: model?.quantization,
    signedBy: model?.signedBy && compileModelSigners(model.signedBy, repositories, complain),
  };
}

/** Undefined where there is a complaint. */
function compileModelSigners(
  documents: NonNullable<NonNullable<RequirementDocument["model"]>["signedBy"]>,
  repositories: readonly RepositoryPattern[],
  complain: Complain,
): RequiredModelSigners | undefined {
  const [first, ...rest] = documents.flatMap((document, at) => {
    const signer = document.notation === undefined ? compileSigner(document) : onlyBundles;
    if (typeof signer !== "string") return [signer];
    complain(signer, "model", "signedBy", at);
    return [];
  });
  const [place, ...places] = repositories;
  return first && place && { any: [first, ...rest], threshold: 1, repositories: [place, ...places] };
}

const onlyBundles = "expected cosign: a model's signature is a Sigstore bundle";

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
  return nonEmpty(benchmarks.map(benchmarkRule));
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

function anyOf(entries: readonly string[]): AnyOf {
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

/**
 * An exception ready to apply, or what is wrong with it. `digest` is the sha256 of its content. Whether it is in force is a
 * question of time, asked at each decision.
 */
export function compileException({ metadata, spec }: ExceptionDocument, digest: string): Exception | Complaint[] {
  const expiresAt = parseRfc3339(spec.expiresAt);
  if (expiresAt === undefined)
    return [{ path: ["spec", "expiresAt"], message: `"${spec.expiresAt}" is not a time that exists` }];
  const inNamespace = compileGlob(spec.scope.namespace);
  const isNamed = compileGlob(spec.scope.name);
  return {
    name: metadata.name,
    digest,
    document: { name: metadata.name, spec },
    reason: spec.reason,
    owner: spec.owner,
    expiresAt,
    policies: new Set(spec.policies),
    requirements: new Set(spec.requirements),
    scope: spec.scope,
    covers: ({ object }) => inNamespace(object.namespace) && isKind(spec.scope.kind, object) && isNamed(object.name),
  };
}

/** The schema has checked that the list holds something; this says so to the type. */
function nonEmpty<T>(list: readonly T[]): NonEmpty<T> {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error("an empty list got past the schema");
  return [first, ...rest];
}
