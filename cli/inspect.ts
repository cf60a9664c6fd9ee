import { type UnusableEvidence, explainUnusable } from "../evidence/errors.ts";
import { readArtifact, readContent } from "../evidence/read-artifact.ts";
import type { AttachedSignature } from "../evidence/signature/attached-signature.ts";
import { findAttachedSignatures } from "../evidence/signature/find-attached.ts";
import type { Source } from "../registry/source.ts";
import { defaultAnnotationKeys } from "../policies/annotation-keys.ts";
import type { Artifact, Content, NamedRegistration, Registration, StatedBound } from "../policies/artifact.ts";
import type { Digest } from "../policies/digest.ts";
import { isEvaluation } from "../policies/evaluation.ts";
import { show } from "../policies/show.ts";
import { listAttachedRevocations, sayAttachedRevocations, type AttachedRevocation } from "./attached-revocations.ts";
import type { Command } from "./command.ts";
import { configOption } from "./config.ts";
import { UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit, print, type ExitCode } from "./io.ts";
import { parseOptions } from "./options.ts";
import { createPainter, type Paint } from "./paint.ts";
import { accessOptions, openTarget } from "./registry-access.ts";
import { locateTarget } from "./target.ts";
import { parseDuration } from "./values.ts";

const options = {
  ...accessOptions,
  config: configOption,
  timeout: { type: "string", value: "DURATION", help: "time limit; default 30s" },
  output: outputOption,
} as const;

/** What the gate understands of an artifact, before any policy. */
interface Inspected {
  readonly repository: string;
  readonly digest: Digest;
  readonly kind: Artifact["kind"];
  readonly isEvaluation: boolean;
  readonly subject: Digest | undefined;
  readonly fields: readonly Field[];
  readonly content: InspectedContent;
  /** Those that are attached. Nothing is verified: that takes a policy's signers. */
  readonly signatures: readonly AttachedSignature["kind"][] | { readonly problem: string };
  /** Statements that revoke it. Nothing is verified, either: that takes those who may revoke. */
  readonly revocations: readonly AttachedRevocation[] | { readonly problem: string };
}

interface Field {
  readonly field: string;
  readonly value: string | undefined;
  /** The annotation that says so, or that it is the content. */
  readonly from: string | undefined;
}

type InspectedContent =
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly reason: string; readonly message: string }
  | {
      readonly kind: "read";
      readonly completedAt: string | undefined;
      readonly benchmarks: readonly {
        readonly provider: string | undefined;
        readonly id: string;
        readonly passed: boolean | undefined;
        readonly metrics: Readonly<Record<string, number>>;
        readonly bounds?: readonly StatedBound[];
        readonly preRegistration?: NamedRegistration | undefined;
      }[];
      /** The bar that it registers, where it is a registration. */
      readonly registration?: Registration;
      /** What is there and is not a result, or cannot be read, in words. */
      readonly passedOver: readonly string[];
    };

/** Shows an artifact as the gate reads it: every field, its value, and where that comes from. */
export const inspect: Command = {
  name: "inspect",
  summary: "Shows an evaluation artifact as the gate understands it",
  operands: "REF",
  options,
  details: `REF is host/repository@sha256:<digest>, or oci-layout:PATH@sha256:<digest> or oci-layout:PATH:tag for an OCI image
layout. Every byte is checked against the digest. Fields are read by the default annotation keys; a policy may name
others. Signatures are counted and revocations are shown; neither is verified. Exits with 1 when the artifact is not
there or cannot be accepted, with 3 when the registry gives no answer.

Example:
  assaygate inspect quay.io/acme/evals@sha256:12ab…`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const format = parseFormat(values.output);
    const [text, ...more] = positionals;
    if (text === undefined || more.length > 0) throw new UsageError("inspect takes one REF");
    const timeoutMs = parseDuration("--timeout", values.timeout ?? "30s");
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const target = await locateTarget(text, io, signal);
      await using reading = openTarget(target, values, io);
      const inspected = await read(reading.source, target.repository, target.digest, signal);
      printAs(format, io, inspected, () => toPage(inspected, createPainter(io)));
      return exit.ok;
    } catch (error) {
      const missing = explainUnusable(error);
      if (missing === undefined) throw error;
      print(io.err, `assaygate: ${text}: ${missing.message}`);
      return toExitCode(missing);
    }
  },
};

function toExitCode({ kind }: UnusableEvidence): ExitCode {
  return kind === "unavailable" ? exit.couldNotLook : exit.rejected;
}

