import { type UnusableEvidence, explainUnusable } from "../evidence/errors.ts";
import { readArtifact } from "../evidence/read-artifact.ts";
import type { Source } from "../registry/source.ts";
import type { Artifact } from "../policies/artifact.ts";
import { show, showAll } from "../policies/show.ts";
import type { MlflowClient } from "./client.ts";
import { MlflowError } from "./errors.ts";
import { checkAnnotation, namesNoRun, readNamedRun } from "./check-annotation.ts";
import { findPointer, checkTags, type Pointer, type TagHolder } from "./check-tags.ts";
import type { LinkFinding } from "./link-finding.ts";
import { isOfRun, type LoggedModel } from "./logged-model.ts";
import { isRunId, type Run } from "./run.ts";

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
  const run = await lookUp("run", () => mlflow.run(runId, signal));
  if ("state" in run) return [run];
  const findings = [judgeRun(run), checkTags(run, "run")];
  const artifact = await followTags(source, run, findings, signal);
  return artifact === undefined ? findings : [...findings, checkAnnotation(artifact, run)];
}

/** The same from a logged model: to the artifact that its tags name, from there to the run, which must have used the model. */
export async function followModelLink(
  mlflow: MlflowClient,
  source: Source,
  modelId: string,
  signal: AbortSignal,
): Promise<LinkFinding[]> {
  const model = await lookUp("model", () => mlflow.model(modelId, signal));
  if ("state" in model) return [model];
  const findings = [judgeModel(model), checkTags(model, "model")];
  const artifact = await followTags(source, model, findings, signal);
  if (artifact === undefined) return findings;
  const named = readNamedRun(artifact);
  if (named === undefined) return [...findings, namesNoRun];
  if (!isRunId(named.id))
    return [...findings, { part: "annotation", state: "changed", said: `${show(named.id)} is not the id of a run` }];
  findings.push({ part: "annotation", state: "ok", said: `the annotation ${named.key} names run ${named.id}` });
  const run = await lookUp("run", () => mlflow.run(named.id, signal));
  return [...findings, "state" in run ? run : judgeRunOfModel(run, model)];
}

async function lookUp<T extends object>(part: "run" | "model", ask: () => Promise<T>): Promise<T | LinkFinding> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof MlflowError)) throw error;
    return { part, state: error.kind === "absent" ? "gone" : "unknown", said: error.message };
  }
}

function judgeRun({ id, name, deleted, metrics }: Run): LinkFinding {
  const part = "run";
  if (deleted)
    return { part, state: "gone", said: `${id} is deleted; until mlflow gc, mlflow runs restore brings it back` };
  return { part, state: "ok", said: `${id} is there, named ${show(name)}${explainInfinite(metrics)}` };
}

/** Whoever looks at the run in MLflow sees a number where there was none. */
function explainInfinite(metrics: Run["metrics"]): string {
  const infinite = [...metrics].filter(([, value]) => Math.abs(value) === Infinity).map(([key]) => key);
  return infinite.length === 0
    ? ""
    : `; MLflow shows the largest double, which it keeps for an infinite value, as ${showAll(infinite)}`;
}

function judgeModel({ id, name }: LoggedModel): LinkFinding {
  return { part: "model", state: "ok", said: `${id} is there, named ${show(name)}` };
}

function judgeRunOfModel(run: Run, model: LoggedModel): LinkFinding {
  const judged = judgeRun(run);
  if (judged.state !== "ok" || isOfRun(model, run)) return judged;
  return { part: "run", state: "changed", said: `${run.id} neither made nor measured the model ${model.id}` };
}

/** The artifact that the tags name, with its finding; undefined where there is none to go on with. */
async function followTags(
  source: Source,
  tagged: TagHolder,
  findings: LinkFinding[],
  signal: AbortSignal,
): Promise<Artifact | undefined> {
  const pointer = findPointer(tagged);
  if (pointer === undefined) return undefined;
  const artifact = await lookUpArtifact(source, pointer, signal);
  if ("state" in artifact) {
    findings.push(artifact);
    return undefined;
  }
  const said = `${pointer.repository}@${pointer.digest} is there, and its bytes are those of the digest`;
  findings.push({ part: "artifact", state: "ok", said });
  return artifact;
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
    return { part: "artifact", state: toState(missing.kind), said };
  }
}

function toState(kind: UnusableEvidence["kind"]): LinkFinding["state"] {
  switch (kind) {
    case "absent":
      return "gone";
    case "refused":
      return "changed";
    case "unavailable":
      return "unknown";
  }
}
