import { defaultAnnotationKeys } from "../policies/annotation-keys.ts";
import type { Artifact } from "../policies/artifact.ts";
import { show } from "../policies/show.ts";
import type { LinkFinding } from "./link-finding.ts";
import type { Run } from "./run.ts";

const part = "annotation";

/** The run that an artifact names as its own, and the annotation that says so. */
export function readNamedRun({ annotations }: Artifact): { readonly key: string; readonly id: string } | undefined {
  const key = defaultAnnotationKeys.mlflowRun.find((candidate) => Object.hasOwn(annotations, candidate)) ?? "";
  const id = annotations[key];
  return id === undefined ? undefined : { key, id };
}

/** The finding for an artifact that names no run. */
export const namesNoRun: LinkFinding = {
  part,
  state: "missing",
  said: `the artifact has no annotation ${defaultAnnotationKeys.mlflowRun.join(", ")}`,
};

/** Whether an artifact says that its results are a run's. */
export function checkAnnotation(artifact: Artifact, run: Run): LinkFinding {
  const named = readNamedRun(artifact);
  if (named === undefined) return judgeJob(artifact.annotations, run);
  const { key, id } = named;
  if (id === run.id) return { part, state: "ok", said: `the annotation ${key} names this run` };
  return { part, state: "changed", said: `the annotation ${key} names run ${show(id)}, not ${run.id}` };
}

const jobKeys = ["io.github.eval-hub.job_id", "evaluation_job_id"];
const benchmarkKey = "io.github.eval-hub.benchmark_id";

/**
 * EvalHub's own artifacts name their job, and its runs are named after the job: `<job>_<number>` for each benchmark, with the
 * benchmark among the params, and a tag on the run of the evaluation card. https://github.com/eval-hub/eval-hub
 */
function judgeJob(annotations: Artifact["annotations"], run: Run): LinkFinding {
  const job = jobKeys.map((key) => annotations[key]).find((value) => value !== undefined && value !== "");
  if (job === undefined) return namesNoRun;
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