async function read(source: Source, repository: string, digest: Digest, signal: AbortSignal): Promise<Inspected> {
  const [artifact, signatures, revocations] = await Promise.all([
    readArtifact(source, repository, digest, signal),
    readSignatures(source, repository, digest, signal),
    listAttachedRevocations(source, repository, digest, signal),
  ]);
  const { kind, annotations, subject } = artifact.artifact;
  const { content } = await readContent(source, artifact, signal);
  return {
    repository,
    digest,
    kind,
    isEvaluation: isEvaluation({ ...artifact.artifact, content }, defaultAnnotationKeys),
    subject,
    fields: Object.entries(defaultAnnotationKeys).map(([field, keys]) => {
      const from = keys.find((key) => Object.hasOwn(annotations, key));
      return from === undefined
        ? { field, ...findStated({ kind, content }, field) }
        : { field, value: annotations[from], from };
    }),
    content: toContent(content),
    signatures,
    revocations,
  };
}

/** What the content says of a field that no annotation is about. */
function findStated(
  { kind, content }: Pick<Artifact, "kind" | "content">,
  field: string,
): Pick<Field, "value" | "from"> {
  const { modelName, collectionId } = (content.kind === "read" && content.stated) || {};
  const stated: Readonly<Record<string, string | undefined>> = { modelName, collectionId };
  const value = stated[field];
  return { value, from: value && (kind === "evaluation-card" ? "the card" : "the results") };
}

async function readSignatures(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Inspected["signatures"]> {
  const wanted = { signers: [], isEnough: () => false };
  const { all, unseen } = await findAttachedSignatures(source, repository, digest, wanted, signal);
  const [gap] = unseen;
  return gap === undefined || gap.kind === "absent" ? all.map(({ kind }) => kind) : { problem: gap.message };
}

function toContent(content: Content): InspectedContent {
  switch (content.kind) {
    case "read":
      return {
        kind: "read",
        completedAt: content.completedAt,
        benchmarks: content.benchmarks.map(({ provider, id, passed, metrics, bounds, preRegistration }) => ({
          provider,
          id,
          passed,
          metrics: Object.fromEntries(metrics),
          ...(bounds && { bounds }),
          ...(preRegistration && { preRegistration }),
        })),
        ...(content.attestation?.registration && { registration: content.attestation.registration }),
        passedOver: [...(content.unread ?? []), ...(content.passedOver ?? [])],
      };
    case "refused":
    case "unavailable":
      return { kind: "unreadable", reason: content.reason, message: content.message };
    case "none":
    case "not-read":
      return { kind: "none" };
  }
}

const width = Math.max(...Object.keys(defaultAnnotationKeys).map(({ length }) => length));

function toPage(inspected: Inspected, paint: Paint): string[] {
  const { repository, digest, kind, subject, fields, isEvaluation: isOne } = inspected;
  return [
    paint("bold", `${repository}@${digest}`),
    `kind: ${kind}${isOne ? "" : explainNone(inspected.content)}`,
    `about: ${subject ?? "unknown (no subject)"}`,
    "",
    ...fields.map(({ field, value, from }) => {
      const said = value === undefined ? "unknown" : `${show(value)}  (${from ?? ""})`;
      return `${field.padEnd(width)}  ${said}`;
    }),
    "",
    ...contentLines(inspected.content),
    signatureLine(inspected.signatures),
    ...sayAttachedRevocations(inspected.revocations),
  ];
}

function explainNone(content: InspectedContent): string {
  return content.kind === "read" && content.registration !== undefined
    ? " (not an evaluation: it registers a bar before a run)"
    : " (not an evaluation: it carries none of its annotations)";
}

function contentLines(content: InspectedContent): string[] {
  switch (content.kind) {
    case "none":
      return ["content: none that the gate reads"];
    case "unreadable":
      return [`content: ${content.reason}: ${content.message}`];
    case "read":
      if (content.registration !== undefined) return [showRegistration(content.registration)];
      return [
        `content: ${content.benchmarks.length} benchmarks, completed ${content.completedAt === undefined ? "at an unknown time" : show(content.completedAt)}`,
        ...content.benchmarks.flatMap(({ provider, id, passed, metrics, bounds = [], preRegistration }) => [
          `  ${show(provider)}/${show(id)}: ${passed === undefined ? "no verdict" : passed ? "passed" : "failed"}`,
          ...Object.entries(metrics).map(([name, value]) => `    ${show(name)} = ${value}`),
          ...bounds.map((bound) => `    ${showBound(bound)}`),
          ...(preRegistration === undefined ? [] : [`    run under the registration ${preRegistration.manifest}`]),
        ]),
        ...content.passedOver.map((one) => `  passed over: ${one}`),
      ];
  }
}

function showBound({ metric, comparator, threshold, passed }: StatedBound): string {
  return `${show(metric)} ${comparator} ${threshold}: ${passed ? "passed" : "failed"}`;
}

function showRegistration({ metric, comparator, threshold, manifest }: Registration): string {
  return `content: registers ${show(metric)} ${comparator} ${threshold}, by the manifest ${manifest}`;
}

function signatureLine(signatures: Inspected["signatures"]): string {
  if ("problem" in signatures) return `signatures: could not be looked for: ${signatures.problem}`;
  return signatures.length === 0 ? "signatures: none" : `signatures: ${signatures.join(", ")} (not verified)`;
}
