import { Environment, type ASTNode } from "@marcbachmann/cel-js";
import type { Benchmark, Content } from "./artifact.ts";
import type { Evaluation } from "./evaluation.ts";
import type { ExpressionSteps } from "./expression-steps.ts";
import { extentOf, joinExtents, type Extent } from "./extent.ts";
import type { ModelIdentity } from "./identify.ts";
import { show } from "./show.ts";
import type { Workload } from "./workload.ts";

/**
 * A condition in CEL over one evaluation and the workload, compiled and type-checked.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */
export interface Expression {
  /** The policy's words for the person deploying, when it does not hold. */
  readonly message: string;
  /** Names of fields that it may read, of whatever object: more rather than fewer. */
  readonly reads: ReadonlySet<string>;
  /** Whether it holds, or why that cannot be said. Never throws. */
  evaluate(subject: ExpressionSubject): boolean | { readonly problem: string };
}

export interface ExpressionSubject {
  readonly evaluation: Evaluation;
  readonly workload: Workload;
  readonly model: ModelIdentity;
  /** Undefined where the workload declares none. */
  readonly environment: string | undefined;
  readonly now: Date;
  /** What is left to the review. */
  readonly steps: ExpressionSteps;
}

/** How deep one macro may stand inside another; each level multiplies the work. */
const maxNesting = 2;
/** Calls that take as long as two texts multiplied, at worst, and those that make as many values as a text has characters. */
const searches: ReadonlySet<string> = new Set(["contains", "indexOf", "lastIndexOf", "split"]);
const divisions: ReadonlySet<string> = new Set(["split", "json"]);
/** Of a text, for which nothing is added to the step that reads it. */
const freeCharacters = 1024;
/** Of one text, compared with those of another, in a step. */
const comparedCharacters = 400;
const limits = { maxAstNodes: 512, maxDepth: 32, maxListElements: 64, maxMapEntries: 64, maxCallArguments: 8 };
const macros: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);

/**
 * Classes by which the type checker knows its objects. A field that is not known is not there: `has(evaluation.environment)`
 * asks for it, and reading it is an error, which counts as a failure.
 */
class Known {
  with(fields: object): this {
    const own: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) own[name] = value;
    return Object.assign(this, own);
  }
}
class BenchmarkValue extends Known {}
class CollectionValue extends Known {}
class ModelValue extends Known {}
class EvaluationValue extends Known {}
class WorkloadValue extends Known {}

const strings = "list<string>";
const labels = "map<string, string>";

/** The variables and their types. docs/policy.md lists them; a test holds that page in step. */
const expressionTypes = {
  Benchmark: { provider: "string", id: "string", passed: "bool", metrics: "map<string, double>" },
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
    return "regular expressions are not supported: how long they take is in the hands of whoever writes the text; use startsWith, endsWith or contains";
  if (facts.nesting > maxNesting)
    return `expected at most ${maxNesting} macros inside each other, found ${facts.nesting}`;
  const evaluate: Evaluate = (subject) => {
    const evaluation = evaluationValue(subject.evaluation, facts.names);
    try {
      const value: unknown = program({ evaluation, workload: workloadValue(subject, facts.names), now: subject.now });
      return typeof value === "boolean" ? value : { problem: "it is neither true nor false" };
    } catch (cause) {
      return { problem: firstLine(cause) };
    }
  };
  const isOfEvaluation = !facts.names.has("workload") && !facts.names.has("now");
  const once = isOfEvaluation ? onceEach(evaluate) : evaluate;
  return {
    message,
    reads: facts.names,
    evaluate(subject) {
      const problem = subject.steps.spend(stepsOf(facts, extentIn(subject, facts.names)));
      return problem === undefined ? once(subject) : { problem };
    },
  };
}

type Evaluate = (subject: ExpressionSubject) => boolean | { readonly problem: string };

/** For what reads nothing but the evaluation, which never changes: whoever wrote that pays for it once, and not each review. */
function onceEach(evaluate: Evaluate): Evaluate {
  const known = new WeakMap<Evaluation, ReturnType<Evaluate>>();
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
  /** How many parts stand in no macro, in one, in two, … (holes where none do): each level is gone through for each entry of a list or map. */
  readonly parts: readonly number[];
  /** The same of searches for what is not written out. */
  readonly searching: readonly number[];
  /** Entries of the longest list or map that is written out. */
  readonly longestLiteral: number;
}

/** All names, literals and calls, and how deep macros stand in each other. */
function survey(root: ASTNode): Survey {
  const names = new Set<string>();
  const calls = new Set<string>();
  const parts: number[] = [];
  const searching: number[] = [];
  let nesting = 0;
  let longestLiteral = 0;
  const visit = (part: unknown, depth: number): void => {
    if (typeof part === "string") names.add(part);
    if (Array.isArray(part)) for (const one of part as unknown[]) visit(one, depth);
    if (!isNode(part)) return;
    const { op, args } = part;
    if ((op === "list" || op === "map") && Array.isArray(args)) longestLiteral = Math.max(longestLiteral, args.length);
    const own = goesThrough(op, args) ? depth + 1 : depth;
    parts[own] = (parts[own] ?? 0) + 1;
    const [called, receiver, inner] = callIn(op, args);
    if (called === undefined) return visit(args, depth);
    calls.add(called);
    if (searches.has(called) && !isWrittenOut(inner)) searching[depth] = (searching[depth] ?? 0) + 1;
    if (!macros.has(called) || op !== "rcall") return visit(args, depth);
    nesting = Math.max(nesting, depth + 1);
    visit(called, depth);
    visit(receiver, depth);
    visit(inner, depth + 1);
  };
  visit(root, 0);
  return { names, calls, nesting, parts, searching, longestLiteral };
}

