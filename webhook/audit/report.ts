import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { AuditFinding, AuditResult, ObjectAudit } from "../../audit/finding.ts";
import { clip } from "../../policies/show.ts";
import type { ReportKind } from "./report-kind.ts";

/** The object of a cluster that a report is about. */
export interface ReportedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** One result in a report. */
export type ReportResult = z.output<typeof reportResult>;

const source = "assaygate";

const reportResult = z.object({
  source: z.literal(source),
  category: z.string(),
  policy: z.string(),
  rule: z.string().optional(),
  result: z.enum(["fail", "error", "warn", "pass", "skip"]),
  message: z.string(),
  properties: z.record(z.string(), z.string()),
});

/** What a report says. */
export interface ReportContent {
  readonly scope: ReportedObject;
  readonly results: readonly ReportResult[];
  readonly summary: Readonly<Record<AuditResult, number>>;
}

/** An object of a cluster takes 1.5 MiB at most, and whoever reads a report reads no more than this. */
const maxResults = 50;
const maxMessageLength = 1024;
const maxPropertyLength = 512;

/** The worst first. */
const results: readonly AuditResult[] = ["fail", "error", "warn", "pass", "skip"];

/** The object that reports are about, and that owns them; undefined where it lies in no namespace or has no uid. */
export function toReportedObject({ object }: ObjectAudit): ReportedObject | undefined {
  const { apiVersion, kind, namespace, name, uid } = object;
  if (namespace === undefined || namespace === "" || uid === undefined) return undefined;
  return { apiVersion, kind, namespace, name, uid };
}

/**
 * Whether there is something to report: a policy is about the object, or something speaks against it. Of a pod that is what its
 * owner was judged by, and of what nobody judges, there is nothing, and most objects of a cluster are such.
 */
export function hasNews({ findings }: Pick<ObjectAudit, "findings">): boolean {
  return findings.some(({ policy, result }) => policy !== undefined || (result !== "pass" && result !== "skip"));
}

/** What an audit found, as a report says it: the worst first, so many at most; the summary counts all of them. */
export function toReportContent(scope: ReportedObject, findings: readonly AuditFinding[]): ReportContent {
  const sorted = findings.toSorted((a, b) => results.indexOf(a.result) - results.indexOf(b.result));
  const count = (result: AuditResult): number => findings.filter((one) => one.result === result).length;
  const summary = {
    fail: count("fail"),
    error: count("error"),
    warn: count("warn"),
    pass: count("pass"),
    skip: count("skip"),
  };
  return { scope, results: sorted.slice(0, maxResults).map(toResult), summary };
}

/** The whole object. It goes when the object that it is about goes. */
export function toReport(kind: ReportKind, content: ReportContent): object {
  const { namespace, ...owner } = content.scope;
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: {
      name: nameReport(content.scope),
      namespace,
      labels: { "app.kubernetes.io/managed-by": source },
      ownerReferences: [owner],
    },
    ...(kind.hasSource && { source }),
    ...content,
  };
}

/** The path of the report about an object. Its name is made of the uid: names may be too long, and come again. */
export function toReportPath({ apiVersion, plural }: ReportKind, scope: ReportedObject): string {
  const namespace = encodeURIComponent(scope.namespace);
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${encodeURIComponent(nameReport(scope))}`;
}

/** Whether a report of the cluster says the same. */
export function isSameReport(found: unknown, content: ReportContent): boolean {
  const { data } = storedReport.safeParse(found);
  return data !== undefined && isDeepStrictEqual(data, JSON.parse(JSON.stringify(content)));
}

/** What a report of the cluster says against its object; undefined where it is not one of ours. */
export function readReport(found: unknown): readonly ReportResult[] | undefined {
  return storedReport.safeParse(found).data?.results;
}

const storedReport = z.object({
  scope: z.record(z.string(), z.unknown()),
  results: z.array(reportResult),
  summary: z.record(z.string(), z.number()),
});

function nameReport({ uid }: ReportedObject): string {
  return `${source}-${uid}`;
}

function toResult({ policy, requirement, result, code, message, remedy, evidence }: AuditFinding): ReportResult {
  return {
    source,
    category: "AI model evaluation",
    policy: policy ?? source,
    ...(requirement !== undefined && { rule: requirement }),
    result,
    message: clip(message, maxMessageLength),
    properties: {
      code,
      ...(evidence !== undefined && { evidence: clip(evidence, maxPropertyLength) }),
      ...(remedy !== undefined && { remedy: clip(remedy, maxPropertyLength) }),
    },
  };
}
