import { resolve } from "node:path";
import { limits } from "../registry/limits.ts";
import { listFolder, type ResultFile } from "../publish/push/folder.ts";
import { formatSeconds } from "../publish/push/image.ts";
import { PublishError } from "../registry/publish-error.ts";
import { pushFolder, type PushOptions, type PushResult } from "../publish/push/push-folder.ts";
import type { ReadWrite } from "../publish/push/attach-bundle.ts";
import type { BenchmarkRun } from "../publish/push/tag.ts";
import type { NonEmpty } from "../policies/non-empty.ts";
import type { StringMap } from "../policies/workload.ts";
import type { Config } from "../config/config.ts";
import { readNetwork } from "../config/network.ts";
import { readText } from "./certs/folder.ts";
import type { Command } from "./command.ts";
import { configOption, readConfig } from "./config.ts";
import { CliError, UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit, print, type ExitCode, type Io } from "./io.ts";
import { connect } from "./mlflow/connect.ts";
import { checkLink, linkOptions, parseLink, recordLink, type MlflowLink } from "./mlflow/link.ts";
import { parseOptions } from "./options.ts";
import {
  fieldOptions,
  readAnnotationFile,
  readAnnotationOptions,
  readAnnotationPairs,
  toAnnotationKey,
} from "./push/annotations.ts";
import { toJobAnnotations, parseRun, runOptions, toTag } from "./push/benchmark-run.ts";
import { parseDestination, parseTag, type Destination } from "./push/destination.ts";
import { createProgress } from "./push/progress.ts";
import { toAnnotation, toPublished, toReference, toLines, type Artifact } from "./push/published.ts";
import { readResultFiles } from "./push/read-results.ts";
import { listWarnings } from "./push/warnings.ts";
import { listResults } from "./push/results.ts";
import { resolveSubject } from "./push/subject.ts";
import { readTimes, type Times } from "./push/times.ts";
import type { Trial } from "./push/trial.ts";
import { accessOptions } from "./registry-access.ts";
import { openRepository, type OpenRepository } from "./sign/open-repository.ts";
import { keylessOptions } from "./sign/options.ts";
import type { SignatureReport } from "./sign/report.ts";
import type { SigningMethod } from "./sign/signing.ts";
import { reportTrouble } from "./sign/trouble.ts";
import { parseDuration } from "./values.ts";

const options = {
  to: { type: "string", value: "REF", help: "host/repository[:tag], or oci-layout:PATH[:tag]" },
  tag: {
    type: "string",
    value: "TAG",
    help: "the artifact's tag; default: made from job, provider, benchmark and index",
  },
  ...runOptions,
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
  annotation: { type: "string", multiple: true, value: "KEY=VALUE", help: "one more annotation" },
  sign: {
    type: "string",
    value: "KEY",
    help: "signs as cosign 3 does: with this private key, which COSIGN_PASSWORD opens, or keyless",
  },
  ...keylessOptions,
  ...linkOptions,
  compress: {
    type: "boolean",
    help: "compress files over 64 MiB, too: less to send and to store, but it takes several times as long",
  },
  reproducible: { type: "boolean", help: "the same files give the same digest: no times but $SOURCE_DATE_EPOCH" },
  "allow-secrets": { type: "boolean", help: "push files that look like keys or tokens, too" },
  "allow-many-files": { type: "boolean", help: `push more than ${limits.layers} files, which no gate reads` },
  "check-policy": {
    type: "string",
    multiple: true,
    value: "DIR",
    help: "sends nothing unless these policies would admit --workload with this evidence",
  },
  workload: { type: "string", multiple: true, value: "FILE", help: "the manifest that --check-policy judges" },
  ...accessOptions,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "time limit; default 1h" },
  output: outputOption,
} as const;

