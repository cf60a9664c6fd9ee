import { type UnusableEvidence, explainUnusable } from "../evidence/errors.ts";
import { readArtifact } from "../evidence/read-artifact.ts";
import { parseReference } from "../workload/references/evidence-reference.ts";
import type { Source } from "../registry/source.ts";
import type { Artifact } from "../policies/artifact.ts";
import type { Digest } from "../policies/digest.ts";
import { defaultAnnotationKeys } from "../policies/evaluation.ts";
import { show } from "../policies/show.ts";
import type { MlflowClient, Run } from "./client.ts";
import { MlflowError } from "./errors.ts";
import { artifactTags } from "./record-artifact.ts";

/** One part of the way from a run to its artifact and back. */
export interface LinkFinding {
  /** In the order of the way: the run, its tags, the artifact that they name, and what that says about its run. */
  readonly part: "run" | "tags" | "artifact" | "annotation";
  /**
   * `missing`: was never written. `changed`: says something other than the other side. `gone`: what is named is not there.
   * `unknown`: could not be looked at, which says nothing about it.
   */
  readonly state: "ok" | "missing" | "changed" | "gone" | "unknown";
  readonly said: string;
}

/**
 * Follows the link from a run to the artifact that its tags name, and back by what the artifact says. Goes as far as there is
 * something to follow; every part that was reached has a finding, in the order of the way. Both sides are written by others:
 * that they agree proves no more than that.
 */
export async function followLink(
  mlflow: MlflowClient,
  source: Source,
  runId: string,
  signal: AbortSignal,
): Promise<LinkFinding[]> {
  const run = await lookUpRun(mlflow, runId, signal);
  if ("state" in run) return [run];
  const findings = [judgeRun(run), judgeTags(run)];
  const pointer = pointerOf(run);
  if (pointer === undefined) return findings;
  const artifact = await lookUpArtifact(source, pointer, signal);
  if ("state" in artifact) return [...findings, artifact];
  const said = `${pointer.repository}@${pointer.digest} is there, and its bytes are those of the digest`;
  return [...findings, { part: "artifact", state: "ok", said }, judgeArtifact(artifact, run)];
}

async function lookUpRun(mlflow: MlflowClient, runId: string, signal: AbortSignal): Promise<Run | LinkFinding> {
  try {
    return await mlflow.run(runId, signal);
  } catch (error) {
    if (!(error instanceof MlflowError)) throw error;
    return { part: "run", state: error.kind === "absent" ? "gone" : "unknown", said: error.message };
  }
}

function judgeRun({ id, name, deleted }: Run): LinkFinding {
  const part = "run";
  if (deleted)
    return { part, state: "gone", said: `${id} is deleted; until mlflow gc, mlflow runs restore brings it back` };
  return { part, state: "ok", said: `${id} is there, named ${show(name)}` };
}

interface Pointer {
  readonly repository: string;
  readonly digest: Digest;
}

/** Where the run's tags lead. The reference alone decides; whether the other tag agrees is told beside it. */
function pointerOf({ tags }: Run): Pointer | undefined {
  const parsed = parseReference(tags.get(artifactTags.reference) ?? "");
  return parsed.kind === "full" ? parsed : undefined;
}

function judgeTags(run: Run): LinkFinding {
  const part = "tags";
  const reference = run.tags.get(artifactTags.reference);
  const digest = run.tags.get(artifactTags.digest);
  const absent = Object.values(artifactTags).filter((key) => !run.tags.has(key));
  if (absent.length > 0) return { part, state: "missing", said: `the run has no tag ${absent.join(", and none ")}` };
  const pointer = pointerOf(run);
  if (pointer === undefined)
    return { part, state: "changed", said: `the tag ${artifactTags.reference} is not a reference: ${show(reference)}` };
  if (pointer.digest !== digest)
    return {
      part,
      state: "changed",
      said: `the tags contradict each other: ${artifactTags.reference} names ${pointer.digest}, ${artifactTags.digest} is ${show(digest)}`,
    };
  return { part, state: "ok", said: `the run's tags name ${show(reference)}` };
}

async function lookUpArtifact(
  source: Source,
  { repository, digest }: Pointer,
  signal: AbortSignal,
): Promise<Artifact | LinkFinding> {
  try {
    return (await readArtifact(source, repository, digest, signal)).artifact;
  } catch (error) {
    const missing = explainUnusable(error);
    if (missing === undefined) throw error;
    const said = `${repository}@${digest}: ${missing.message}`;
    return { part: "artifact", state: stateOf(missing.kind), said };
  }
}

function stateOf(kind: UnusableEvidence["kind"]): LinkFinding["state"] {
  switch (kind) {
    case "absent":
      return "gone";
    case "refused":
      return "changed";
    case "unavailable":
      return "unknown";
  }
}

function judgeArtifact({ annotations }: Artifact, run: Run): LinkFinding {
  const part = "annotation";
  const key = defaultAnnotationKeys.mlflowRun.find((candidate) => Object.hasOwn(annotations, candidate)) ?? "";
  const named = annotations[key];
  if (named === run.id) return { part, state: "ok", said: `the annotation ${key} names this run` };
  if (named !== undefined)
    return { part, state: "changed", said: `the annotation ${key} names run ${show(named)}, not ${run.id}` };
  return judgeJob(annotations, run);
}

const jobKeys = ["io.github.eval-hub.job_id", "evaluation_job_id"];
const benchmarkKey = "io.github.eval-hub.benchmark_id";

/**
 * EvalHub's own artifacts name their job, and its runs are named after the job: `<job>_<number>` for each benchmark, with the
 * benchmark among the params, and a tag on the run of the evaluation card. https://github.com/eval-hub/eval-hub
 */
function judgeJob(annotations: Artifact["annotations"], run: Run): LinkFinding {
  const part = "annotation";
  const job = jobKeys.map((key) => annotations[key]).find((value) => value !== undefined && value !== "");
  if (job === undefined)
    return {
      part,
      state: "missing",
      said: `the artifact has no annotation ${defaultAnnotationKeys.mlflowRun.join(", ")}`,
    };
  if (!isOfJob(run, job))
    return { part, state: "changed", said: `the artifact is of EvalHub's job ${show(job)}, run ${run.id} is not` };
  const [ours, theirs] = [run.params.get("benchmark_id"), annotations[benchmarkKey]];
  if (ours !== undefined && theirs !== undefined && ours !== theirs)
    return {
      part,
      state: "changed",
      said: `the artifact is about benchmark ${show(theirs)}, run ${run.id} about ${show(ours)}`,
    };
  return { part, state: "ok", said: `the artifact and this run are of EvalHub's job ${show(job)}` };
}

function isOfJob({ name, tags }: Run, job: string): boolean {
  if (tags.get("evaluation_job_id") === job) return true;
  return name.startsWith(`${job}_`) && /^[0-9]+$/.test(name.slice(job.length + 1));
}
