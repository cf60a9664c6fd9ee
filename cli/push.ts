import type { KeyObject } from "node:crypto";
import { resolve } from "node:path";
import { EvidenceError } from "../evidence/errors.ts";
import { fetchVerified } from "../evidence/fetch-verified.ts";
import { limits } from "../evidence/limits.ts";
import { parseManifest } from "../evidence/manifest.ts";
import { listFolder, type ResultFile } from "../evidence/push/folder.ts";
import { createHttpSink } from "../evidence/push/http-sink.ts";
import { manifestType, seconds, type Subject } from "../evidence/push/image.ts";
import { createLayoutSink } from "../evidence/push/layout-sink.ts";
import { readPrivateKey } from "../evidence/push/private-key.ts";
import { PublishError } from "../evidence/push/problem.ts";
import { pushFolder, type Pushed } from "../evidence/push/push-folder.ts";
import { signArtifact } from "../evidence/push/sign.ts";
import type { Sink } from "../evidence/push/sink.ts";
import { tagOf, type BenchmarkRun } from "../evidence/push/tag.ts";
import type { Source } from "../evidence/source.ts";
import { MlflowError } from "../mlflow/errors.ts";
import { recordArtifact } from "../mlflow/record-artifact.ts";
import type { Digest } from "../policies/digest.ts";
import { parseDigest } from "../policies/digest.ts";
import type { StringMap } from "../policies/workload.ts";
import { createSource, httpOptions } from "../webhook/sources.ts";
import { readText } from "./certs/folder.ts";
import type { Command } from "./command.ts";
import { configOption } from "./config.ts";
import { CliError, UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit, print, type ExitCode, type Io } from "./io.ts";
import { connect, mlflowOption, parseRunId } from "./mlflow/connect.ts";
import { parseOptions } from "./options.ts";
import { fieldOptions, fromFile, fromOptions, fromPairs, keyOf } from "./push/annotations.ts";
import { parseDestination, parseTag, type Destination } from "./push/destination.ts";
import { createProgress } from "./push/progress.ts";
import { plainHttpOption, readAccess } from "./registry-access.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { parseTarget } from "./target.ts";
import { parseDuration } from "./values.ts";

const options = {
  to: { type: "string", value: "REF", help: "host/repository[:tag], or oci-layout:PATH[:tag]" },
  tag: {
    type: "string",
    value: "TAG",
    help: "the artifact's tag; default: made from job, provider, benchmark and index",
  },
  job: { type: "string", value: "ID", help: "the evaluation job's id" },
  provider: { type: "string", value: "ID", help: "the benchmark's provider, such as lm_evaluation_harness" },
  benchmark: { type: "string", value: "ID", help: "the benchmark's id" },
  "benchmark-index": { type: "string", value: "N", help: "the benchmark's place in its job; default 0" },
  ...fieldOptions,
  "model-image": {
    type: "string",
    value: "REF",
    help: "the model's image or artifact; gives --model-digest and the subject",
  },
  annotations: {
    type: "string",
    value: "FILE",
    help: "a YAML file of these options' names, or annotation keys, and their values",
  },
  annotation: { type: "string", multiple: true, value: "KEY=VALUE", help: "one more annotation; may be repeated" },
  sign: {
    type: "string",
    value: "KEY",
    help: "signs with this private key, as cosign 3 does; COSIGN_PASSWORD opens it",
  },
  "mlflow-run": { type: "string", value: "ID", help: "the MLflow run that holds the same results; linked both ways" },
  "mlflow-uri": mlflowOption,
  reproducible: { type: "boolean", help: "the same files give the same digest: no times but $SOURCE_DATE_EPOCH" },
  "allow-secrets": { type: "boolean", help: "push files that look like keys or tokens, too" },
  "allow-many-files": { type: "boolean", help: `push more than ${limits.layers} files, which no gate reads` },
  "plain-http": plainHttpOption,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "the longest that it may take; default 1h" },
  output: outputOption,
} as const;

