import type * as z from "zod";
import { compilePolicy } from "./compile.ts";
import { compileException } from "./exception.ts";
import { type Complaint, listComplaints } from "./complain.ts";
import { readDocuments, type PolicyFile, type Problem, type SourceDocument } from "./document.ts";
import { isObject } from "../is-object.ts";
import type { Exception, Policy, PolicySet } from "../policy.ts";
import { exceptionDocument } from "../schema/exception.ts";
import { apiVersion } from "../schema/fields.ts";
import { policyDocument } from "../schema/policy.ts";
import { policyTestDocument, type PolicyTestDocument } from "./policy-test-schema.ts";

/** A policy test among the files of policies. */
export interface PolicyTest {
  readonly file: string;
  readonly document: PolicyTestDocument;
}

/** A whole set, or every problem that stands in its way: never part of a set. */
export type LoadResult =
  | { readonly ok: true; readonly set: PolicySet; readonly tests: readonly PolicyTest[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Hex sha256 of a text; an argument, because this folder imports nothing of Node's. */
export type Sha256 = (text: string) => string;

type Entry =
  | { readonly kind: "EvaluationPolicy"; readonly name: string; readonly policy: Policy }
  | { readonly kind: "EvaluationException"; readonly name: string; readonly exception: Exception }
  | { readonly kind: "PolicyTest"; readonly name: string; readonly test: PolicyTest };

/**
 * Reads every document of the files: policies, exceptions and policy tests. A set without a policy is refused, unless
 * `mayBeEmpty`: for sources in which "there is none" is an answer and not a wrong path.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { loadPolicySet } from "./policies/language/load.ts";
 * import { sha256 } from "./runtime/sha256.ts";
 *
 * const loaded = loadPolicySet([{ path: "policy.yaml", text: readFileSync("policy.yaml", "utf8") }], sha256);
 * if (!loaded.ok) throw new Error(loaded.problems.map(({ line, message }) => `${line}: ${message}`).join("\n"));
 * const { policies, exceptions, digest } = loaded.set;
 * ```
 */
export function loadPolicySet(
  files: readonly PolicyFile[],
  sha256: Sha256,
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): LoadResult {
  const { entries, problems } = readEntries(files, sha256);
  if (problems.length > 0) return { ok: false, problems };
  const policies = entries.flatMap((entry) => (entry.kind === "EvaluationPolicy" ? [entry.policy] : []));
  const exceptions = entries.flatMap((entry) => (entry.kind === "EvaluationException" ? [entry.exception] : []));
  const tests = entries.flatMap((entry) => (entry.kind === "PolicyTest" ? [entry.test] : []));
  if (policies.length === 0 && !mayBeEmpty) {
    const message = "no EvaluationPolicy found: a gate without policies would admit everything";
    return { ok: false, problems: [{ file: files[0]?.path ?? "", line: 1, column: 1, field: "", message }] };
  }
  const digest = `sha256:${sha256(canonicalJson([policies.map(({ name, digest: own }) => [name, own]), exceptions.map(describe)]))}`;
  return { ok: true, set: { policies, exceptions, digest }, tests };
}

/** What keeps one file from joining the others: its own problems, and names that they already have. */
export function listProblems(file: PolicyFile, others: readonly PolicyFile[], sha256: Sha256): readonly Problem[] {
  return readEntries([...others, file], sha256).problems.filter((problem) => problem.file === file.path);
}

function readEntries(
  files: readonly PolicyFile[],
  sha256: Sha256,
): { readonly entries: readonly Entry[]; readonly problems: readonly Problem[] } {
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  const definedIn = new Map<string, string>();
  for (const file of files) {
    for (const document of readDocuments(file)) {
      const read = Array.isArray(document) ? document : readEntry(document, file.path, sha256);
      if (Array.isArray(read)) {
        problems.push(...read);
        continue;
      }
      const id = `${read.kind} ${read.name}`;
      const earlier = definedIn.get(id);
      if (earlier !== undefined && !Array.isArray(document))
        problems.push(document.locateProblem(["metadata", "name"], `${id} is already defined in ${earlier}`));
      definedIn.set(id, file.path);
      entries.push(read);
    }
  }
  return { entries, problems };
}

function readEntry(document: SourceDocument, file: string, sha256: Sha256): Entry | Problem[] {
  const { kind, apiVersion: version } = isObject(document.value) ? document.value : {};
  if (version !== apiVersion)
    return [document.locateProblem(["apiVersion"], `expected apiVersion ${apiVersion}, found ${named(version)}`)];
  switch (kind) {
    case "EvaluationPolicy":
      return parse(document, policyDocument, (parsed) => {
        const policy = compilePolicy(parsed, digestContent(parsed, sha256));
        return isComplaints(policy) ? policy : { kind, name: policy.name, policy };
      });
    case "EvaluationException":
      return parse(document, exceptionDocument, (parsed) => {
        const exception = compileException(parsed, digestContent(parsed, sha256));
        return isComplaints(exception) ? exception : { kind, name: exception.name, exception };
      });
    case "PolicyTest":
      return parse(document, policyTestDocument, (parsed) => ({
        kind,
        name: parsed.metadata.name,
        test: { file, document: parsed },
      }));
    default:
      return [
        document.locateProblem(
          ["kind"],
          `expected kind EvaluationPolicy, EvaluationException or PolicyTest, found ${named(kind)}`,
        ),
      ];
  }
}

/** The digest of what a document says: how it was written down, and what else its metadata hold, is no part of that. */
export function digestContent(
  { metadata, spec }: { readonly metadata: { readonly name: string }; readonly spec: object },
  sha256: Sha256,
): string {
  return `sha256:${sha256(canonicalJson([metadata.name, spec]))}`;
}

function parse<T>(
  document: SourceDocument,
  schema: z.ZodType<T>,
  compile: (parsed: T) => Entry | Complaint[],
): Entry | Problem[] {
  const parsed = schema.safeParse(document.value);
  const result = parsed.success ? compile(parsed.data) : listComplaints(schema, parsed.error);
  return isComplaints(result) ? result.map(({ path, message }) => document.locateProblem(path, message)) : result;
}

function isComplaints(result: object): result is Complaint[] {
  return Array.isArray(result);
}

/** JSON with sorted keys: the same content has the same digest however it was written down. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

function describe({ name, expiresAt, policies, requirements, reason, owner, scope }: Exception): unknown {
  return [name, scope, expiresAt, [...policies], [...requirements], reason, owner];
}

function named(value: unknown): string {
  return typeof value === "string" ? value : "none";
}
