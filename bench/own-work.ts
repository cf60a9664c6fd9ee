import { Writable } from "node:stream";
import { createArtifactCache } from "../evidence/artifact-cache.ts";
import { createSignatureCache } from "../evidence/signature/signature-cache.ts";
import { noTrust } from "../evidence/signature/trust.ts";
import type { Source } from "../registry/source.ts";
import { loadPolicySet } from "../policies/language/load.ts";
import { builtinControllers } from "../webhook/admission/delegation.ts";
import { createGate, type Gate } from "../webhook/admission/gate.ts";
import { respond } from "../webhook/admission/response.ts";
import { parseReview, toHead } from "../webhook/admission/review.ts";
import { boundRecord } from "../records/writing/bound-record.ts";
import { createLog } from "../webhook/telemetry/log.ts";
import { toRecord } from "../webhook/telemetry/record.ts";
import { builtinKinds } from "../workload/kinds/builtin-kinds.ts";
import { sha256 } from "../runtime/sha256.ts";
import { evaluation, repository } from "../test/support/builders/evaluation.ts";
import { policy, strict } from "../test/support/builders/policy.ts";
import { attached, bundleOf, seededKey, statementAbout } from "../test/support/signatures.ts";
import { createMemorySource } from "../test/support/memory-source.ts";
import { median } from "./median.ts";
import { makeUsualReview } from "./review.ts";

/** What a warm review takes without HTTP and TLS. */
export interface OwnWork {
  /** Microseconds that JSON.parse takes for the review: what any webhook pays. */
  readonly parseUs: number;
  /** Microseconds from the parsed body to the serialised answer. */
  readonly judgeUs: number;
  /** Microseconds that the decision record takes, from the decision to the line in the log. */
  readonly recordUs: number;
}

/** What signatures add to a review. */
export interface SignedWork {
  /** Microseconds, as {@link OwnWork.judgeUs}, for the same review with a policy that names a signer, who has signed. */
  readonly signedUs: number;
  /** How many answers of a registry a cold review waits for, one after the other: without a signer, and with one. */
  readonly plainRounds: number;
  readonly signedRounds: number;
}

const key = seededKey(1);
const artifact = evaluation();
const signature = attached(bundleOf(key, statementAbout(artifact.digest)), artifact.digest);
const signers = [{ cosign: { publicKey: key.pem, transparencyLog: "NotRequired" } }];
const asks = { ...strict, environment: ["production"], maxAge: undefined };
const plainPolicy = JSON.stringify(policy(asks));
const signedPolicy = JSON.stringify(policy(asks, { evidence: { repositories: [repository], signers } }));

/** What a warm review costs in this process, without HTTP and TLS. */
export async function measureOwnWork(): Promise<OwnWork> {
  const judge = await warmReview(plainPolicy);
  const text = makeUsualReview(artifact);
  return {
    parseUs: timeUs(() => JSON.parse(text) as unknown),
    judgeUs: timeUs(judge),
    recordUs: timeUs(await recordReview(text)),
  };
}

/** Makes and writes the record of one decision, to nowhere. */
async function recordReview(text: string): Promise<() => void> {
  const review = parseReview(JSON.parse(text));
  const gate = gateWith(plainPolicy, createMemorySource(artifact));
  const result = await gate.judge(review, { signal: () => AbortSignal.timeout(10_000) });
  const { writeRecord } = createLog("info", new Writable({ write: (_chunk, _encoding, done) => done() }));
  return () => writeRecord(boundRecord(toRecord(toHead(review), result, { policies: "Digest" })));
}

/** What signatures add to a warm review, and to a cold one. */
export async function measureSignedWork(): Promise<SignedWork> {
  return {
    signedUs: timeUs(await warmReview(signedPolicy)),
    plainRounds: await roundsOf(plainPolicy),
    signedRounds: await roundsOf(signedPolicy),
  };
}

const roundMs = 50;

/** A cold review's time, in answers of a registry that takes its time for each. */
async function roundsOf(policyText: string): Promise<number> {
  const source = createMemorySource(artifact, signature);
  source.intercept = async () => {
    await new Promise((resolve) => setTimeout(resolve, roundMs));
    return undefined;
  };
  const gate = gateWith(policyText, source);
  const startMs = performance.now();
  await gate.judge(parseReview(JSON.parse(makeUsualReview(artifact))), { signal: () => AbortSignal.timeout(10_000) });
  return Math.round((performance.now() - startMs) / roundMs);
}

function gateWith(policyText: string, source: Source): Gate {
  const loaded = loadPolicySet([{ path: "policy.json", text: policyText }], sha256);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return createGate({
    policies: () => loaded.set,
    namespaceLabels: () => undefined,
    store: createArtifactCache(source, { hit: () => undefined, miss: () => undefined }),
    signatures: createSignatureCache(source, () => noTrust),
    kinds: builtinKinds,
    controllers: builtinControllers,
    settings: { noMatch: "Admit", maxExceptionMs: 1 },
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  });
}

async function warmReview(policyText: string): Promise<() => unknown> {
  const gate = gateWith(policyText, createMemorySource(artifact, signature));
  const text = makeUsualReview(artifact);
  const deadline = { signal: () => AbortSignal.timeout(10_000) };
  const body: unknown = JSON.parse(text);
  await gate.judge(parseReview(body), deadline);
  return () => {
    const review = parseReview(body);
    const verdict = gate.judge(review, deadline);
    if (verdict instanceof Promise) throw new Error("a warm review waits for something");
    if (verdict.decision.verdict !== "admit") throw new Error(JSON.stringify(verdict.decision.findings));
    return JSON.stringify(respond(review.uid, verdict.decision));
  };
}

function timeUs(work: () => unknown): number {
  const batch = 2_000;
  const times = Array.from({ length: 11 }, () => {
    const startMs = performance.now();
    for (let at = 0; at < batch; at += 1) work();
    return ((performance.now() - startMs) * 1000) / batch;
  });
  return median(times);
}