/** Packs a folder of results as an artifact and publishes it. */
export const push: Command = {
  name: "push",
  summary: "Publishes a folder of results as an evaluation artifact",
  operands: "DIR",
  options,
  details: `Every file becomes a layer of its own, as EvalHub's adapters publish them. Without a tag the artifact is named after --job,
--provider, --benchmark and --benchmark-index, by EvalHub's rule. Prints the reference, the digest and the annotation for
the workload. Signs in as \`docker login\` did, or as --config says. Nothing is resumed: a push that failed may be repeated.
Exits with 3 when the registry or MLflow gives no answer, or does not let in.

Example:
  assaygate push results/ --to quay.io/acme/evals --job nightly-7 --benchmark mmlu --model granite --model-version 3.1`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    keepHeapSmall();
    const format = parseFormat(values.output);
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0) throw new UsageError("push takes one DIR");
    if (values.to === undefined) throw new UsageError("push needs --to REF, such as --to quay.io/acme/evals");
    const destination = parseDestination(values.to, io);
    const runOf = parseRun(values);
    const tag = tagFor(parseTag("--tag", values.tag) ?? destination.tag, runOf);
    const signal = AbortSignal.timeout(parseDuration("--timeout", values.timeout ?? "1h"));
    const key = values.sign === undefined ? undefined : readKey(resolve(io.cwd, values.sign), io);
    const mlflowRun = values["mlflow-run"] === undefined ? undefined : parseRunId(values["mlflow-run"]);
    if (mlflowRun !== undefined && destination.layout !== undefined)
      throw new UsageError("--mlflow-run takes a registry: a folder of this machine leads nobody else anywhere");
    const times = timesOf(values.reproducible ?? false, io);
    const given: StringMap = {
      ...jobAnnotations(runOf),
      ...(values.annotations === undefined
        ? {}
        : fromFile(values.annotations, readText(resolve(io.cwd, values.annotations)))),
      ...fromOptions(values),
      ...fromPairs(values.annotation ?? []),
      ...(mlflowRun === undefined ? {} : { [keyOf("mlflowRun")]: mlflowRun }),
    };
    const files = await listing(() => listFolder(resolve(io.cwd, folder), values["allow-secrets"] ?? false));
    refuseMany(files, values["allow-many-files"] ?? false);

    const { repository, layout } = destination;
    const access = { config: values.config, plainHttp: values["plain-http"] };
    const config = readAccess({ ...access, repository: layout === undefined ? repository : undefined }, io);
    const source = createSource(layout === undefined ? config : { ...config, layout }, io.env);
    const sink = layout === undefined ? createHttpSink(httpOptions(config, io.env)) : createLayoutSink(layout);
    await using client = mlflowRun === undefined ? undefined : connect(values["mlflow-uri"], io);
    const progress = createProgress(files, io);
    let pushed: Pushed | undefined;
    try {
      if (client !== undefined && mlflowRun !== undefined) await client.run(mlflowRun, signal);
      const subject = await subjectOf(values["model-image"], given, { source, repository, config, io }, signal);
      const annotations = { ...(subject === undefined ? {} : { [keyOf("modelDigest")]: subject.digest }), ...given };
      const created = given[keyOf("createdAt")] ?? (times.created && seconds(times.created));
      pushed = await pushFolder(
        { sink, source },
        repository,
        files,
        {
          annotations: created === undefined ? annotations : { ...annotations, [keyOf("createdAt")]: created },
          subject,
          tag,
          created: times.created,
          modified: times.modified,
        },
        progress,
        signal,
      );
      progress.end();
      const artifact = { repository, tag, ...pushed };
      const signature = key && (await sign({ sink, source }, repository, pushed, key, io, signal));
      if (client !== undefined && mlflowRun !== undefined)
        await recordArtifact(client, mlflowRun, { reference: referenceOf(artifact), digest: pushed.digest }, signal);
      const published = publishedOf(artifact, signature, mlflowRun);
      printAs(format, io, published, () => toLines(published));
      return exit.ok;
    } catch (error) {
      progress.end();
      const before = pushed === undefined ? "" : `pushed ${repository}@${pushed.digest}, but went no further: `;
      return failed(error, `${values.to}: ${before}`, io);
    } finally {
      await Promise.all([sink.close(), source.close()]);
    }
  },
};

