import { createArtifactStore } from "../evidence/artifact-store.ts";
import type { PolicySet } from "../policies/policy.ts";
import { show } from "../policies/show.ts";
import { builtinControllers } from "../webhook/admission/delegation.ts";
import { createGate } from "../webhook/admission/gate.ts";
import { kindTable, type KindTable } from "../webhook/admission/workload/kinds.ts";
import type { Config } from "../webhook/config.ts";
import { createSource } from "../webhook/sources.ts";
import { recordOf } from "../webhook/telemetry/record.ts";
import { judgeAll, type Judged } from "./check/judge.ts";
import { readManifests, type Manifest } from "./check/manifests.ts";
import { isNamespace, namespaceLabels, type NamespaceLabels } from "./check/namespaces.ts";
import { reportOn, totalOf } from "./check/report.ts";
import type { Command } from "./command.ts";
import { configOption, evidenceOption, parseLayout, readConfig } from "./config.ts";
import { CliError, UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit, print, type ExitCode, type Io } from "./io.ts";
import { loadPoliciesOrFail } from "./load-policies.ts";
import { parseOptions } from "./options.ts";
import { painter } from "./paint.ts";
import { parseDuration, parseLabels, parseTime } from "./values.ts";

const options = {
  filename: { type: "string", short: "f", multiple: true, value: "FILE", help: "manifests: a file, a folder, or - for standard input" },
  policies: { type: "string", multiple: true, value: "DIR", help: "policy folder or file; default: the configuration's" },
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
Exits with 1 when something was disproved, with 3 when the gate denies only because it could not look.

Example:
  assaygate check -f deploy.yaml --policies policies/ --evidence oci-layout:evidence/`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    const [stray] = positionals;
    if (stray !== undefined) throw new UsageError(`check takes no operand: give the manifest as -f ${stray}`);
    if (values.filename === undefined) throw new UsageError("check needs at least one -f FILE");
    if (values.policies === undefined && values.config === undefined) throw new UsageError("check needs --policies DIR or --config FILE");
    const format = parseFormat(values.output);
    const timeoutMs = parseDuration("--timeout", values.timeout ?? "30s");
    const now = values.now === undefined ? io.now() : parseTime("--now", values.now);
    const given = values["namespace-labels"] && parseLabels("--namespace-labels", values["namespace-labels"]);
    const layout = parseLayout(values.evidence, io);

    const config = readConfig(values.config, io);
    const kinds = kindTable(config.kinds);
    const { set } = loadPoliciesOrFail(values.policies ?? [config.policies.directory], kinds, io);
    const manifests = await readManifests(values.filename, io);
    const workloads = manifests.filter((manifest) => isRead(manifest, kinds));
    const skipped = manifests.filter((manifest) => !isRead(manifest, kinds) && !isNamespace(manifest));
    for (const { file, kind, name } of skipped) print(io.err, `${file}: ${show(kind)} ${show(name)} skipped: not a kind that the gate reads`);
    if (workloads.length === 0) throw new CliError("nothing was judged: the files hold no workload that the gate reads");

    const parts = { config: layout === undefined ? config : { ...config, layout }, kinds, set, now, labels: namespaceLabels(given, manifests, config) };
    const judged = await judgeWith(parts, workloads, timeoutMs, io);
    for (const { verdict, review } of judged) {
      if (verdict.cause !== undefined) print(io.err, `assaygate: internal error in ${review.uid}, please report it: ${String(verdict.cause)}`);
    }
    printAs(format, io, judged.map(({ review, verdict }) => recordOf(review, verdict)), () => [
      ...judged.flatMap((one) => reportOn(one, painter(io))),
      totalOf(judged, skipped.length),
    ]);
    return exitOf(judged);
  },
};

interface Parts {
  readonly config: Config;
  readonly kinds: KindTable;
  readonly set: PolicySet;
  readonly now: Date;
  readonly labels: NamespaceLabels;
}

async function judgeWith({ config, kinds, set, now, labels }: Parts, workloads: readonly Manifest[], timeoutMs: number, io: Io): Promise<Judged[]> {
  const source = createSource(config, io.env);
  const gate = createGate({
    policies: () => set,
    namespaceLabels: labels,
    store: createArtifactStore(source, { hit() {}, miss() {} }, config.cache),
    kinds,
    controllers: [...builtinControllers, ...config.controllers],
    settings: { noMatch: config.noMatch, maxExceptionMs: config.maxExceptionDays * 86_400_000 },
    now: () => now,
    elapsedMs: () => performance.now(),
  });
  try {
    return await judgeAll(gate, workloads, timeoutMs);
  } finally {
    await source.close();
  }
}

function isRead({ group, kind }: Manifest, kinds: KindTable): boolean {
  return kinds.has(group === "" ? kind : `${kind}.${group}`);
}

/** A denial that disproved something outweighs those that could not look. */
function exitOf(judged: readonly Judged[]): ExitCode {
  const denials = judged.map(({ verdict }) => verdict.decision).filter(({ decision }) => decision === "deny");
  if (denials.length === 0) return exit.ok;
  return denials.every(({ couldNotLook }) => couldNotLook) ? exit.couldNotLook : exit.rejected;
}
