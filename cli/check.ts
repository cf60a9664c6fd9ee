import { inspect } from "node:util";
import { createArtifactCache } from "../evidence/artifact-cache.ts";
import { createDiscovery } from "../evidence/discovery.ts";
import { createModelIndexCache } from "../evidence/model-index/index-cache.ts";
import { createRevocationCache } from "../evidence/signature/revocation/revocation-cache.ts";
import { createSignatureCache } from "../evidence/signature/signature-cache.ts";
import type { PolicySet } from "../policies/policy.ts";
import { show } from "../policies/show.ts";
import type { StringMap } from "../policies/workload.ts";
import { builtinControllers } from "../webhook/admission/delegation.ts";
import { createGate } from "../webhook/admission/gate.ts";
import { toKindKey, type KindTable } from "../workload/kinds/kinds.ts";
import { readConfiguredDevices } from "../config/hardware-config.ts";
import { type AccessConfig, createSource } from "../config/sources.ts";
import { watchTrust } from "../config/trust-files.ts";
import { toHead } from "../webhook/admission/review.ts";
import { boundRecord } from "../records/bound-record.ts";
import { toRecord } from "../webhook/telemetry/record.ts";
import { evaluateManifests, type ManifestResult } from "./check/judge.ts";
import { readManifests, type Manifest } from "./check/manifests.ts";
import { isNamespace, findNamespaceLabels, type NamespaceLabels } from "./check/namespaces.ts";
import { toReport, showTotal } from "./check/report.ts";
import type { Command } from "./command.ts";
import { configOption, evidenceOption, parseLayout } from "./config.ts";
import { CliError, UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs, type Format } from "./format.ts";
import { exit, print, type ExitCode, type Io } from "./io.ts";
import { listKinds } from "./kinds.ts";
import { loadPoliciesOrFail } from "./load-policies.ts";
import { parseOptions } from "./options.ts";
import { createPainter } from "./paint.ts";
import { accessOptionsForAll, readAccess } from "./registry-access.ts";
import { readSettings } from "./settings.ts";
import { parseDuration, parseLabels, parseTime } from "./values.ts";

const options = {
  filename: {
    type: "string",
    short: "f",
    multiple: true,
    value: "FILE",
    help: "manifests: a file, a folder, or - for standard input",
  },
  policies: {
    type: "string",
    multiple: true,
    value: "DIR",
    help: "policy folder or file; default: the configuration's",
  },
  ...accessOptionsForAll,
  config: configOption,
  evidence: evidenceOption,
  "namespace-labels": { type: "string", multiple: true, value: "K=V[,K=V]", help: "labels of every namespace" },
  now: { type: "string", value: "TIME", help: "judges as of this time, RFC 3339" },
  timeout: { type: "string", value: "DURATION", help: "the longest that one object may take; default 30s" },
  output: outputOption,
} as const;

/** Judges manifests through the webhook's own gate, and shows every finding. */
export const check: Command = {
  name: "check",
  summary: "Judges manifests as the webhook would, and prints every finding",
  operands: "-f FILE",
  options,
  details: `Each object is judged as if it were being created. Kinds that the gate does not read are skipped. The labels of
namespaces come from --namespace-labels, from Namespace manifests among the files, or from the configuration.
Signs in to registries as \`docker login\` did, or as --config says.
Exits with 1 when something was disproved, with 3 when the gate denies only because it could not look.

Example:
  assaygate check -f deploy.yaml --policies policies/ --evidence oci-layout:evidence/`,
  async run(args, io) {
    const wanted = parse(args, io);
    const kinds = listKinds(wanted.config);
    const { set } = loadPoliciesOrFail(wanted.policies, kinds, io);
    const manifests = await readManifests(wanted.files, io);
    const workloads = manifests.filter(({ group, kind }) => kinds.has(toKindKey(group, kind)));
    const skipped = manifests.filter((manifest) => !workloads.includes(manifest) && !isNamespace(manifest));
    for (const { file, kind, name } of skipped)
      print(io.err, `${file}: ${show(kind)} ${show(name)} skipped: not a kind that the gate reads`);
    if (workloads.length === 0)
      throw new CliError("nothing was judged: the files hold no workload that the gate reads");

    const labels = findNamespaceLabels(wanted.labels, manifests, wanted.config);
    const judged = await evaluateWithGate({ ...wanted, kinds, set, labels }, workloads, io);
    report(judged, skipped.length, wanted, io);
    return toExitCode(judged);
  },
};

