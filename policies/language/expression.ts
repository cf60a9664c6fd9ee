import { Environment, type ASTNode } from "@marcbachmann/cel-js";
import type { Benchmark, Content, Evaluator } from "../artifact.ts";
import type { Evaluation } from "../evaluation.ts";
import type { Expression, ExpressionSubject } from "../expression.ts";
import { listKeysRead } from "./map-keys.ts";
import { show } from "../show.ts";

/** How deep one macro may stand inside another; each level multiplies the work. */
const maxNesting = 2;
/** How many times the body of the innermost macro may run. */
const maxSteps = 50_000;
const limits = { maxAstNodes: 512, maxDepth: 32, maxListElements: 64, maxMapEntries: 64, maxCallArguments: 8 };
const macros: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);

/**
 * Classes by which the type checker knows its objects. A field that is not known is not there: `has(evaluation.environment)`
 * asks for it, and reading it is an error, which counts as a failure.
 */
class Known {
  with(fields: object): this {
    return Object.assign(this, Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
  }
}
class BenchmarkValue extends Known {}
class EvaluatorValue extends Known {}
class CollectionValue extends Known {}
class ModelValue extends Known {}
class EvaluationValue extends Known {}
class WorkloadValue extends Known {}

const strings = "list<string>";
const labels = "map<string, string>";

/** The variables and their types. docs/policy.md lists them; a test holds that page in step. */
const expressionTypes = {
  Evaluator: { name: "string", version: "string" },
  Benchmark: {
    provider: "string",
    id: "string",
    version: "string",
    passed: "bool",
    metrics: "map<string, double>",
    evaluator: "Evaluator",
    samples: "int",
    complete: "bool",
  },
  Collection: { id: "string", version: "string" },
  Model: {
    name: "string",
    version: "string",
    family: "string",
    digest: "string",
    quantization: "string",
    adapters: strings,
  },
  Evaluation: {
    repository: "string",
    digest: "string",
    model: "Model",
    collection: "Collection",
    environment: "string",
    hardwareClasses: strings,
    complianceTags: strings,
    promptDigest: "string",
    createdAt: "google.protobuf.Timestamp",
    evaluator: "Evaluator",
    benchmarks: "list<Benchmark>",
  },
  Workload: {
    kind: "string",
    namespace: "string",
    name: "string",
    labels,
    annotations: labels,
    environment: "string",
    hardwareClasses: strings,
    model: "Model",
  },
} as const;

const environment = new Environment({ limits, unlistedVariablesAreDyn: false })
  .registerType("Evaluator", { ctor: EvaluatorValue, fields: expressionTypes.Evaluator })
  .registerType("Benchmark", { ctor: BenchmarkValue, fields: expressionTypes.Benchmark })
  .registerType("Collection", { ctor: CollectionValue, fields: expressionTypes.Collection })
  .registerType("Model", { ctor: ModelValue, fields: expressionTypes.Model })
  .registerType("Evaluation", { ctor: EvaluationValue, fields: expressionTypes.Evaluation })
  .registerType("Workload", { ctor: WorkloadValue, fields: expressionTypes.Workload })
  .registerVariable("evaluation", "Evaluation")
  .registerVariable("workload", "Workload")
  .registerVariable("now", "google.protobuf.Timestamp");

/** The expression, ready to evaluate, or what is wrong with it. */
export function compileExpression(cel: string, message: string): Expression | string {
  const checked = environment.check(cel);
  if (!checked.valid) return `not a valid expression: ${firstLine(checked.error)}`;
  if (checked.type !== "bool") return `expected a condition, which is true or false; this is of type ${checked.type}`;
  const program = environment.parse(cel);
  const facts = survey(program.ast);
  if (facts.calls.has("matches"))
    return "regular expressions are not supported, because whoever writes the text could make them slow: use startsWith, endsWith or contains";
  if (facts.nesting > maxNesting)
    return `expected at most ${maxNesting} macros inside each other, found ${facts.nesting}`;
  const evaluate: Expression["evaluate"] = (subject) => {
    if (widest(subject.evaluation) ** facts.nesting > maxSteps)
      return { problem: "the evaluation holds too many results for an expression with macros inside each other" };
    const evaluation = evaluationValue(subject.evaluation, facts.names);
    try {
      const value: unknown = program({ evaluation, workload: workloadValue(subject), now: subject.now });
      return typeof value === "boolean" ? value : { problem: "it is neither true nor false" };
    } catch (cause) {
      return { problem: firstLine(cause) };
    }
  };
  const isOfEvaluation = !facts.names.has("workload") && !facts.names.has("now");
  const keys = { labels: listKeysRead(program.ast, "labels"), annotations: listKeysRead(program.ast, "annotations") };
  return { message, reads: facts.names, keys, evaluate: isOfEvaluation ? onceEach(evaluate) : evaluate };
}

/** For what reads nothing but the evaluation, which never changes: whoever wrote that pays for it once, and not each review. */
function onceEach(evaluate: Expression["evaluate"]): Expression["evaluate"] {
  const known = new WeakMap<Evaluation, ReturnType<Expression["evaluate"]>>();
  return (subject) => {
    const result = known.get(subject.evaluation) ?? evaluate(subject);
    known.set(subject.evaluation, result);
    return result;
  };
}

interface Survey {
  readonly names: ReadonlySet<string>;
  readonly calls: ReadonlySet<string>;
  readonly nesting: number;
}

/** All names, literals and calls, and how deep macros stand in each other. */
function survey(root: ASTNode): Survey {
  const names = new Set<string>();
  const calls = new Set<string>();
  const visit = (part: unknown, depth: number): number => {
    if (typeof part === "string") {
      names.add(part);
      return depth;
    }
    if (Array.isArray(part)) return Math.max(depth, ...part.map((one: unknown) => visit(one, depth)));
    if (!isNode(part)) return depth;
    const { op, args } = part;
    const called = (op === "rcall" || op === "call") && Array.isArray(args) ? String(args[0]) : undefined;
    if (called !== undefined) calls.add(called);
    const inner = op === "rcall" && macros.has(called ?? "") ? depth + 1 : depth;
    return visit(args, inner);
  };
  const nesting = visit(root, 0);
  return { names, calls, nesting };
}

function isNode(part: unknown): part is { readonly op: string; readonly args: unknown } {
  return typeof part === "object" && part !== null && "op" in part && "args" in part;
}

/** The longest list or map that a macro can walk through. */
function widest({ content, hardwareClasses, complianceTags, model }: Evaluation): number {
  const results = content.kind === "read" ? content.benchmarks : [];
  return Math.max(
    1,
    limits.maxListElements,
    hardwareClasses.length,
    complianceTags.length,
    model.adapters.length,
    results.length,
    ...results.map(({ metrics }) => metrics.size),
  );
}

/** Content, and what depends on it, is there only where the expression names it: whatever else was read shows in no answer. */
function evaluationValue(evaluation: Evaluation, names: ReadonlySet<string>): EvaluationValue {
  const { repository, digest, environment: declared, promptDigest, hardwareClasses, complianceTags } = evaluation;
  const { model, collection, content, createdAt, subject, evaluator } = evaluation;
  return new EvaluationValue().with({
    repository,
    digest,
    environment: declared,
    promptDigest,
    // An evaluation ran on something: an empty list would hold for every `all`.
    hardwareClasses: hardwareClasses.length === 0 ? undefined : hardwareClasses,
    complianceTags,
    model: new ModelValue().with({ ...model, digest: model.digest ?? subject }),
    collection: new CollectionValue().with(collection),
    createdAt: names.has("createdAt") ? createdAt : undefined,
    evaluator: names.has("evaluator") ? toEvaluatorValue(evaluator) : undefined,
    benchmarks: names.has("benchmarks") ? benchmarkValues(content) : undefined,
  });
}

function benchmarkValues(content: Content): BenchmarkValue[] | undefined {
  return content.kind === "read" ? content.benchmarks.map((one: Benchmark) => toBenchmarkValue(one)) : undefined;
}

function toBenchmarkValue({
  provider,
  id,
  version,
  passed,
  metrics,
  evaluator,
  samples,
  gaps,
}: Benchmark): BenchmarkValue {
  return new BenchmarkValue().with({
    provider,
    id,
    version,
    passed,
    metrics,
    evaluator: toEvaluatorValue(evaluator),
    samples: samples && BigInt(samples.scored),
    complete: gaps && gaps.length === 0,
  });
}

function toEvaluatorValue(evaluator: Evaluator | undefined): EvaluatorValue | undefined {
  return evaluator && new EvaluatorValue().with(evaluator);
}

function workloadValue({ workload, model, environment: declared }: ExpressionSubject): WorkloadValue {
  const { kind, namespace, name } = workload.object;
  const [{ labels: ownLabels, annotations }] = workload.metadata;
  const { classes } = workload.hardware;
  return new WorkloadValue().with({
    kind,
    namespace,
    name,
    labels: new Map(Object.entries(ownLabels)),
    annotations: new Map(Object.entries(annotations)),
    environment: declared,
    hardwareClasses: classes.length === 0 ? undefined : classes,
    model: new ModelValue().with({
      name: model.names[0],
      version: model.version,
      digest: model.digest,
      quantization: model.quantization,
      adapters: model.hiddenAdapters === undefined ? model.adapters : undefined,
    }),
  });
}

/** The library adds a drawing of the place below; what it quotes was written by the policy's author or by the evidence's. */
function firstLine(cause: unknown): string {
  const [line = ""] = (cause instanceof Error ? cause.message : "unknown error").split("\n");
  return show(line);
}
