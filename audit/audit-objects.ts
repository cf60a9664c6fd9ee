import type { ReadKeys } from "../policies/decision/read-keys.ts";
import { show } from "../policies/show.ts";
import type { Controller } from "../workload/kinds/judged-owner.ts";
import type { Devices } from "../workload/hardware/claims.ts";
import type { Reading } from "../workload/read.ts";
import type { KindTable } from "../workload/kinds/kinds.ts";
import { auditCodes, type AuditCode } from "./codes.ts";
import { toAuditFindings } from "./decision-findings.ts";
import { describeObject } from "./describe-object.ts";
import type {
  AuditedObject,
  AuditFinding,
  AuditResult,
  ClusterObject,
  ObjectDecider,
  ObjectDecision,
  ObjectAudit,
} from "./finding.ts";
import { mapInOrder } from "./map-in-order.ts";
import { createOwners, type Kinship, type Owners } from "./owners.ts";
import { sayOrigin } from "./origin.ts";
import { readForAudit } from "./run-state.ts";
import { isRunning } from "./running.ts";
import { findUnmatched } from "./unmatched.ts";

/** What an audit judges by, and what it compares children with. */
export interface AuditOptions {
  readonly judge: ObjectDecider;
  /** What was read to judge the last object, where that was at once: so that it is not read again. */
  takeReading?(): Reading | undefined;
  readonly kinds: KindTable;
  /** What the configuration says of devices. */
  readonly devices?: Devices | undefined;
  /** What the policies in force read of labels and annotations. */
  readonly keys: ReadKeys;
  /** Controllers whose children the gate takes for what they were made for. */
  readonly controllers: readonly Controller[];
  /** When each policy came into the cluster, by its name; empty where that is not known. */
  readonly policyTimes: ReadonlyMap<string, Date>;
  /** How many objects are judged at once. */
  readonly atOnce: number;
}

/**
 * Judges each object as the gate would judge its creation now, and gives what was found in the order of the objects. Owners must
 * come before what was made for them: an object that its controller made, and that runs what its owner was judged by, is in
 * order as its owner is. Of an object that is done with, some hundred bytes are kept.
 */
export async function* auditObjects(
  objects: AsyncIterable<ClusterObject>,
  options: AuditOptions,
): AsyncGenerator<ObjectAudit> {
  const owners = createOwners(options);
  yield* mapInOrder(objects, options.atOnce, (one) => auditObject(one, owners, options));
}

async function auditObject(one: ClusterObject, owners: Owners, options: AuditOptions): Promise<ObjectAudit> {
  if (!isRunning(one)) return describeEnded(one);
  const { kinship, decision } = placeAndJudge(one, owners, options);
  return decision === undefined ? describeSame(one, kinship) : describeJudged(one, kinship, await decision, options);
}

/**
 * Nothing is waited for before the owner's place is known, so that every child finds its owner; and while the decision is waited
 * for, nothing is held of what was read. No decision for a child that runs what its owner was judged by.
 */
function placeAndJudge(one: ClusterObject, owners: Owners, options: AuditOptions) {
  const first = owners.hasOwnerOf(one) ? undefined : judgeNow(one, options);
  const kinship = owners.place(one, () => first?.reading ?? readForAudit(one, options.kinds, options.devices));
  if (kinship.relation === "same") return { kinship, decision: undefined };
  return { kinship, decision: (first ?? judgeNow(one, options)).decision };
}

/** What was read is taken each time, so that it is never that of another object. */
function judgeNow(one: ClusterObject, { judge, takeReading }: AuditOptions) {
  const decision = judge(one);
  return { decision, reading: takeReading?.() };
}

function say(object: AuditedObject, result: AuditResult, code: AuditCode, message: string): AuditFinding {
  const about = auditCodes[code];
  return { object, result, code, message, ...("remedy" in about && { remedy: about.remedy }) };
}

function describeEnded(one: ClusterObject): ObjectAudit {
  const object = describeObject(one);
  return { object, findings: [say(object, "skip", "NOT_RUNNING", auditCodes.NOT_RUNNING.meaning)] };
}

function describeSame(one: ClusterObject, kinship: Kinship): ObjectAudit {
  const object = describeObject(one);
  const message = `it runs what ${showOwner(kinship)} was judged by`;
  return { object, findings: [say(object, "pass", "SAME_AS_OWNER", message)] };
}

function describeJudged(
  one: ClusterObject,
  kinship: Kinship,
  judgement: ObjectDecision,
  { policyTimes, kinds, devices }: AuditOptions,
): ObjectAudit {
  const object = describeObject(one);
  const owner = showOwner(kinship);
  const message = `it does not run what ${owner} was judged by`;
  const differs = kinship.relation === "differs" ? [say(object, "warn", "CHILD_DIFFERS", message)] : [];
  const alone = toAuditFindings(object, judgement.decision, (policy) => sayOrigin(one.object, policyTimes.get(policy)));
  const found = kinship.relation === "operated" ? alone.map((finding) => toWarning(finding, owner)) : alone;
  const read = (): Reading | undefined => readForAudit(one, kinds, devices);
  const unjudged = findUnmatched(one, judgement, kinship, read).map((note) =>
    say(note.about ?? object, note.result, note.code, note.message),
  );
  return { object, findings: [...differs, ...found, ...unjudged], judgement };
}

function showOwner({ owner }: Kinship): string {
  return owner === undefined ? "" : `${show(owner.kind)} ${show(owner.name)}`;
}

/**
 * The gate takes the word of the operator, whom it knows by its user. Here only the object says who made it, which anybody can
 * write: so it is warned of, and not passed over.
 */
function toWarning(finding: AuditFinding, owner: string): AuditFinding {
  if (finding.result !== "fail") return finding;
  return {
    ...finding,
    result: "warn",
    message: `${finding.message} (it says that ${owner} made it, which is judged itself)`,
  };
}
