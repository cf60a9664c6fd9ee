import type { Artifact, Benchmark, Content, Signatures } from "../../../policies/artifact.ts";
import { parseDigest, type Digest } from "../../../policies/digest.ts";
import { toEvidenceKey, type Evidence, type EvidenceReference } from "../../../policies/evidence.ts";
import type { StringMap, Workload } from "../../../policies/workload.ts";
import { annotations, repository } from "./evaluation.ts";

/** A digest that differs for each number. */
export function digest(number: number): Digest {
  const parsed = parseDigest(`sha256:${number.toString(16).padStart(64, "0")}`);
  if (parsed === undefined) throw new Error("not a digest");
  return parsed;
}

/** What the good evaluation says, and all else that a requirement may ask about. */
const everything: StringMap = {
  ...annotations,
  "dev.assaygate.quantization": "fp8",
  "dev.assaygate.model.adapters": "sql-lora,style-lora",
  "dev.assaygate.model.digest": digest(66),
  "dev.assaygate.prompt.digest": digest(77),
};

/** Its results: one score, one verdict. */
export const goodBenchmarks: readonly Benchmark[] = [
  { provider: "lm_evaluation_harness", id: "mmlu", metrics: new Map([["acc,none", 0.642]]), passed: undefined },
  { provider: "garak", id: "toxicity", metrics: new Map(), passed: true },
];

/** As a workload lists what it refers to. */
export function references(...entries: EvidenceReference[]): Workload["references"] {
  return { entries, problem: undefined, field: "metadata.annotations[assaygate.dev/evaluation]" };
}

/** A reference with a repository, to the digest of a number. */
export function full(number: number, at = repository): EvidenceReference {
  return { kind: "full", text: `${at}@${digest(number)}`, repository: at, digest: digest(number) };
}

/** The same without a repository. */
export function bare(number: number): EvidenceReference {
  return { kind: "bare", text: digest(number), digest: digest(number) };
}

/** The content that holds {@link goodBenchmarks}. */
export const readContent: Content = { kind: "read", benchmarks: goodBenchmarks, completedAt: undefined };

/** Evidence that was found, good in everything but what is given; an annotation given as undefined is left out. */
export function found(
  number: number,
  change: {
    annotations?: Record<string, string | undefined>;
    subject?: Digest;
    content?: Content;
    signatures?: Signatures;
    revocations?: Signatures;
    repository?: string;
  } = {},
): [string, Evidence] {
  const said = Object.fromEntries(
    Object.entries({ ...everything, ...change.annotations }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  const at = change.repository ?? repository;
  const artifact: Artifact = {
    repository: at,
    digest: digest(number),
    kind: "generic",
    annotations: said,
    subject: change.subject,
    signatures: change.signatures ?? { kind: "not-looked-for" },
    content: change.content ?? readContent,
    ...(change.revocations && { revocations: change.revocations }),
  };
  return [toEvidenceKey(at, digest(number)), { kind: "found", artifact }];
}

/** Evidence that was looked for and not found. */
export function lost(
  number: number,
  evidence: Exclude<Evidence, { kind: "found" }>,
  at = repository,
): [string, Evidence] {
  return [toEvidenceKey(at, digest(number)), evidence];
}

/** A registry that does not answer. */
export const unavailable: Exclude<Evidence, { kind: "found" }> = {
  kind: "unavailable",
  reason: "REGISTRY_UNAVAILABLE",
  message: "quay.io answered 503",
};