/** Packs a folder of results as an artifact and publishes it. */
export const push: Command = {
  name: "push",
  summary: "Publishes a folder of results as an evaluation artifact",
  operands: "DIR",
  options,
  details: `Every file becomes a layer of its own, as EvalHub's adapters publish them. Without a tag the artifact is named after --job,
--provider, --benchmark and --benchmark-index, by EvalHub's rule. Warns of what will keep policies from accepting the results.
Prints what the gate will read in the files, the reference, the digest and the annotation for the workload. Signs in as
\`docker login\` did, or as --config says. Nothing is resumed: a push that failed may be repeated.
Exits with 3 when the registry or MLflow gives no answer, or refuses the login.

Example:
  assaygate push results/ --to quay.io/acme/evals --job nightly-7 --benchmark mmlu --model granite --model-version 3.1`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0) throw new UsageError("push takes one DIR");
    const wanted = await read(folder, values, io);
    const { destination, link } = wanted;
    await using to = openRepository(destination, values, io);
    const signing = await readSigningIfAsked(values, to.config, io);
    await using client =
      link === undefined ? undefined : connect(values["mlflow-uri"], readNetwork(to.config, io.env), io);
    const signal = AbortSignal.timeout(parseDuration("--timeout", values.timeout ?? "1h"));
    let pushed: PushResult | undefined;
    const content = await readResultFiles(wanted.files, wanted.annotations);
    for (const warning of listWarnings(content, wanted.annotations)) print(io.err, `assaygate: warning: ${warning}`);
    try {
      const described = await describeArtifact(wanted, to, values["model-image"], io, signal);
      const verdict = wanted.trial && (await runTrial(wanted, wanted.trial, described, signing, io, signal));
      if (verdict !== undefined && verdict !== exit.ok) {
        print(io.err, "assaygate: nothing was sent");
        return verdict;
      }
      if (client !== undefined && link !== undefined) await checkLink(client, link, signal);
      pushed = await publish(wanted, to, described, io, signal);
      const artifact = { ...pushed, repository: destination.repository, tag: wanted.tag };
      const signature = await sign(to, artifact, signing, io.now(), signal);
      if (client !== undefined && link !== undefined)
        await recordLink(client, link, { reference: toReference(artifact), digest: pushed.digest }, signal);
      const published = toPublished(artifact, signature, link?.run, listResults(content));
      printAs(format, io, published, () => toLines(published));
      return exit.ok;
    } catch (error) {
      const done = pushed && `pushed ${destination.repository}@${pushed.digest}, but went no further: `;
      return reportTrouble(error, `${values.to}: ${done ?? ""}`, io);
    }
  },
};

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

/** Most pushes are made without a signature, and what signs is large, with the clients of Sigstore's services. */
async function readSigningIfAsked(values: Values, config: Config, io: Io): Promise<SigningMethod | undefined> {
  if (values.sign === undefined) return undefined;
  const { readSigning } = await import("./sign/signing.ts");
  return readSigning(values.sign, values, config, io);
}

/** What is to be published, where to, and how: everything that can be wrong before the first request. */
interface PushRequest {
  readonly destination: Destination;
  readonly tag: string;
  readonly files: NonEmpty<ResultFile>;
  readonly annotations: StringMap;
  readonly times: Times;
  readonly compressLarge: boolean;
  readonly link: MlflowLink | undefined;
  readonly trial: Trial | undefined;
}

async function read(folder: string, values: Values, io: Io): Promise<PushRequest> {
  if (values.to === undefined) throw new UsageError("push needs --to REF, such as --to quay.io/acme/evals");
  const destination = parseDestination(values.to, io);
  const run = parseRun(values);
  const link = parseLink(values, destination.layout !== undefined);
  return {
    destination,
    tag: toTag(parseTag("--tag", values.tag) ?? destination.tag, run),
    annotations: makeAnnotations(values, run, link?.run, io),
    times: readTimes(values.reproducible ?? false, io),
    compressLarge: values.compress ?? false,
    link,
    trial: parseTrial(values, io),
    files: await readFolder(resolve(io.cwd, folder), values),
  };
}

