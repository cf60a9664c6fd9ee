import { gzipSync } from "node:zlib";
import {
  artifactOf,
  cardArtifact,
  evalhubAnnotations,
  evalhubArtifactType,
  evaluationCard,
  jobResults,
  tarGzipLayer,
  type BuiltArtifact,
  type Layer,
} from "../artifacts.ts";
import { lmEvalResults } from "../evaluator-files.ts";
import { tarOf } from "../tar.ts";
import type { Json } from "./json.ts";

/** The time of the suites that need one: ten days after the evaluation. */
export const now = "2026-11-20T12:00:00Z";

/** Where the evaluation lies. */
export const repository = "quay.io/acme/evals";

/** What the evaluation says of the model and of itself. */
export const annotations: Readonly<Record<string, string>> = {
  "dev.assaygate.model.name": "ibm-granite/granite-3.1-8b-instruct",
  "dev.assaygate.model.version": "3.1.0",
  "dev.assaygate.model.family": "granite",
  "dev.assaygate.environment": "production",
  "dev.assaygate.hardware.class": "nvidia-h100",
  "dev.assaygate.compliance.tags": "eu-ai-act:art-15,soc2:cc8.1",
  "dev.assaygate.collection.id": "safety-and-fairness-v1",
  "dev.assaygate.collection.version": "2.3.0",
  "org.opencontainers.image.created": "2026-11-10T12:00:00Z",
};

/** An annotations-only evaluation, good in everything but what is given. */
export function evaluation(
  change: Readonly<Record<string, string | undefined>> = {},
  manifest: Json = {},
): BuiltArtifact {
  const entries = Object.entries({ ...annotations, ...change }).filter(([, value]) => value !== undefined);
  return artifactOf([{ bytes: Buffer.from("{}"), mediaType: "application/vnd.oci.empty.v1+json" }], {
    artifactType: "application/vnd.assaygate.evaluation",
    annotations: Object.fromEntries(entries),
    ...manifest,
  });
}

/** An EvalHub results artifact. */
export function evalhubEvaluation(results: Json = {}, change: Readonly<Record<string, string>> = {}): BuiltArtifact {
  const model = { model_name: "ibm-granite/granite-3.1-8b-instruct" };
  const own = {
    "io.github.eval-hub.model": "ibm-granite/granite-3.1-8b-instruct",
    "org.opencontainers.image.created": "2026-11-10T12:00:00+00:00",
  };
  return artifactOf([fileLayer(jobResults({ ...model, completed_at: "2026-11-10T11:59:00Z", ...results }))], {
    artifactType: evalhubArtifactType,
    annotations: { ...evalhubAnnotations(own), ...annotations, ...change },
  });
}

/** What `assaygate push` makes of a file of lm-evaluation-harness. */
export function lmEvalEvaluation(results: Json = {}, change: Readonly<Record<string, string>> = {}): BuiltArtifact {
  const model = { pretrained: "ibm-granite/granite-3.1-8b-instruct" };
  const content = lmEvalResults({ config: { model_args: model }, model_name: model.pretrained, ...results });
  return artifactOf([fileLayer({ date: Date.parse("2026-11-10T11:59:00Z") / 1000, ...content })], {
    artifactType: evalhubArtifactType,
    annotations: { ...annotations, ...change },
  });
}

/** Stored, not compressed, so that its digest is the same with every version of zlib. */
function fileLayer(content: Json): Layer {
  return {
    bytes: gzipSync(tarOf([{ name: "results.json", content: Buffer.from(JSON.stringify(content)) }]), { level: 0 }),
    mediaType: tarGzipLayer,
    annotations: { "olot.layer.content.name": "results.json" },
  };
}

/** An EvalHub evaluation card with the annotations of a good evaluation, but for those that it is silent about. */
export function cardEvaluation(
  card: Parameters<typeof evaluationCard>[0] = {},
  change: Readonly<Record<string, string>> = {},
  silentAbout: readonly string[] = [],
): BuiltArtifact {
  const said = Object.entries({ ...annotations, ...change }).filter(([key]) => !silentAbout.includes(key));
  return cardArtifact(evaluationCard(card), Object.fromEntries(said));
}

/** As the annotation of a workload names an artifact. */
export function referenceTo({ digest }: BuiltArtifact, at = repository): string {
  return `${at}@${digest}`;
}
