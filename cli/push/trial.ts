import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isObject } from "../../policies/is-object.ts";
import { evidenceAnnotation } from "../../policies/workload.ts";
import type { Config } from "../../config/config.ts";
import { createLayoutSource } from "../../registry/layout/layout-source.ts";
import { createLayoutTarget } from "../../registry/layout/layout-target.ts";
import type { Source } from "../../registry/source.ts";
import type { PushTarget } from "../../registry/target.ts";
import { toKindKey } from "../../workload/kinds/kinds.ts";
import { evaluateWithGate, toExitCode } from "../check.ts";
import { readManifests, type Manifest } from "../check/manifests.ts";
import { findNamespaceLabels, type NamespaceLabels } from "../check/namespaces.ts";
import { toReport } from "../check/report.ts";
import { CliError } from "../failure.ts";
import { print, type ExitCode, type Io } from "../io.ts";
import { listKinds } from "../kinds.ts";
import { loadPoliciesOrFail } from "../load-policies.ts";
import { createPainter } from "../paint.ts";

/** A push that is tried on policies first. */
export interface Trial {
  /** Policy folders or files. */
  readonly policies: readonly string[];
  /** Manifests of workloads that will name the evidence. */
  readonly workloads: readonly string[];
  readonly config: Config;
  readonly timeoutMs: number;
}

/** Publishes what is to be tried there, and returns how a workload would name it. */
export type Publish = (to: { readonly target: PushTarget; readonly source: Source }) => Promise<string>;

/**
 * Judges every workload as the webhook would if it named the evidence: the artifact is made in a temporary layout, and nothing
 * is sent. Prints what the gate says, and returns what `assaygate check` would end with. Throws CliError for policies and
 * manifests that cannot be read.
 */
export async function evaluateTrial(trial: Trial, publish: Publish, io: Io): Promise<ExitCode> {
  const kinds = listKinds(trial.config);
  const { set } = loadPoliciesOrFail(trial.policies, kinds, io);
  const manifests = await readManifests(trial.workloads, io);
  const workloads = manifests.filter(({ group, kind }) => kinds.has(toKindKey(group, kind)));
  if (workloads.length === 0) throw new CliError("--workload: the files hold no workload that the gate reads");
  const labels: NamespaceLabels = findNamespaceLabels(undefined, manifests, trial.config);
  const layout = await mkdtemp(join(tmpdir(), "assaygate-push-"));
  try {
    const reference = await publish({ target: createLayoutTarget(layout), source: createLayoutSource(layout) });
    const config = { ...trial.config, layout };
    const named = workloads.map((manifest) => nameEvidence(manifest, reference));
    const judged = await evaluateWithGate({ ...trial, config, kinds, set, labels, now: io.now() }, named, io);
    for (const one of judged) print(io.err, ...toReport(one, createPainter(io)));
    return toExitCode(judged);
  } finally {
    await rm(layout, { recursive: true, force: true });
  }
}

/** The workload with this evidence and no other, wherever it named some. */
function nameEvidence(manifest: Manifest, reference: string): Manifest {
  const object = structuredClone(manifest.object);
  if (!isObject(object)) return manifest;
  dropReferences(object);
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const annotations = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  return {
    ...manifest,
    object: { ...object, metadata: { ...metadata, annotations: { ...annotations, [evidenceAnnotation]: reference } } },
  };
}

function dropReferences(object: object): void {
  for (const [key, value] of Object.entries(object)) {
    if (key === evidenceAnnotation) Reflect.deleteProperty(object, key);
    else if (typeof value === "object" && value !== null) dropReferences(value);
  }
}