interface Run {
  readonly job?: string | undefined;
  readonly provider?: string | undefined;
  readonly benchmark?: string | undefined;
  readonly "benchmark-index"?: string | undefined;
}

/** Undefined where neither job nor benchmark is given. */
function parseRun({ job, provider, benchmark, "benchmark-index": index = "0" }: Run): BenchmarkRun | undefined {
  if (job === undefined && benchmark === undefined) return undefined;
  if (job === undefined || benchmark === undefined) throw new UsageError("--job and --benchmark go together");
  if (!/^[0-9]{1,6}$/.test(index)) throw new UsageError(`--benchmark-index ${index}: expected a number from 0`);
  return { job, provider, benchmark, index: Number(index) };
}

function tagFor(tag: string | undefined, run: BenchmarkRun | undefined): string {
  if (tag !== undefined) return tag;
  if (run !== undefined) return tagOf(run);
  throw new UsageError("push needs a name for the artifact: --job and --benchmark, or --tag");
}

/** https://github.com/eval-hub/eval-hub-sdk */
function jobAnnotations(run: BenchmarkRun | undefined): StringMap {
  if (run === undefined) return {};
  return {
    "io.github.eval-hub.job_id": run.job,
    "io.github.eval-hub.benchmark_id": run.benchmark,
    ...(run.provider === undefined ? {} : { "io.github.eval-hub.provider_id": run.provider }),
  };
}

interface Times {
  readonly created: Date | undefined;
  readonly modified: Date | undefined;
}

/** https://reproducible-builds.org/specs/source-date-epoch/ */
function timesOf(reproducible: boolean, { env, now }: Pick<Io, "env" | "now">): Times {
  if (!reproducible) return { created: now(), modified: undefined };
  const epoch = env["SOURCE_DATE_EPOCH"];
  if (epoch === undefined || epoch === "") return { created: undefined, modified: new Date(0) };
  if (!/^[0-9]{1,11}$/.test(epoch)) throw new UsageError(`SOURCE_DATE_EPOCH ${epoch}: expected seconds since 1970`);
  const time = new Date(Number(epoch) * 1000);
  return { created: time, modified: time };
}

function readKey(file: string, { env }: Pick<Io, "env">): KeyObject {
  try {
    return readPrivateKey(readText(file), env["COSIGN_PASSWORD"]);
  } catch (cause) {
    if (cause instanceof PublishError) throw new CliError(`--sign ${file}: ${cause.message}`, { cause });
    throw cause;
  }
}

async function listing<T>(list: () => Promise<T>): Promise<T> {
  try {
    return await list();
  } catch (cause) {
    if (cause instanceof PublishError) throw new CliError(cause.message, { cause });
    throw cause;
  }
}

function refuseMany(files: readonly ResultFile[], allowed: boolean): void {
  if (allowed || files.length <= limits.layers) return;
  throw new CliError(
    `${files.length} files: a gate reads artifacts of at most ${limits.layers}. Pack logs into one archive, or say --allow-many-files`,
  );
}

interface Where {
  readonly source: Source;
  readonly repository: string;
  readonly config: Parameters<typeof createSource>[0];
  readonly io: Io;
}

/**
 * The model's manifest, which gives the digest, size and media type of a subject: from `--model-image`, or from the repository
 * that is pushed to. Undefined, with a remark, where it is not there.
 */
