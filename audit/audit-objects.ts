import type { ReadKeys } from "../policies/decision/read-keys.ts";
import { show } from "../policies/show.ts";
import type { Controller } from "../workload/kinds/judged-owner.ts";
import type { KindTable } from "../workload/kinds/kinds.ts";
import { auditCodes, type AuditCode } from "./codes.ts";
import { toAuditFindings } from "./decision-findings.ts";
import { describeObject } from "./describe-object.ts";
import type {
  AuditFinding,
  AuditResult,
  ClusterObject,
  ObjectDecider,
  ObjectDecision,
  ObjectAudit,
} from "./finding.ts";
import { mapInOrder } from "./map-in-order.ts";
import { createOwners, type Kinship } from "./owners.ts";
import { sayOrigin } from "./origin.ts";
import { readForAudit } from "./run-state.ts";
import { isRunning } from "./running.ts";
import { findUnmatched } from "./unmatched.ts";

/** What an audit judges by, and what it compares children with. */
export interface AuditOptions {
  readonly judge: ObjectDecider;
  readonly kinds: KindTable;
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
  yield* mapInOrder(objects, options.atOnce, (one) => {
    // Before anything is waited for, so that every child finds its owner.
    const kinship = isRunning(one) ? owners.place(one) : undefined;
    return auditObject(one, kinship, options);
  });
}

async function auditObject(
  one: ClusterObject,
  kinship: Kinship | undefined,
  { judge, kinds, policyTimes }: AuditOptions,
): Promise<ObjectAudit> {
  const object = describeObject(one);
  const say = (result: AuditResult, code: AuditCode, message: string): AuditFinding => {
    const about = auditCodes[code];
    return { object, result, code, message, ...("remedy" in about && { remedy: about.remedy }) };
  };
  if (kinship === undefined) return { object, findings: [say("skip", "NOT_RUNNING", auditCodes.NOT_RUNNING.meaning)] };
  const owner = kinship.owner === undefined ? "" : `${show(kinship.owner.kind)} ${show(kinship.owner.name)}`;
  if (kinship.relation === "same")
    return { object, findings: [say("pass", "SAME_AS_OWNER", `it runs what ${owner} was judged by`)] };
  const judgement = await judge(one);
  const differs =
    kinship.relation === "differs" ? [say("warn", "CHILD_DIFFERS", `it does not run what ${owner} was judged by`)] : [];
  const alone = findOf(object, one, judgement, policyTimes);
  const found = kinship.relation === "operated" ? alone.map((finding) => warnOf(finding, owner)) : alone;
  const nobody = findUnmatched(one, judgement, kinship, () => readForAudit(one, kinds));
  const unjudged = nobody.map(({ result, code, message, about = object }) => ({
    ...say(result, code, message),
    object: about,
  }));
  return { object, findings: [...differs, ...found, ...unjudged], judgement };
}

/**
 * The gate takes the word of the operator, whom it knows by its user. Here only the object says who made it, which anybody can
 * write: so it is warned of, and not passed over.
 */
function warnOf(finding: AuditFinding, owner: string): AuditFinding {
  if (finding.result !== "fail") return finding;
  return {
    ...finding,
    result: "warn",
    message: `${finding.message} (it says that ${owner} made it, which is judged itself)`,
  };
}

function findOf(
  object: ObjectAudit["object"],
  { object: whole }: ClusterObject,
  { decision }: ObjectDecision,
  policyTimes: AuditOptions["policyTimes"],
): AuditFinding[] {
  return toAuditFindings(object, decision, (policy) => sayOrigin(whole, policyTimes.get(policy)));
}
