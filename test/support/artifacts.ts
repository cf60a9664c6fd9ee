import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import type { Json } from "./builders/json.ts";
import { tarOf, type TarEntry } from "./tar.ts";

/**
 * Builders of OCI artifacts. Each starts from a minimal valid one, so that a test changes one thing. An artifact is a digest
 * and the bytes that it leads to: serve them from memory (`memory-source.ts`), from a folder (`writeLayout`) or a registry.
 */
export interface BuiltArtifact {
  readonly digest: Digest;
  readonly manifest: Buffer;
  /** The manifest's own media type, for a Content-Type. */
  readonly mediaType: string;
  /** Config and layers, by digest. Without the manifest. */
  readonly blobs: ReadonlyMap<Digest, Buffer>;
}

export type { Json };

export const imageManifest = "application/vnd.oci.image.manifest.v1+json";
export const evalhubArtifactType = "application/vnd.eval-hub.github.io";
export const tarGzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
export const evaluationCardLayer = "application/vnd.eval-hub.evaluation-card.v1+json";

/** A layer to be: its bytes, and what its descriptor says of them. */
export interface Layer {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** To let the descriptor lie. */
  readonly size?: number;
}

export function digestOf(bytes: string | Uint8Array): Digest {
  const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  if (digest === undefined) throw new Error("a sha256 digest is a digest");
  return digest;
}

function descriptorOf({ bytes, mediaType, annotations, size = bytes.byteLength }: Layer): Json {
  return { mediaType, digest: digestOf(bytes), size, ...(annotations === undefined ? {} : { annotations }) };
}

/** An annotations-only artifact, with one layer that nobody understands. `manifest` overrides top-level fields. */
export function genericArtifact(
  annotations: Readonly<Record<string, string>> = { "dev.assaygate.model.name": "granite-3.1-8b-instruct" },
  manifest: Json = {},
): BuiltArtifact {
  return artifactOf([{ bytes: Buffer.from("notes"), mediaType: "text/plain" }], { annotations, ...manifest });
}

/** What the EvalHub SDK pushes: each file a tar+gzip layer, by default one results file. */
export function evalhubArtifact(
  files: Readonly<Record<string, unknown>> = { "results.json": jobResults() },
  annotations: Readonly<Record<string, string>> = evalhubAnnotations(),
): BuiltArtifact {
  const layers = Object.entries(files).map(([name, content]) => evalhubLayer(name, content));
  return artifactOf(layers, { artifactType: evalhubArtifactType, annotations });
}

/** One file as EvalHub packs it. `content` is taken as it is when it is bytes, and as JSON otherwise. */
export function evalhubLayer(name: string, content: unknown): Layer {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content, undefined, 2));
  return tarLayer(name, [{ name, content: bytes }]);
}

export function tarLayer(name: string, entries: readonly TarEntry[]): Layer {
  return {
    bytes: gzipSync(tarOf(entries)),
    mediaType: tarGzipLayer,
    annotations: { "olot.layer.content.name": name },
  };
}

/** What EvalHub's SDK and most of its adapters annotate. */
export function evalhubAnnotations(over: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    "io.github.eval-hub.job_id": "11111111-2222-3333-4444-555555555555",
    "io.github.eval-hub.benchmark_id": "mmlu",
    "io.github.eval-hub.provider_id": "lm_evaluation_harness",
    "io.github.eval-hub.model": "granite-3.1-8b-instruct",
    "org.opencontainers.image.created": "2026-06-16T05:20:07+00:00",
    ...over,
  };
}

/** JobResults as EvalHub's SDK dumps them, with one metric. */
export function jobResults(over: Json = {}): Json {
  return {
    id: "11111111-2222-3333-4444-555555555555",
    benchmark_id: "mmlu",
    benchmark_index: 0,
    model_name: "granite-3.1-8b-instruct",
    results: [metric("acc,none", 0.642)],
    overall_score: 0.642,
    num_examples_evaluated: 14042,
    duration_seconds: 812.4,
    completed_at: "2026-06-16T05:20:07Z",
    evaluation_metadata: { framework: "lm_evaluation_harness" },
    oci_artifact: null,
    mlflow_run_id: null,
    ...over,
  };
}

export function metric(name: string, value: unknown): Json {
  return { metric_name: name, metric_value: value, metric_type: "float", num_samples: 14042, metadata: {} };
}

/**
 * What the EvalHub server publishes when a job has ended, in its bytes: test/e2e/chain/evaluation-card.test.ts compares. `card` is
 * taken as it is when it is bytes. Annotations replace the server's own: it would not have that, but whoever can push may do it.
 */