interface CheckOptions {
  readonly files: readonly string[];
  readonly policies: readonly string[];
  readonly config: AccessConfig;
  readonly labels: StringMap | undefined;
  readonly now: Date;
  readonly timeoutMs: number;
  readonly format: Format;
}

function parse(args: readonly string[], io: Io): CheckOptions {
  const { values, positionals } = parseOptions(options, args);
  const { filename, policies, config: file, evidence, now, timeout = "30s", output } = values;
  const labels = values["namespace-labels"];
  if (positionals[0] !== undefined)
    throw new UsageError(`check takes no operand: give the manifest as -f ${positionals[0]}`);
  if (filename === undefined) throw new UsageError("check needs at least one -f FILE");
  if (policies === undefined && file === undefined) throw new UsageError("check needs --policies DIR or --config FILE");
  const layout = parseLayout(evidence, io);
  const timeoutMs = parseDuration("--timeout", timeout);
  const format = parseFormat(output);
  const time = now === undefined ? io.now() : parseTime("--now", now);
  const given = labels && parseLabels("--namespace-labels", labels);
  const config = readAccess(layout === undefined ? values : { config: file }, undefined, io);
  const { directory } = config.policies;
  if (policies === undefined && directory === undefined)
    throw new UsageError("check needs --policies DIR: this configuration names no policy folder");
  return {
    files: filename,
    policies: policies ?? (directory === undefined ? [] : [directory]),
    config: layout === undefined ? config : { ...config, layout },
    labels: given,
    now: time,
    timeoutMs,
    format,
  };
}

/** A gate of a configuration, and what it judges by. */
export interface GateOptions extends Pick<CheckOptions, "config" | "now" | "timeoutMs"> {
  readonly kinds: KindTable;
  readonly set: PolicySet;
  readonly labels: NamespaceLabels;
}

/** The gate that the webhook would be with this configuration, asked about each workload. */
export async function evaluateWithGate(
  { config, kinds, set, now, labels, timeoutMs }: GateOptions,
  workloads: readonly Manifest[],
  io: Io,
): Promise<ManifestResult[]> {
  const source = createSource(config, io.env);
  const trust = watchTrust(config.signatures);
  const gate = createGate({
    policies: () => set,
    namespaceLabels: labels,
    store: createArtifactCache(source, { hit() {}, miss() {} }, config.cache),
    signatures: createSignatureCache(source, trust.current, { ...config.cache, now: () => now }),
    revocations: createRevocationCache(source, trust.current, { ...config.cache, now: () => now }),
    modelSignatures: createSignatureCache(source, trust.current, { ...config.cache, of: "model", now: () => now }),
    modelIndexes: createModelIndexCache(source, config.cache),
    discovery: createDiscovery(source, config.cache),
    kinds,
    controllers: [...builtinControllers, ...config.controllers],
    devices: readConfiguredDevices(config),
    settings: readSettings(config),
    trustDigest: () => trust.current().digest,
    now: () => now,
    elapsedMs: () => performance.now(),
  });
  try {
    return await evaluateManifests(gate, workloads, timeoutMs);
  } finally {
    trust.stop();
    await source.close();
  }
}

function report(
  judged: readonly ManifestResult[],
  skipped: number,
  { format, config }: Pick<CheckOptions, "format" | "config">,
  io: Io,
): void {
  for (const { review, result } of judged) {
    if (result.cause !== undefined)
      print(io.err, `assaygate: internal error in ${review.uid}, please report it: ${inspect(result.cause)}`);
  }
  const records = judged.map(({ review, result }) => boundRecord(toRecord(toHead(review), result, config.records)));
  printAs(format, io, records, () => [
    ...judged.flatMap((one) => toReport(one, createPainter(io), config.explainUrl)),
    showTotal(judged, skipped),
  ]);
}

/** A denial that disproved something outweighs those that could not look. */
export function toExitCode(judged: readonly ManifestResult[]): ExitCode {
  const denials = judged.map(({ result }) => result.decision).filter(({ verdict }) => verdict === "deny");
  if (denials.length === 0) return exit.ok;
  return denials.every(({ couldNotLook }) => couldNotLook) ? exit.couldNotLook : exit.rejected;
}
