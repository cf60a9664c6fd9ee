import { createKubeClient } from "../webhook/cluster/client.ts";
import { KubeError } from "../webhook/cluster/kube-error.ts";
import { auditOptions, parseAuditRequest, type AuditRequest } from "./audit/options.ts";
import { PoliciesUnknown } from "./audit/policies-in-force.ts";
import { toAuditExitCode, type CliReport } from "./audit/report.ts";
import { toSarif } from "./audit/sarif.ts";
import { toTable } from "./audit/table.ts";
import type { Command } from "./command.ts";
import { exit, print, printAll, toJson, type Io } from "./io.ts";
import { readKubeconfigOption } from "./kubeconfig.ts";
import { createPainter } from "./paint.ts";

/** Judges what runs. */
export const audit: Command = {
  name: "audit",
  summary: "Judges what runs in the cluster, by the policies, the evidence and the clock of today",
  operands: "",
  options: auditOptions,
  details: `Every object of every kind that the gate reads is judged as if it were being created now, by the policies of the cluster
and of the configuration's folder. Finds evidence that expired, vanished, was revoked or lost its trust; what was there before
its policy; children that do not run what their owner was judged by; accelerators that run a model which nobody can identify;
kinds that nobody judges. With --policies it judges by others, with --diff it says what they would judge differently, and with
--since it asks that of decision records. It writes nothing into the cluster.
Exits with 1 when something fails, or would newly be denied; with 3 when something could not be looked at.

Examples:
  assaygate audit --namespace prod-chat
  assaygate audit --policies proposed/ --diff
  assaygate audit --policies proposed/ --since decisions.jsonl`,
  async run(args, io) {
    const request = parseAuditRequest(args, io);
    const report = request.since === undefined ? await askCluster(request, io) : await askRecords(request, io);
    if (report === undefined) return exit.couldNotLook;
    printReport(report, request, io);
    return toAuditExitCode(report);
  },
};

/** Undefined where the cluster could not be asked, which was said. */
async function askCluster(request: AuditRequest, io: Io): Promise<CliReport | undefined> {
  const config = await readKubeconfigOption(request.kubeconfig, io);
  // Loaded when the heap is to stay small: what is loaded before that lets it grow.
  const { auditCluster } = await import("./audit/audit-cluster.ts");
  const client = createKubeClient(async () => config);
  const stop = new AbortController();
  try {
    return await auditCluster(client, request, io, stop.signal);
  } catch (cause) {
    if (!(cause instanceof KubeError) && !(cause instanceof PoliciesUnknown)) throw cause;
    print(io.err, `assaygate: the cluster could not be asked: ${cause.message}`);
    return undefined;
  } finally {
    stop.abort();
    client.close();
  }
}

async function askRecords(request: AuditRequest, io: Io): Promise<CliReport> {
  const { auditRecords } = await import("./audit/audit-records.ts");
  return await auditRecords(request, io);
}

function printReport(report: CliReport, { format }: AuditRequest, io: Io): void {
  switch (format) {
    case "table":
      return printAll(io.out, toTable(report, createPainter(io)));
    case "json":
      return print(io.out, toJson(report));
    case "sarif":
      return print(io.out, toJson(toSarif(report)));
  }
}
