import { defaultAnnotationKeys } from "../policies/annotation-keys.ts";
import type { Content } from "../policies/artifact.ts";
import { parseDigest, type Digest } from "../policies/digest.ts";
import { explainUnusable } from "../evidence/errors.ts";
import { readArtifact, readContent } from "../evidence/read-artifact.ts";
import { makeEvalResult, parseBar, type Bar } from "../publish/attest/eval-result.ts";
import { readResult, type StatedResult } from "../publish/attest/read-result.ts";
import type { UnsignedStatement } from "../publish/push/statement.ts";
import type { Command } from "./command.ts";
import { configOption } from "./config.ts";
import { CliError, UsageError } from "./failure.ts";
import { exit, print, type ExitCode, type Io } from "./io.ts";
import { parseOptions } from "./options.ts";
import { toPrintableJson } from "./printable.ts";
import { accessOptions, openTarget } from "./registry-access.ts";
import { openRepository } from "./sign/open-repository.ts";
import { keylessOptions } from "./sign/options.ts";
import { toSignatureLines } from "./sign/report.ts";
import { readSigning, signWith } from "./sign/signing.ts";
import { reportTrouble } from "./sign/trouble.ts";
import { locateTarget, parseTarget, type Target } from "./target.ts";
import { parseDuration } from "./values.ts";

const options = {
  benchmark: { type: "string", value: "ID", help: "which of the results; not needed where there is one" },
  claim: {
    type: "string",
    multiple: true,
    value: "METRIC>=NUMBER",
    help: "what the metric is held to, with >=, >, <= or <; at least one",
  },
  "model-image": { type: "string", value: "REF", help: "the model; default: the one that the results are about" },
  "suite-version": {
    type: "string",
    value: "VERSION",
    help: "the benchmark's version, where the results do not say it",
  },
  "sample-size": { type: "string", value: "N", help: "over how many samples, where the results do not say it" },
  registration: {
    type: "string",
    value: "SHA256",
    help: "the manifest of the registration (PRML) under which it was run",
  },
  "allow-incomplete": { type: "boolean", help: "state results that leave samples out, too" },
  sign: {
    type: "string",
    value: "KEY",
    help: "signs, and attaches it to --model-image: with this private key, which COSIGN_PASSWORD opens, or keyless",
  },
  ...keylessOptions,
  ...accessOptions,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "time limit; default 5m" },
} as const;

type Values = ReturnType<typeof parseOptions<typeof options>>["values"];

/** Writes a statement about results that were read. */
export const attest: Command = {
  name: "attest",
  summary: "States what results prove of a model, as in-toto has it",
  operands: "REF",
  options,
  details: `REF is an artifact with results: host/repository@sha256:<digest>, or oci-layout:PATH@sha256:<digest> or oci-layout:PATH:tag.
Prints an in-toto Statement of the type https://in-toto.io/attestation/eval-result/v0.1, which cosign
attest-blob signs; with --sign it is signed and attached to the model. Each claim is a bar and whether the results meet
it, so a statement can also be of failure. The same statement is attached once by each signer.

Example:
  assaygate attest quay.io/acme/evals@sha256:12ab… --benchmark mmlu --claim 'acc,none>=0.62' > statement.json`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const [text, ...more] = positionals;
    if (text === undefined || more.length > 0) throw new UsageError("attest takes one REF");
    const stated = parseStated(values);
    const image = values["model-image"] === undefined ? undefined : parseTarget(values["model-image"], io);
    if (values.sign !== undefined && image === undefined)
      throw new UsageError("--sign attaches the statement to the model: name it with --model-image");
    const signal = AbortSignal.timeout(parseDuration("--timeout", values.timeout ?? "5m"));
    try {
      const target = await locateTarget(text, io, signal);
      const statement = await makeFrom(target, image, stated, values, io, signal);
      if (values.sign !== undefined && image !== undefined)
        return await attach(statement, image, values.sign, values, io, signal);
      print(io.out, toPrintableJson(statement.payload.toString("utf8")));
      return exit.ok;
    } catch (error) {
      return explain(error, text, io);
    }
  },
};

