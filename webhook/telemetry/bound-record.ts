import { isFailed } from "../../policies/decision.ts";
import type { Finding } from "../../policies/finding.ts";
import { clip } from "../../policies/show.ts";
import type { DecisionRecord } from "./record.ts";

/** Of one line in the log. */
export const maxRecordBytes = 64 * 1024;

/** What the log writes around a record (level, time, message) and what a cut record says of itself. */
const frameBytes = 512;
/** Of a text that stands alone. Names in Kubernetes have at most 253 characters. */
const maxTextLength = 512;

/** Lists that a record can be cut in; `groups` are the user's. */
type List = "policies" | "evidence" | "exceptions" | "reasons" | "findings" | "remarks" | "groups";

/** How many entries of a list were left out, and how many texts were shortened. */
export type TruncationCounts = Readonly<Partial<Record<List | "texts", number>>>;

export type BoundedRecord = DecisionRecord & { readonly truncated?: TruncationCounts };

/**
 * The record, with so much left out that its line takes no more than {@link maxRecordBytes}; where that is nothing, the record
 * itself. What it takes to judge again goes in first: who and what, the policies and the evidence by digest, the exceptions and
 * reasons; then what failed, in its order; then what passed, what was said besides, and the user's groups.
 */
export function boundRecord(record: DecisionRecord): BoundedRecord {
  const { characters, entries } = sizeOf(record);
  const most = characters * characterBytes + entries * entryBytes;
  if (most <= maxRecordBytes) return record;
  const isLarge = characters > maxRecordBytes || bytesOf(record) > maxRecordBytes - frameBytes;
  return isLarge ? cut(record) : record;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** No character takes more than six bytes in JSON. */
const characterBytes = 6;
/** More than the keys, the quotes and what is no text of any entry take. */
const entryBytes = 300;

/** From lengths alone: nearly all records are far from the limit, and none of those is written twice. */
function sizeOf({ uid, user, object, ...lists }: DecisionRecord): { characters: number; entries: number } {
  let characters = uid.length + user.username.length + object.kind.length + object.name.length;
  let entries = 8;
  const count = (...texts: readonly (string | undefined)[]): void => {
    for (const text of texts) characters += text?.length ?? 0;
    entries += 1;
  };
  for (const one of lists.findings) {
    count(one.policy, one.requirement, one.evidence, one.model);
    if (isFailed(one)) count(one.expected, one.found, one.message, one.remedy, one.field);
  }
  for (const { name, digest } of lists.policies) count(name, digest);
  for (const { repository, digest, signers, evaluators = [] } of lists.evidence) {
    count(repository, digest, ...signers);
    for (const { name, version } of evaluators) count(name, version);
  }
  for (const list of [user.groups, lists.reasons, lists.exceptions, lists.remarks])
    for (const text of list) count(text);
  return { characters, entries };
}

function cut(record: DecisionRecord): BoundedRecord {
  const shortener = createShortener();
  const { shorten } = shortener;
  const { object, user } = record;
  const head = {
    ...record,
    uid: shorten(record.uid),
    user: { username: shorten(user.username), groups: [] },
    object: {
      ...object,
      kind: shorten(object.kind),
      namespace: shorten(object.namespace),
      name: shorten(object.name),
    },
    ...noLists,
  };
  const room = createRoom(maxRecordBytes - frameBytes - bytesOf(head));
  const policies = room.take("policies", record.policies);
  const evidence = room.take("evidence", record.evidence);
  const exceptions = room.take("exceptions", record.exceptions);
  const reasons = room.take("reasons", record.reasons);
  const failed = room.take("findings", record.findings.filter(isFailed));
  const others = record.findings.filter((finding) => !isFailed(finding));
  const kept = new Set<Finding>([...failed, ...room.take("findings", others)]);
  const findings = record.findings.filter((one) => kept.has(one));
  const remarks = room.take("remarks", record.remarks.map(shorten));
  const groups = room.take("groups", user.groups.map(shorten));
  const texts = shortener.count();
  const truncated = texts > 0 ? { ...room.truncated, texts } : room.truncated;
  const lists = { policies, evidence, exceptions, reasons, findings, remarks };
  return { ...head, user: { ...head.user, groups }, ...lists, truncated };
}

/** Cuts texts that are too long, and counts them. */
function createShortener(): { shorten(text: string): string; count(): number } {
  let texts = 0;
  return {
    shorten(text) {
      if (text.length > maxTextLength) texts += 1;
      return clip(text, maxTextLength);
    },
    count: () => texts,
  };
}

interface Room {
  /** The first items that there is room for. */
  take<T>(list: List, items: readonly T[]): T[];
  /** How many were left out of which list. */
  readonly truncated: Partial<Record<List | "texts", number>>;
}

function createRoom(bytes: number): Room {
  let left = bytes;
  const truncated: Room["truncated"] = {};
  return {
    truncated,
    take(list, items) {
      const kept: (typeof items)[number][] = [];
      for (const item of items) {
        left -= bytesOf(item) + 1;
        if (left < 0) break;
        kept.push(item);
      }
      if (kept.length < items.length) truncated[list] = (truncated[list] ?? 0) + items.length - kept.length;
      return kept;
    },
  };
}

const noLists = { policies: [], evidence: [], exceptions: [], reasons: [], findings: [], remarks: [] };