function parseTrial({ "check-policy": policies, workload, config }: Values, io: Io): Trial | undefined {
  if (policies === undefined && workload === undefined) return undefined;
  if (policies === undefined || workload === undefined)
    throw new UsageError("--check-policy DIR and --workload FILE go together");
  return { policies, workloads: workload, config: readConfig(config, io, "client"), timeoutMs: 30_000 };
}

/** What stands further down wins. */
function makeAnnotations(
  values: Values,
  run: BenchmarkRun | undefined,
  mlflowRun: string | undefined,
  { cwd }: Pick<Io, "cwd">,
): StringMap {
  const file = values.annotations;
  return {
    ...toJobAnnotations(run),
    ...(file === undefined ? {} : readAnnotationFile(file, readText(resolve(cwd, file)))),
    ...readAnnotationOptions(values),
    ...readAnnotationPairs(values.annotation ?? []),
    ...(mlflowRun === undefined ? {} : { [toAnnotationKey("mlflowRun")]: mlflowRun }),
  };
}

async function readFolder(folder: string, values: Values): Promise<NonEmpty<ResultFile>> {
  const files = await listFolder(folder, values["allow-secrets"] ?? false).catch((cause: unknown) => {
    throw cause instanceof PublishError ? new CliError(cause.message, { cause }) : cause;
  });
  if (values["allow-many-files"] !== true && files.length > limits.layers)
    throw new CliError(
      `${files.length} files: a gate reads artifacts of at most ${limits.layers}. Pack logs into one archive, or say --allow-many-files`,
    );
  return files;
}

/** What the artifact says besides its files. */
async function describeArtifact(
  { destination: { repository }, annotations: given, times, compressLarge, tag }: PushRequest,
  { source, config }: OpenRepository,
  modelImage: string | undefined,
  io: Io,
  signal: AbortSignal,
): Promise<PushOptions> {
  const subject = await resolveSubject(modelImage, given, { source, repository, config, io }, signal);
  const created = times.created && formatSeconds(times.created);
  const annotations = {
    ...(subject === undefined ? {} : { [toAnnotationKey("modelDigest")]: subject.digest }),
    ...given,
    ...(created === undefined || given[toAnnotationKey("createdAt")]
      ? {}
      : { [toAnnotationKey("createdAt")]: created }),
  };
  return { annotations, subject, tag, compressLarge, ...times };
}

async function publish(
  { destination: { repository }, files }: PushRequest,
  to: ReadWrite,
  described: PushOptions,
  io: Io,
  signal: AbortSignal,
): Promise<PushResult> {
  const progress = createProgress(files, io);
  try {
    return await pushFolder(to, repository, files, described, progress, signal);
  } finally {
    progress.end();
  }
}

/** What `assaygate check` would end with if the workloads named what is to be pushed. */
async function runTrial(
  wanted: PushRequest,
  trial: Trial,
  described: PushOptions,
  signing: SigningMethod | undefined,
  io: Io,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { repository } = wanted.destination;
  const publishThere = async (to: ReadWrite): Promise<string> => {
    const { digest } = await publish(wanted, to, described, io, signal);
    await sign(to, { repository, digest }, signing, io.now(), signal);
    return toAnnotation(repository, digest).value;
  };
  // It is a whole gate, and most pushes are made without.
  const { evaluateTrial } = await import("./push/trial.ts");
  return evaluateTrial(trial, publishThere, io);
}

async function sign(
  to: ReadWrite,
  { repository, digest }: Pick<Artifact, "repository" | "digest">,
  signing: SigningMethod | undefined,
  now: Date,
  signal: AbortSignal,
): Promise<SignatureReport | undefined> {
  if (signing === undefined) return undefined;
  const { signWith } = await import("./sign/signing.ts");
  return signWith(signing, to, repository, digest, now, signal);
}