function explain(error: unknown, text: string, io: Io): ExitCode {
  const missing = explainUnusable(error);
  if (missing === undefined) return reportTrouble(error, `${text}: `, io);
  print(io.err, `assaygate: ${text}: ${missing.message}`);
  return missing.kind === "unavailable" ? exit.couldNotLook : exit.rejected;
}

function parseStated(values: Values): StatedResult {
  const bars = (values.claim ?? []).map(parseClaim);
  if (bars.length === 0) throw new UsageError("attest needs --claim, such as --claim 'acc,none>=0.62'");
  const size = values["sample-size"];
  if (size !== undefined && !/^[0-9]{1,12}$/.test(size))
    throw new UsageError(`--sample-size ${size}: expected a whole number`);
  const { registration: hex } = values;
  const registration = hex === undefined ? undefined : parseDigest(hex.startsWith("sha256:") ? hex : `sha256:${hex}`);
  if (hex !== undefined && registration === undefined)
    throw new UsageError(`--registration ${hex}: expected a sha256 in 64 lower-case hexadecimal digits`);
  return {
    registration,
    benchmark: values.benchmark,
    bars,
    suiteVersion: values["suite-version"],
    sampleSize: size === undefined ? undefined : Number(size),
    allowIncomplete: values["allow-incomplete"] ?? false,
  };
}

function parseClaim(text: string): Bar {
  const bar = parseBar(text);
  if (bar !== undefined) return bar;
  throw new UsageError(`--claim ${text}: expected a metric, one of >=, >, <= and <, and a decimal number`);
}

async function makeFrom(
  target: Target,
  image: Target | undefined,
  stated: StatedResult,
  values: Values,
  io: Io,
  signal: AbortSignal,
): Promise<UnsignedStatement> {
  await using reading = openTarget(target, values, io);
  const read = await readArtifact(reading.source, target.repository, target.digest, signal);
  const { content } = await readContent(reading.source, read, signal);
  const { annotations, subject } = read.artifact;
  const [key = ""] = defaultAnnotationKeys.modelDigest;
  const model = selectModel(subject ?? parseDigest(annotations[key] ?? ""), image);
  const nameKey = defaultAnnotationKeys.modelName.find((one) => Object.hasOwn(annotations, one));
  const name = nameKey === undefined ? getStatedName(content) : annotations[nameKey];
  return makeEvalResult({ name, digest: model }, readResult(content, stated));
}

function getStatedName(content: Content): string | undefined {
  return content.kind === "read" ? content.stated?.modelName : undefined;
}

/** What the results are about, and what they are said to be about, must be one model. */
function selectModel(about: Digest | undefined, image: Target | undefined): Digest {
  if (about !== undefined && image !== undefined && about !== image.digest)
    throw new CliError(`--model-image has the digest ${image.digest}, and the results are about ${about}`);
  const model = about ?? image?.digest;
  if (model === undefined) throw new CliError("the results do not say which model they are about: give --model-image");
  return model;
}

async function attach(
  statement: UnsignedStatement,
  image: Target,
  how: string,
  values: Values,
  io: Io,
  signal: AbortSignal,
): Promise<ExitCode> {
  await using at = openRepository(image, values, io);
  const signing = readSigning(how, values, at.config, io);
  const signature = await signWith(signing, at, image.repository, image.digest, io.now(), signal, statement);
  const [, ...by] = toSignatureLines(signature);
  const reference = image.layout === undefined ? `${image.repository}@${signature.digest}` : signature.digest;
  print(io.out, `statement:  ${signature.digest}`, ...by, "", "Annotate the workload, or its pod template, with:");
  print(io.out, `  assaygate.dev/evaluation: ${reference}`);
  return exit.ok;
}