export function cardArtifact(
  card: Json | Buffer = evaluationCard(),
  annotations: Readonly<Record<string, string>> = {},
  job: string = jobId,
): BuiltArtifact {
  const name = `evaluation-card-${job}`;
  const titled = (title: string): Readonly<Record<string, string>> => ({
    evaluation_job_id: job,
    "org.opencontainers.image.title": title,
  });
  const layer = {
    bytes: Buffer.isBuffer(card) ? card : goJson(card),
    mediaType: evaluationCardLayer,
    annotations: titled(`${name}.json`),
  };
  const config = {
    bytes: goJson({ evaluation_job_id: job }),
    mediaType: "application/vnd.oci.artifact.config.v1+json",
    annotations: titled(`${name}-config.json`),
  };
  const manifest = goJson({
    schemaVersion: 2,
    mediaType: imageManifest,
    config: goDescriptorOf(config),
    layers: [goDescriptorOf(layer)],
    annotations: Object.fromEntries(Object.entries({ ...titled(name), ...annotations }).toSorted(byKey)),
  });
  return { ...rawManifest(manifest), blobs: new Map([config, layer].map(({ bytes }) => [digestOf(bytes), bytes])) };
}

const byKey = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : 1);

/** As Go writes JSON, where the keys of maps are in order already. https://pkg.go.dev/encoding/json#Marshal */
function goJson(value: Json): Buffer {
  const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return Buffer.from(JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, escaped));
}

function goDescriptorOf({ bytes, mediaType, annotations }: Layer): Json {
  return { mediaType, size: bytes.byteLength, digest: digestOf(bytes), annotations };
}

const jobId = "11111111-2222-3333-4444-555555555555";

/** A card of a completed job of one benchmark. It carries a verdict of the whole where the context names a collection. */
export function evaluationCard({
  state = "completed",
  rows = [cardRow()],
  context = {},
}: { readonly state?: string; readonly rows?: readonly Json[]; readonly context?: Json } = {}): Json {
  return {
    card_version: "1.0",
    schema_version: "1.0",
    metadata: {
      evaluation_job_id: jobId,
      created_at: "2026-06-16T05:00:00Z",
      updated_at: "2026-06-16T05:20:09Z",
    },
    context: { model: { url: "http://vllm.team-a.svc:8000/v1", name: "granite-3.1-8b-instruct" }, ...context },
    results: {
      status: { state, message: messageOf("server", `Evaluation job is ${state}`, "evaluation_job_updated") },
      benchmarks: rows,
      ...("collection_id" in context && { collection: { test: { score: 0.642, threshold: 0.5, pass: true } } }),
    },
  };
}

/** One benchmark's row of a card, passed. */
export function cardRow(over: Json = {}): Json {
  return {
    id: "mmlu",
    provider_id: "lm_evaluation_harness",
    status: "completed",
    metrics: { "acc,none": 0.642 },
    metrics_schema: [{ name: "acc,none", type: "numeric" }],
    test: { primary_score: "0.642", threshold: "0.5", pass: true },
    ...over,
  };
}

/** The row of a benchmark that ended with an error: nothing of what it measured is in it. */
export function failedCardRow(message = "out of memory"): Json {
  const { id, provider_id } = cardRow();
  return { id, provider_id, status: "failed", error_message: messageOf("adapter", message, "evaluation_failed") };
}

function messageOf(message_origin: "server" | "adapter", message: string, message_code: string): Json {
  return { message, message_code, message_origin };
}

const imageConfig: Layer = { bytes: Buffer.from("{}"), mediaType: "application/vnd.oci.image.config.v1+json" };

export function artifactOf(layers: readonly Layer[], manifest: Json = {}, config: Layer = imageConfig): BuiltArtifact {
  const document = {
    schemaVersion: 2,
    mediaType: imageManifest,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
    ...manifest,
  };
  const blobs = new Map([config, ...layers].map(({ bytes }): [Digest, Buffer] => [digestOf(bytes), bytes]));
  return { ...rawManifest(Buffer.from(JSON.stringify(document, undefined, 2))), blobs };
}

/** An artifact of exactly these manifest bytes, and nothing behind them. */
export function rawManifest(manifest: Buffer, mediaType: string = imageManifest): BuiltArtifact {
  return { digest: digestOf(manifest), manifest, mediaType, blobs: new Map() };
}

/** Writes an OCI image layout that holds the artifacts. https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
export async function writeLayout(folder: string, artifacts: readonly BuiltArtifact[]): Promise<void> {
  const blobs = join(folder, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const manifests = artifacts.map(({ digest, manifest, mediaType }) => ({
    mediaType,
    digest,
    size: manifest.byteLength,
  }));
  await writeFile(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  const files = artifacts.flatMap(({ digest, manifest, blobs: content }) => [[digest, manifest] as const, ...content]);
  await Promise.all(files.map(([digest, bytes]) => writeFile(join(blobs, digest.slice("sha256:".length)), bytes)));
}
