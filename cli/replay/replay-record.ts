import type { PolicySet } from "../../policies/policy.ts";
import { replay, type Replay } from "../../records/replay/replay.ts";
import { resolveRecordedPolicies } from "../../records/replay/recorded-policies.ts";
import type { ReadRecord } from "../../records/record-schema.ts";
import { restoreWorkload } from "../../records/restore-workload.ts";
import { sha256 } from "../../runtime/sha256.ts";
import type { EvidenceNow } from "./evidence.ts";
import { explain, type FiledRecord } from "./read-files.ts";

/**
 * What became of one record. `same`: it comes to what it says. `differs`: it does not. `unknown`: something that this takes could
 * not be looked at. `not-judged`: it was decided without evidence, and there is nothing to decide again.
 */
export interface RecordReplay extends Replay {
  readonly file: string;
  /** The line, or the number in a list. */
  readonly at: number;
  readonly object: ReadRecord["object"];
  readonly time: string;
  readonly gateVersion: string;
  readonly basis: string;
  readonly state: "same" | "differs" | "unknown" | "not-judged";
}

interface ReplayChanges {
  readonly policies: PolicySet | undefined;
  readonly now: Date | undefined;
}

/** Decides one record again. Throws a CliError for one that does not hold what it should. */
export async function replayRecord(
  { file, at, record }: FiledRecord,
  { policies, now }: ReplayChanges,
  source: EvidenceNow,
): Promise<RecordReplay> {
  const { object, time, gateVersion, basis } = record;
  const about = { file, at, object, time, gateVersion, basis, recorded: record.decision };
  const { workload: read } = record;
  if (read === undefined) return { ...about, ...notJudged(record) };
  const place = `${file}: ${at}`;
  const workload = explain(place, () => restoreWorkload(object, read));
  const recorded = explain(place, () => resolveRecordedPolicies(record, policies, sha256));
  const evidence = await source.collect(workload, [...recorded.policies, ...(policies?.policies ?? [])]);
  const replayed = explain(place, () =>
    replay({ record, workload, recorded, evidence, policies, now, trust: source.trust }),
  );
  return { ...about, ...replayed, state: toState(replayed) };
}

/** What was read may have been left out; for what was never read there is nothing to do. */
function notJudged({
  truncated = {},
  reasons,
}: ReadRecord): Pick<RecordReplay, "state" | keyof Omit<Replay, "recorded">> {
  const nothing = { replayed: undefined, steps: [], differs: false, problems: [] };
  if (truncated["workload"] !== undefined)
    return { ...nothing, state: "unknown", problems: ["what was read of the object was left out of the record"] };
  const why = reasons.length === 0 ? "no evidence was asked for" : `it was refused unread (${reasons.join(", ")})`;
  return { ...nothing, state: "not-judged", problems: [why] };
}

function toState({ differs, problems, replayed }: Replay): RecordReplay["state"] {
  if (differs) return "differs";
  return problems.length > 0 || replayed === undefined ? "unknown" : "same";
}
