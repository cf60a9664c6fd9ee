import { listComplaints, showPath } from "../../policies/language/complain.ts";
import { isFailed, listReasons, type Decision } from "../../policies/decision.ts";
import type { PolicyTest } from "../../policies/language/load.ts";
import type { PolicySet } from "../../policies/policy.ts";
import { policyTestDocument, type TestEvidence } from "../../policies/language/policy-test-schema.ts";
import { parseRfc3339 } from "../../policies/time.ts";
import { createGate, type GateDependencies } from "../../webhook/admission/gate.ts";
import { composeMessage } from "../../webhook/admission/message.ts";
import { toManifest } from "../check/manifests.ts";
import { toReview } from "../check/judge.ts";
import { CliError } from "../failure.ts";
import { createTestStore, toDiscovery, toSignatures } from "./evidence.ts";
import { mergePatch } from "./merge-patch.ts";

type Case = PolicyTest["document"]["spec"]["cases"][number];

/** What a case wanted and what came of it. Reasons are sorted; those that a case does not name are not compared. */
export interface CaseResult {
  readonly file: string;
  readonly test: string;
  readonly case: string;
  readonly passed: boolean;
  readonly expected: {
    readonly decision: Decision["verdict"];
    readonly reasons?: readonly string[];
    /** Parts of messages that were missed. */
    readonly messages?: readonly string[];
  };
  readonly found: { readonly decision: Decision["verdict"]; readonly reasons: readonly string[] };
  /** What the gate would say. */
  readonly message: string;
}

/** What does not change from case to case. */
export type Settings = Pick<GateDependencies, "kinds" | "settings">;

/** Every case of a test, judged by the gate with evidence from the test alone. Throws CliError for a test that makes no sense. */
export function runTest(test: PolicyTest, set: PolicySet, settings: Settings): CaseResult[] {
  const chosen = choosePolicies(test, set);
  return test.document.spec.cases.map((one) => {
    const decision = judgeCase(test, one, chosen, settings);
    const found = { decision: decision.verdict, reasons: listReasons(decision) };
    const missed = missedMessages(one.expect.messages ?? [], decision);
    const expected = {
      decision: one.expect.decision,
      ...(one.expect.reasons && { reasons: one.expect.reasons.toSorted() }),
      ...(missed.length > 0 && { messages: missed }),
    };
    const passed =
      found.decision === expected.decision &&
      (expected.reasons ?? found.reasons).join() === found.reasons.join() &&
      missed.length === 0;
    return {
      file: test.file,
      test: test.document.metadata.name,
      case: one.name,
      passed,
      expected,
      found,
      message: composeMessage(decision),
    };
  });
}

function missedMessages(parts: readonly string[], { findings }: Decision): string[] {
  const messages = findings.filter(isFailed).map(({ message }) => message);
  return parts.filter((part) => !messages.some((message) => message.includes(part)));
}

function choosePolicies(test: PolicyTest, set: PolicySet): PolicySet {
  const { policies: names } = test.document.spec;
  const missing = names?.find((name) => !set.policies.some((policy) => policy.name === name));
  if (missing !== undefined) throw new CliError(`${showPlace(test)}: no policy is named ${missing}`);
  return { ...set, policies: set.policies.filter(({ name }) => names?.includes(name) ?? true) };
}

function judgeCase(test: PolicyTest, one: Case, set: PolicySet, { kinds, settings }: Settings): Decision {
  const { spec } = test.document;
  const place = `${showPlace(test)}: ${one.name}`;
  const now = parseRfc3339(one.now ?? spec.now);
  if (now === undefined) throw new CliError(`${place}: now: expected an RFC 3339 time such as 2026-12-01T00:00:00Z`);
  const labels = one.namespaceLabels ?? spec.namespaceLabels;
  const manifest = toManifest(mergePatch(spec.workload, one.workloadPatch ?? {}), test.file, (message) => {
    throw new CliError(`${place}: workload: ${message}`);
  });
  const evidence = selectEvidence(test, one, place);
  const gate = createGate({
    policies: () => set,
    namespaceLabels: () => labels,
    store: createTestStore(evidence),
    signatures: toSignatures(evidence),
    modelSignatures: toSignatures(one.models ?? spec.models),
    revocations: toSignatures(evidence, "revokedBy"),
    discovery: toDiscovery(evidence),
    kinds,
    controllers: [],
    settings,
    now: () => now,
    elapsedMs: () => 0,
  });
  const result = gate.judge(toReview(manifest, 0), { signal: () => new AbortController().signal });
  if (result instanceof Promise) throw new Error("a policy test waited for something");
  if (result.cause !== undefined) throw new Error(`the gate failed in ${place}`, { cause: result.cause });
  return result.decision;
}

/** The case's evidence, patched. The patch can say anything, so the result is held against the schema again. */
function selectEvidence(
  { document }: PolicyTest,
  { evidence = document.spec.evidence, evidencePatch }: Case,
  place: string,
): TestEvidence[] {
  if (evidencePatch === undefined) return evidence;
  const patched = evidence.map((entry) => mergePatch(entry, evidencePatch));
  const parsed = policyTestDocument.safeParse({ ...document, spec: { ...document.spec, evidence: patched } });
  if (parsed.success) return parsed.data.spec.evidence;
  const [complaint] = listComplaints(policyTestDocument, parsed.error);
  throw new CliError(`${place}: evidencePatch: ${showPath(complaint?.path ?? [])}: ${complaint?.message}`);
}

function showPlace({ file, document }: PolicyTest): string {
  return `${file}: ${document.metadata.name}`;
}