const ofMany: ReadonlySet<string> = new Set([
  ...Object.values(expressionTypes).flatMap((fields) =>
    Object.entries(fields).flatMap(([name, type]) => (/^(?:list|map)</.test(type) ? [name] : [])),
  ),
  "map",
  "filter",
  "split",
  "json",
]);

/** Whether it looks at each entry of a list or map by itself. One that is written out is counted as its parts. */
function goesThrough(op: string, args: unknown): boolean {
  if (!Array.isArray(args)) return false;
  const [left, right] = args as unknown[];
  if (op === "in") return !isNode(right) || right.op !== "list";
  return (op === "==" || op === "!=") && isMany(left) && isMany(right);
}

function isWrittenOut(part: unknown): boolean {
  const [first] = Array.isArray(part) ? (part as unknown[]) : [];
  return isNode(first) && first.op === "value";
}

function isMany(part: unknown): boolean {
  if (!isNode(part) || !Array.isArray(part.args)) return false;
  const [first, second] = part.args as unknown[];
  return ofMany.has(String(part.op === "." ? second : first));
}

function callIn(op: string, args: unknown): readonly [called?: string, receiver?: unknown, inner?: unknown] {
  if ((op !== "rcall" && op !== "call") || !Array.isArray(args)) return [];
  const [called, receiver, inner] = args as unknown[];
  return [String(called), receiver, inner];
}

function isNode(part: unknown): part is { readonly op: string; readonly args: unknown } {
  return typeof part === "object" && part !== null && "op" in part && "args" in part;
}

/** At most so many steps, whatever is true of the rest: what is not gone through, or is left early, is counted, too. */
function stepsOf({ parts, searching, calls, longestLiteral }: Survey, extent: Extent): number {
  const { values, widest, longest, second } = extent;
  const entries = Math.max(1, longestLiteral, widest, has(calls, divisions) ? longest : 0);
  const total = (counts: readonly number[]): number =>
    counts.reduce((sum, count, depth) => sum + count * entries ** depth, 0);
  const perSearch = (longest * second) / comparedCharacters;
  return Math.ceil(values + (1 + longest / freeCharacters) * total(parts) + perSearch * total(searching));
}

function has(calls: ReadonlySet<string>, some: ReadonlySet<string>): boolean {
  return !some.isDisjointFrom(calls);
}

/** Of what the expression can read, of the evaluation and the workload together. */
function extentIn({ evaluation, workload, model }: ExpressionSubject, names: ReadonlySet<string>): Extent {
  const { content } = evaluation;
  const [{ labels: ownLabels, annotations }] = workload.metadata;
  const parts = [
    ofAnnotations(evaluation),
    names.has("benchmarks") && content.kind === "read" && content.benchmarks,
    names.has("workload") && [model, workload.hardware.classes],
    names.has("workload") && names.has("labels") && ownLabels,
    names.has("workload") && names.has("annotations") && annotations,
  ];
  return parts.map(extentOf).reduce(joinExtents);
}

const described = new WeakMap<Evaluation, object>();

/** The same object each time. */
function ofAnnotations(evaluation: Evaluation): object {
  const { environment: declared, promptDigest, hardwareClasses, complianceTags, model, collection } = evaluation;
  const part = described.get(evaluation) ?? [
    declared,
    promptDigest,
    hardwareClasses,
    complianceTags,
    model,
    collection,
  ];
  described.set(evaluation, part);
  return part;
}

/** Content, and what depends on it, is there only where the expression names it: whatever else was read shows in no answer. */
function evaluationValue(evaluation: Evaluation, names: ReadonlySet<string>): EvaluationValue {
  const { repository, digest, environment: declared, promptDigest, hardwareClasses, complianceTags } = evaluation;
  const { model, collection, content, createdAt, subject } = evaluation;
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
    benchmarks: names.has("benchmarks") ? benchmarkValues(content) : undefined,
  });
}

const rows = new WeakMap<Benchmark, BenchmarkValue>();

/** Each row once: content never changes. */
function benchmarkValues(content: Content): BenchmarkValue[] | undefined {
  if (content.kind !== "read") return undefined;
  return content.benchmarks.map((row) => {
    const value = rows.get(row) ?? new BenchmarkValue().with(row);
    rows.set(row, value);
    return value;
  });
}

function workloadValue(
  { workload, model, environment: declared }: ExpressionSubject,
  names: ReadonlySet<string>,
): WorkloadValue {
  const { kind, namespace, name } = workload.object;
  const [{ labels: ownLabels, annotations }] = workload.metadata;
  const { classes } = workload.hardware;
  return new WorkloadValue().with({
    kind,
    namespace,
    name,
    labels: names.has("labels") ? new Map(Object.entries(ownLabels)) : undefined,
    annotations: names.has("annotations") ? new Map(Object.entries(annotations)) : undefined,
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