async function subjectOf(
  modelImage: string | undefined,
  given: StringMap,
  { source, repository, config, io }: Where,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const claimed = given[keyOf("modelDigest")];
  if (modelImage !== undefined) {
    const model = parseTarget(modelImage, io);
    if (claimed !== undefined && claimed !== model.digest)
      throw new UsageError(`--model-image ${modelImage}: has another digest than --model-digest`);
    const from = createSource(model.layout === undefined ? config : { ...config, layout: model.layout }, io.env);
    try {
      return await readSubject(from, model.repository, model.digest, signal);
    } finally {
      await from.close();
    }
  }
  const digest = claimed === undefined ? undefined : parseDigest(claimed);
  if (digest === undefined) return undefined;
  try {
    return await readSubject(source, repository, digest, signal);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    const remedy = "name it with --model-image host/repository@digest to make it the subject";
    print(io.err, `assaygate: the model is not in ${repository}, so that the artifact has no subject: ${remedy}`);
    return undefined;
  }
}

async function readSubject(source: Source, repository: string, digest: Digest, signal: AbortSignal): Promise<Subject> {
  const body = await source.manifest(repository, digest, signal);
  const { mediaType } = body;
  const bytes = await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
  return { mediaType: mediaType ?? mediaTypeIn(bytes), digest, size: bytes.byteLength };
}

/** A layout declares no media types; the manifest itself may. */
function mediaTypeIn(bytes: Buffer): string {
  const [, own] = /"mediaType"\s*:\s*"(application\/vnd\.[a-z0-9.+-]+)"/.exec(bytes.toString("utf8")) ?? [];
  parseManifest(bytes, own);
  return own ?? manifestType;
}

async function sign(
  to: { readonly sink: Sink; readonly source: Source },
  repository: string,
  { digest }: Pushed,
  key: KeyObject,
  { now }: Pick<Io, "now">,
  signal: AbortSignal,
): Promise<Digest> {
  const subject = await readSubject(to.source, repository, digest, signal);
  return signArtifact(to, repository, subject, key, now(), signal);
}

interface Artifact extends Pushed {
  readonly repository: Destination["repository"];
  readonly tag: string;
}

/** What a push prints, for programs. */
interface Published {
  readonly reference: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly annotation: { readonly key: string; readonly value: string };
  readonly layers: readonly { readonly name: string; readonly digest: Digest; readonly size: number }[];
  readonly signature: Digest | undefined;
  readonly mlflowRun: string | undefined;
}

function referenceOf({ repository, tag, digest }: Artifact): string {
  return `${repository}:${tag}@${digest}`;
}

/** A layout is a folder of this machine, which no gate reads by its name: there the digest alone names the evidence. */
function publishedOf(artifact: Artifact, signature: Digest | undefined, mlflowRun: string | undefined): Published {
  const { repository, tag, digest, layers } = artifact;
  const isLayout = repository.startsWith("oci-layout:");
  return {
    reference: isLayout ? `${repository}@${digest}` : referenceOf(artifact),
    repository,
    tag,
    digest,
    annotation: { key: "assaygate.dev/evaluation", value: isLayout ? digest : `${repository}@${digest}` },
    layers: layers.map(({ name, digest: own, size }) => ({ name, digest: own, size })),
    signature,
    mlflowRun,
  };
}

function toLines({ reference, digest, annotation, signature, mlflowRun }: Published): string[] {
  return [
    `reference:  ${reference}`,
    `digest:     ${digest}`,
    ...(signature === undefined ? [] : [`signature:  ${signature}`]),
    ...(mlflowRun === undefined ? [] : [`MLflow run: ${mlflowRun}`]),
    "",
    "Annotate the workload, or its pod template, with:",
    `  ${annotation.key}: ${annotation.value}`,
  ];
}

/** Says what went wrong. Throws what is a mistake of the command line's, and what is a bug. */
function failed(error: unknown, where: string, { err }: Pick<Io, "err">): ExitCode {
  if (error instanceof PublishError) throw new CliError(`${where}${error.message}`, { cause: error });
  if (error instanceof MlflowError) {
    print(err, `assaygate: ${where}${error.message}`);
    return exit.couldNotLook;
  }
  if (!(error instanceof EvidenceError)) throw error;
  print(err, `assaygate: ${where}${error.evidence.message}`);
  return error.evidence.kind === "unavailable" ? exit.couldNotLook : exit.rejected;
}
