import type { PushResult } from "../../publish/push/push-folder.ts";
import type { Digest } from "../../policies/digest.ts";
import { toSignatureLines, type SignatureReport } from "../sign/signing.ts";

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
}

/** As EvalHub prints it. */
export function toReference({ repository, tag, digest }: Artifact): string {
  return `${repository}:${tag}@${digest}`;
}

/** A layout is a folder of this machine, which no gate reads by its name: there the digest alone names the evidence. */
export function toPublished(
  artifact: Artifact,
  signature: SignatureReport | undefined,
  mlflowRun: string | undefined,
): PushReport {
  const { repository, tag, digest, layers } = artifact;
  const isLayout = repository.startsWith("oci-layout:");
  return {
    reference: isLayout ? `${repository}@${digest}` : toReference(artifact),
    repository,
    tag,
    digest,
    annotation: { key: "assaygate.dev/evaluation", value: isLayout ? digest : `${repository}@${digest}` },
    layers: layers.map(({ name, digest: own, size }) => ({ name, digest: own, size })),
    signature: signature?.digest,
    signedBy: toSigner(signature),
    mlflowRun,
  };
}

function toSigner({ identity, issuer }: Partial<SignatureReport> = {}): PushReport["signedBy"] {
  return identity === undefined || issuer === undefined ? undefined : { identity, issuer };
}

/** The same for a person. */
export function toLines({ reference, digest, annotation, signature, signedBy, mlflowRun }: PushReport): string[] {
  return [
    `reference:  ${reference}`,
    `digest:     ${digest}`,
    ...(signature === undefined ? [] : toSignatureLines({ digest: signature, ...signedBy })),
    ...(mlflowRun === undefined ? [] : [`MLflow run: ${mlflowRun}`]),
    "",
    "Annotate the workload, or its pod template, with:",
    `  ${annotation.key}: ${annotation.value}`,
  ];
}
