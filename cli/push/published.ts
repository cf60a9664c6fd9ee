import type { PushResult } from "../../publish/push/push-folder.ts";
import { showResults, type PushedResult } from "./results.ts";
import type { Digest } from "../../policies/digest.ts";
import { evidenceAnnotation } from "../../policies/workload.ts";
import { toSignatureLines, type SignatureReport } from "../sign/report.ts";

/** What was pushed, and where to. */
export interface Artifact extends PushResult {
  readonly repository: string;
  readonly tag: string;
}

/** What a push prints, for programs. */
export interface PushReport {
  readonly reference: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly annotation: { readonly key: string; readonly value: string };
  readonly layers: readonly { readonly name: string; readonly digest: Digest; readonly size: number }[];
  readonly signature: Digest | undefined;
  /** Who signed, where a certificate says so. */
  readonly signedBy: { readonly identity: string; readonly issuer: string } | undefined;
  readonly mlflowRun: string | undefined;
  /** What the gate will read in the files. */
  readonly results: readonly PushedResult[];
}

/** As EvalHub prints it. */
export function toReference({ repository, tag, digest }: Artifact): string {
  return `${repository}:${tag}@${digest}`;
}

/** How a workload names it. A layout is a folder of this machine, which no gate reads by its name: there the digest alone does. */
export function toAnnotation(repository: string, digest: Digest): PushReport["annotation"] {
  return { key: evidenceAnnotation, value: isLayout(repository) ? digest : `${repository}@${digest}` };
}

function isLayout(repository: string): boolean {
  return repository.startsWith("oci-layout:");
}

/** What to print of it. */
export function toPublished(
  artifact: Artifact,
  signature: SignatureReport | undefined,
  mlflowRun: string | undefined,
  results: readonly PushedResult[],
): PushReport {
  const { repository, tag, digest, layers } = artifact;
  return {
    reference: isLayout(repository) ? `${repository}@${digest}` : toReference(artifact),
    repository,
    tag,
    digest,
    annotation: toAnnotation(repository, digest),
    layers: layers.map(({ name, digest: own, size }) => ({ name, digest: own, size })),
    signature: signature?.digest,
    signedBy: toSigner(signature),
    mlflowRun,
    results,
  };
}

function toSigner({ identity, issuer }: Partial<SignatureReport> = {}): PushReport["signedBy"] {
  return identity === undefined || issuer === undefined ? undefined : { identity, issuer };
}

/** The same for a person. */
export function toLines(report: PushReport): string[] {
  const { reference, digest, annotation, signature, signedBy, mlflowRun, results } = report;
  return [
    ...showResults(results).map((line) => `results:    ${line}`),
    `reference:  ${reference}`,
    `digest:     ${digest}`,
    ...(signature === undefined ? [] : toSignatureLines({ digest: signature, ...signedBy })),
    ...(mlflowRun === undefined ? [] : [`MLflow run: ${mlflowRun}`]),
    "",
    "Annotate the workload, or its pod template, with:",
    `  ${annotation.key}: ${annotation.value}`,
  ];
}
