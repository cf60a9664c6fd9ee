import { isFailed, type Decision } from "../../policies/decision.ts";
import type { FailedFinding } from "../../policies/finding.ts";
import { shortenDigest } from "../../policies/digest.ts";
import { reasonPlaceholder } from "../../policies/reasons.ts";
import { clip, show } from "../../policies/show.ts";
import type { ObjectIdentity } from "../../policies/workload.ts";

/** What kubectl, Events and conditions surely show of the first line. */
const firstLineLength = 250;
const maxFurtherLines = 20;
const maxLineLength = 512;

/**
 * The message of a decision for the person deploying: a first line that stands alone, the first finding again where it had to
 * be cut, one line for each further finding, and how to learn more: by a command, and on a page where one is configured. The same text in a webhook answer and on the command line.
 */
export function composeMessage(
  { verdict, object, findings, policies }: Pick<Decision, "verdict" | "object" | "findings" | "policies">,
  explainUrl?: string,
): string {
  const { said, more } = selectFindings({ findings, policies });
  const [first, ...further] = said;
  const done = { deny: "denied", warn: "admitted with warnings", admit: "admitted" }[verdict];
  const who = `assaygate: ${showObject(object)} ${done}`;
  if (first === undefined) return who;
  const by = first.policy === "" ? "" : ` by ${showPlace(first)}`;
  const whole = `${who}${by}: ${sayFinding(first)}`;
  const isWhole = whole.length <= firstLineLength;
  const lines = further
    .slice(0, maxFurtherLines)
    .map((finding) => clip(`${showPlace(finding)}: ${sayFinding(finding)}`, maxLineLength));
  const rest = further.length - lines.length + more;
  return [
    isWhole ? whole : shortLine(`${who}${by}: `, first),
    ...(isWhole ? [] : [sayFinding(first)]),
    ...lines,
    ...(rest > 0 ? [`and ${rest} more findings; the gate's decision record holds more of them`] : []),
    sayWhereToLook(first, explainUrl),
  ].join("\n");
}

function sayWhereToLook({ reason }: FailedFinding, explainUrl: string | undefined): string {
  const page = explainUrl === undefined ? "" : ` or ${explainUrl.replace(reasonPlaceholder, reason)}`;
  return `explain: assaygate explain ${reason}${page}`;
}

/** Findings that are put into words, of a workload that there are thousands against. */
const maxSaid = 256;

/**
 * What stands against the workload, each thing once, and how many findings there are beyond. Audit mode says nothing to the
 * person deploying: its findings are for the decision record.
 */
export function selectFindings({ findings, policies }: Pick<Decision, "findings" | "policies">): {
  readonly said: FailedFinding[];
  readonly more: number;
} {
  const silent = new Set(policies.filter(({ mode }) => mode === "Audit").map(({ name }) => name));
  const spoken = findings.filter(isFailed).filter(({ policy }) => !silent.has(policy));
  return { said: distinct(spoken.slice(0, maxSaid)), more: Math.max(spoken.length - maxSaid, 0) };
}

/** `HARDWARE_CLASS_MISMATCH: evaluated on nvidia-a100, … (quay.io/acme/evals@sha256:12ab34cd…)` */
export function sayFinding({ reason, message, evidence }: FailedFinding): string {
  return `${reason}: ${message}${evidence === undefined ? "" : ` (${shortEvidence(evidence)})`}`;
}

/** Each thing once: several requirements often fail for one cause. */
function distinct(findings: readonly FailedFinding[]): FailedFinding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const text = sayFinding(finding);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

/** `Deployment prod-chat/chat`: how an object is called in messages. */
export function showObject({ kind, namespace, name }: ObjectIdentity): string {
  return `${show(kind)} ${namespace === "" ? "" : `${show(namespace)}/`}${show(name)}`;
}

function showPlace({ policy, requirement }: FailedFinding): string {
  return requirement === "" ? policy : `${policy}/${requirement}`;
}

/** The finding's own words give way, never who, what and why. */
function shortLine(head: string, finding: FailedFinding): string {
  const tail = finding.evidence === undefined ? "" : ` (${shortEvidence(finding.evidence)})`;
  const start = `${head}${finding.reason}: `;
  const room = Math.max(firstLineLength - start.length - tail.length - 1, 40);
  return `${start}${finding.message.slice(0, room)}…${tail}`;
}

function shortEvidence(evidence: string): string {
  const at = evidence.lastIndexOf("@");
  return at === -1 ? evidence : `${evidence.slice(0, at)}@${shortenDigest(evidence.slice(at + 1))}`;
}
