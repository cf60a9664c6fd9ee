import { clip } from "../../policies/show.ts";
import { measureRecord, measureTexts } from "./measure-record.ts";
import type { DecisionRecord } from "../record-schema.ts";

/** Of one line in the log. */
export const maxRecordBytes = 64 * 1024;

/** What the log writes around a record (level, time, message) and what a cut record says of itself. */
const frameBytes = 512;
/** Of a text that stands alone. Names in Kubernetes have at most 253 characters. */
const maxTextLength = 512;
/** What remains for findings, whatever it takes to judge again: somebody has to read them. */
const findingBytes = 8 * 1024;

/** What a record can be cut in: lists, and what was read. `groups` are the user's, `images` the object's. */
type Part =
  | "policies"
  | "evidence"
  | "exceptions"
  | "reasons"
  | "workload"
  | "artifacts"
  | "specs"
  | "findings"
  | "images"
  | "remarks"
  | "groups";

type Counts = Partial<Record<Part | "texts", number>>;

/**
 * The record, with so much left out that its line takes no more than {@link maxRecordBytes}; where that is nothing, the record
 * itself. What it takes to judge again goes in first: who and what, the policies and the evidence by digest, the exceptions and
 * reasons; what was read of the workload and of each artifact, and the policies where they are whole; then what failed, in its
 * order; then what passed, images, what was said besides, and the user's groups.
 */
export function boundRecord(record: DecisionRecord): DecisionRecord {
  const { characters, entries } = measureRecord(record, maxRecordBytes);
  const most = characters * characterBytes + entries * entryBytes;
  if (most <= maxRecordBytes) return record;
  const isLarge = characters > maxRecordBytes || countBytes(record) > maxRecordBytes - frameBytes;
  return isLarge ? cut(record) : record;
}

function countBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Infinity for what is clearly larger, which is not written to find out how large it is: it may be an object of megabytes. */
function bytesWithin(limit: number, value: unknown): number {
  return measureTexts(value, limit) > limit ? Infinity : countBytes(value);
}

/** No character takes more than six bytes in JSON. */
const characterBytes = 6;
/** More than the keys, the quotes and what is no text of any entry take. */
const entryBytes = 300;

function cut(record: DecisionRecord): DecisionRecord {
  const shortener = createShortener();
  const { shorten } = shortener;
  const head = shortenHead(record, shorten);
  const room = createRoom(maxRecordBytes - frameBytes - countBytes(head));
  const policies = room.take("policies", record.policies.map(withoutSpec));
  const evidence = room.take("evidence", record.evidence.map(withoutArtifact));
  const exceptions = room.take("exceptions", record.exceptions);
  const reasons = room.take("reasons", record.reasons);
  const read = takeWhatWasRead(record, room);
  const failed = room.take("findings", record.findings.filter(isFailed));
  const others = record.findings.filter((finding) => !isFailed(finding));
  const kept = new Set([...failed, ...room.take("findings", others)]);
  const findings = record.findings.filter((one) => kept.has(one));
  const images = room.take("images", record.object.images ?? []);
  const remarks = room.take("remarks", record.remarks.map(shorten));
  const groups = room.take("groups", record.user.groups.map(shorten));
  const texts = shortener.count();
  return {
    ...head,
    object: { ...head.object, ...(record.object.images && { images }) },
    user: { ...head.user, groups },
    findings,
    ...(read.workload && { workload: read.workload }),
    policies: policies.map((one, at) => withSpec(one, read.specs[at])),
    evidence: evidence.map((one, at) => withArtifact(one, read.artifacts[at])),
    exceptions,
    ...(head.exemption && { exemption: withSpec(head.exemption, read.exemptionSpec) }),
    reasons,
    remarks,
    truncated: texts > 0 ? { ...room.truncated, texts } : room.truncated,
  };
}

function isFailed({ outcome }: DecisionRecord["findings"][number]): boolean {
  return outcome !== "pass";
}

/** All but lists, in texts of a bounded length. */
function shortenHead(record: DecisionRecord, shorten: (text: string) => string): DecisionRecord {
  const { object, user, exemption } = record;
  return {
    ...record,
    uid: shorten(record.uid),
    user: { username: shorten(user.username), groups: [] },
    object: {
      ...object,
      images: undefined,
      kind: shorten(object.kind),
      namespace: shorten(object.namespace),
      name: shorten(object.name),
      ...(object.uid !== undefined && { uid: shorten(object.uid) }),
    },
    workload: undefined,
    ...(exemption && { exemption: withoutSpec(exemption) }),
    ...noLists,
  };
}

type Specified = DecisionRecord["policies"][number] | NonNullable<DecisionRecord["exemption"]>;
type Looked = DecisionRecord["evidence"][number];

/** By name and digest. What is undefined is not written. */
function withoutSpec<T extends Specified>(one: T): T {
  return one.spec === undefined ? one : { ...one, spec: undefined };
}

function withSpec<T extends object>(one: T, spec: Specified["spec"]): T & Pick<Specified, "spec"> {
  return spec === undefined ? one : { ...one, spec };
}

function withoutArtifact(one: Looked): Looked {
  return one.artifact === undefined ? one : { ...one, artifact: undefined };
}

function withArtifact(one: Looked, artifact: Looked["artifact"]): Looked {
  return artifact === undefined ? one : { ...one, artifact };
}

interface TakenParts {
  readonly workload: DecisionRecord["workload"];
  /** For each policy, or undefined. */
  readonly specs: readonly Specified["spec"][];
  /** For each piece of evidence, or undefined. */
  readonly artifacts: readonly Looked["artifact"][];
  readonly exemptionSpec: Specified["spec"];
}

/** What it takes to judge again, each whole or not at all. */
function takeWhatWasRead({ workload, policies, evidence, exemption }: DecisionRecord, room: Room): TakenParts {
  return {
    workload: room.takeWhole("workload", workload, findingBytes),
    artifacts: evidence.map(({ artifact }) => room.takeWhole("artifacts", artifact, findingBytes)),
    specs: policies.map(({ spec }) => room.takeWhole("specs", spec, findingBytes)),
    exemptionSpec: room.takeWhole("specs", exemption?.spec, findingBytes),
  };
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
  take<T>(part: Part, items: readonly T[]): T[];
  /** The value, where there is room for it and so many bytes besides. */
  takeWhole<T>(part: Part, value: T | undefined, sparedBytes: number): T | undefined;
  /** How many were left out of which part. */
  readonly truncated: Counts;
}

function createRoom(bytes: number): Room {
  let left = bytes;
  const truncated: Counts = {};
  const leaveOut = (part: Part, count: number): void => {
    if (count > 0) truncated[part] = (truncated[part] ?? 0) + count;
  };
  return {
    truncated,
    take(part, items) {
      const kept: (typeof items)[number][] = [];
      for (const item of items) {
        left -= bytesWithin(left, item) + 1;
        if (left < 0) break;
        kept.push(item);
      }
      leaveOut(part, items.length - kept.length);
      return kept;
    },
    takeWhole(part, value, sparedBytes) {
      if (value === undefined) return undefined;
      const taken = bytesWithin(left, value) + keyBytes;
      if (left - taken < sparedBytes) {
        leaveOut(part, 1);
        return undefined;
      }
      left -= taken;
      return value;
    },
  };
}

/** Of the key before a value, with its quotes. */
const keyBytes = 16;

const noLists = { policies: [], evidence: [], exceptions: [], reasons: [], findings: [], remarks: [] };
