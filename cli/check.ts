import { inspect } from "node:util";
import type { NearMiss } from "../audit/near-miss.ts";
import type { PolicySet } from "../policies/policy.ts";
import { show } from "../policies/show.ts";
import type { StringMap } from "../policies/workload.ts";
import { toKindKey, type KindTable } from "../workload/kinds/kinds.ts";
import type { AccessConfig } from "../config/sources.ts";
import { toHead } from "../webhook/admission/review.ts";
import { boundRecord } from "../records/writing/bound-record.ts";
import { toRecord } from "../webhook/telemetry/record.ts";
import { evaluateManifests, type ManifestResult } from "./check/judge.ts";
import { manifestsOption, readManifests, type Manifest } from "./check/manifests.ts";
import { isNamespace, findNamespaceLabels, type NamespaceLabels } from "./check/namespaces.ts";
import { toReport, showTotal } from "./check/report.ts";
import type { Command } from "./command.ts";
import { configOption, evidenceOption, parseLayout } from "./config.ts";
import { listImageVolumeNotes, showNote } from "./describe/image-volumes.ts";
import { CliError, UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs, type Format } from "./format.ts";
import { exit, print, type ExitCode, type Io } from "./io.ts";
import { listKinds } from "./kinds.ts";
import { loadPoliciesOrFail } from "./load-policies.ts";
import { createNearMissFinder, sayNearMiss } from "./near-misses.ts";
import { openGates } from "./open-gate.ts";
import { parseOptions } from "./options.ts";
import { createPainter } from "./paint.ts";
import { accessOptionsForAll, readAccess } from "./registry-access.ts";
import { parseDuration, parseLabels, parseTime } from "./values.ts";

const options = {
  filename: manifestsOption,
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
  timeout: { type: "string", value: "DURATION", help: "time limit for one object; default 30s" },
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
Where something is denied it looks for evidence about the same model that would do.
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
    for (const { file, kind, name, object } of workloads) {
      for (const note of listImageVolumeNotes(object))
        print(io.err, `${file}: ${show(kind)} ${show(name)}: ${showNote(note)}`);
    }
    if (workloads.length === 0)
      throw new CliError("nothing was judged: the files hold no workload that the gate reads");

    const labels = findNamespaceLabels(wanted.labels, manifests, wanted.config);
    const judged = await evaluateWithNearMisses({ ...wanted, kinds, set, labels }, workloads, io);
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
export interface TrialOptions extends Pick<CheckOptions, "config" | "now" | "timeoutMs"> {
  readonly kinds: KindTable;
  readonly set: PolicySet;
  readonly labels: NamespaceLabels;
}

/** The gate that the webhook would be with this configuration, asked about each workload. */
export async function evaluateWithGate(
  trial: TrialOptions,
  workloads: readonly Manifest[],
  io: Io,
): Promise<ManifestResult[]> {
  await using gates = openGates(trial, io);
  return await evaluateManifests(gates.create(trial.set), workloads, trial.timeoutMs);
}

/** The same, with what there is of the models of what is denied. */
async function evaluateWithNearMisses(
  trial: TrialOptions,
  workloads: readonly Manifest[],
  io: Io,
): Promise<(ManifestResult & { readonly nearMiss: NearMiss | undefined })[]> {
  await using gates = openGates(trial, io);
  const judged = await evaluateManifests(gates.create(trial.set), workloads, trial.timeoutMs);
  const look = createNearMissFinder(gates, trial);
  const found: (ManifestResult & { readonly nearMiss: NearMiss | undefined })[] = [];
  for (const one of judged)
    found.push({ ...one, nearMiss: await look(one.result.decision, one.result.facts?.workload) });
  return found;
}

function report(
  judged: readonly (ManifestResult & { readonly nearMiss: NearMiss | undefined })[],
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
    ...judged.flatMap((one) => toReport(one, createPainter(io), config.explainUrl, sayNearMiss(one.nearMiss))),
    showTotal(judged, skipped),
  ]);
}

/** A denial that disproved something outweighs those that could not look. */
export function toExitCode(judged: readonly ManifestResult[]): ExitCode {
  const denials = judged.map(({ result }) => result.decision).filter(({ verdict }) => verdict === "deny");
  if (denials.length === 0) return exit.ok;
  return denials.every(({ couldNotLook }) => couldNotLook) ? exit.couldNotLook : exit.rejected;
}
