import { comparePolicyChange, toVerdict, type PolicyChange, type Verdict } from "../../audit/compare-decisions.ts";
import { toAuditFindings } from "../../audit/decision-findings.ts";
import { describeObject } from "../../audit/describe-object.ts";
import type { AuditedObject, AuditFinding } from "../../audit/finding.ts";
import { decide, defaultSettings } from "../../policies/decision/decide.ts";
import { listKeysRead } from "../../policies/decision/read-keys.ts";
import type { PolicySet } from "../../policies/policy.ts";
import type { ReadRecord } from "../../records/record-schema.ts";
import { listUnrecordedKeys, listUnrecordedLookUps } from "../../records/replay/compare-policies.ts";
import { readOutcome } from "../../records/replay/outcome.ts";
import { resolveRecordedPolicies } from "../../records/replay/recorded-policies.ts";
import { restoreWorkload } from "../../records/restore-workload.ts";
import { sha256 } from "../../runtime/sha256.ts";
import type { Io } from "../io.ts";
import { listKinds } from "../kinds.ts";
import { loadPoliciesOrFail } from "../load-policies.ts";
import { openEvidence, type EvidenceNow } from "../replay/evidence.ts";
import { explain, readRecordFiles, type FiledRecord } from "../replay/read-files.ts";
import type { AuditRequest } from "./options.ts";
import type { CliReport } from "./report.ts";

/**
 * What other policies would say of reviews that were recorded: of each object the last one. It is judged at the time of its
 * record, or at the one that is given, and by the evidence as it is now. Throws a CliError for records that cannot be read.
 */
export async function auditRecords(request: AuditRequest, io: Io): Promise<CliReport> {
  const set = loadPoliciesOrFail(request.policies ?? [], listKinds(request.config), io).set;
  const records = await listLast(readRecordFiles(request.since ?? [], io));
  const now = request.isNowGiven ? request.now : undefined;
  await using evidence = openEvidence({ ...request, looks: true, now }, io);
  const findings: AuditFinding[] = [];
  const changes: PolicyChange[] = [];
  for (const filed of records) {
    const { object, found, change } = await auditRecord(filed, set, evidence, now);
    findings.push(...found.map((one) => ({ ...one, object })));
    if (change !== undefined) changes.push(change);
  }
  return { at: request.now, objects: records.length, findings, nearMisses: [], unlisted: [], changes };
}

/**
 * By their times: each replica of a gate has a log of its own. Of two of one time, the one that is read later. What was only tried
 * counts as well: it is what people want to deploy.
 */
async function listLast(records: AsyncIterable<FiledRecord>): Promise<FiledRecord[]> {
  const last = new Map<string, FiledRecord>();
  for await (const one of records) {
    const key = toKey(one);
    const known = last.get(key);
    if (known === undefined || Date.parse(one.record.time) >= Date.parse(known.record.time)) last.set(key, one);
  }
  return [...last.values()];
}

/**
 * An object that takes its name from `generateName` has none yet when it is reviewed, or the beginning of one, with which no name
 * ends: there are as many as there are uids.
 */
function toKey({ file, at, record: { object } }: FiledRecord): string {
  const { group, kind, namespace, name, uid = `${file}: ${at}` } = object;
  const isNamed = name !== "" && !name.endsWith("-");
  return JSON.stringify([group, kind, namespace, name, ...(isNamed ? [] : [uid])]);
}

interface RecordAudit {
  readonly object: AuditedObject;
  readonly found: readonly AuditFinding[];
  readonly change?: PolicyChange | undefined;
}

async function auditRecord(
  { file, at, record }: FiledRecord,
  set: PolicySet,
  source: EvidenceNow,
  now: Date | undefined,
): Promise<RecordAudit> {
  const object = describeRecorded(record);
  const say = (finding: Omit<AuditFinding, "object">): RecordAudit => ({ object, found: [{ object, ...finding }] });
  const cannot = (message: string): RecordAudit => say({ result: "error", code: "RECORD_LACKS", message });
  if (record.workload === undefined) {
    if (record.truncated?.["workload"] === undefined)
      return say({ result: "skip", code: "NOT_GOVERNED", message: "it was not judged by evidence" });
    return cannot("what was read of the object was left out of the record");
  }
  const missing = listUnrecordedKeys(listKeysRead(set), record.workload.keys);
  if (missing.length > 0) return cannot(`the policies read what the record does not hold: ${missing.join(", ")}`);
  const read = record.workload;
  const workload = explain(`${file}: ${at}`, () => restoreWorkload(record.object, read));
  const unlooked = listUnrecordedLookUps(workload, set.policies);
  if (unlooked.length > 0) return cannot(`the policies look for what nobody looked for then: ${unlooked.join(", ")}`);
  const recorded = explain(`${file}: ${at}`, () => resolveRecordedPolicies(record, set, sha256));
  const evidence = (await source.collect(workload, [...recorded.policies, ...set.policies])) ?? new Map();
  const judge = ({ policies, exceptions }: Pick<PolicySet, "policies" | "exceptions">) =>
    decide({
      workload,
      evidence,
      policies,
      exceptions,
      now: now ?? new Date(record.time),
      settings: record.settings ?? defaultSettings,
    });
  const before = recorded.missing.length === 0 ? toVerdict(judge(recorded)) : recordedVerdict(record);
  const after = judge(set);
  const found = toAuditFindings(object, after);
  return { object, found, change: comparePolicyChange(object, before, toVerdict(after), found) };
}

/** Where the policies of the time are not at hand: as it was decided then. */
function recordedVerdict(record: ReadRecord): Verdict {
  const { findings } = readOutcome(record);
  const against = findings.flatMap(({ policy, requirement, reason }) => {
    if (reason === undefined) return [];
    const place = [policy, requirement].filter((name) => name !== "").join("/");
    return [`${place === "" ? "" : `${place} `}${reason}`];
  });
  return { verdict: record.decision, against: [...new Set(against)].toSorted() };
}

function describeRecorded({ object }: ReadRecord): AuditedObject {
  const { group, version, kind, namespace, name, uid, generation } = object;
  return describeObject({ group, version, kind, namespace, name, object: { metadata: { uid, generation } } });
}
