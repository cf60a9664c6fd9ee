import { createArtifactStore } from "../evidence/artifact-store.ts";
import { loadPolicySet } from "../policies/load.ts";
import { builtinControllers } from "../webhook/admission/delegation.ts";
import { createGate } from "../webhook/admission/gate.ts";
import { respond } from "../webhook/admission/respond.ts";
import { parseReview } from "../webhook/admission/review.ts";
import { builtinKinds } from "../webhook/admission/workload/builtin-kinds.ts";
import { sha256 } from "../webhook/policy-set.ts";
import { evaluation } from "../test/golden/case.ts";
import { createMemorySource } from "../test/support/memory-source.ts";
import { median } from "./median.ts";
import { benchPolicy, usualReview } from "./review.ts";

export interface OwnWork {
  /** Microseconds that JSON.parse takes for the review: what any webhook pays. */
  readonly parseUs: number;
  /** Microseconds from the parsed body to the serialised answer. */
  readonly judgeUs: number;
}

/** What a warm review costs in this process, without HTTP and TLS. */
export async function measureOwnWork(): Promise<OwnWork> {
  const artifact = evaluation();
  const loaded = loadPolicySet([{ path: "policy.json", text: benchPolicy }], sha256);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const gate = createGate({
    policies: () => loaded.set,
    namespaceLabels: () => undefined,
    store: createArtifactStore(createMemorySource(artifact), { hit: () => undefined, miss: () => undefined }),
    kinds: builtinKinds,
    controllers: builtinControllers,
    settings: { noMatch: "Admit", maxExceptionMs: 1 },
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  });
  const text = usualReview(artifact);
  const deadline = { signal: () => AbortSignal.timeout(10_000) };
  const body: unknown = JSON.parse(text);
  await gate.judge(parseReview(body), deadline);
  const judge = (): unknown => {
    const review = parseReview(body);
    const verdict = gate.judge(review, deadline);
    if (verdict instanceof Promise) throw new Error("a warm review waits for something");
    if (verdict.decision.decision !== "admit") throw new Error(JSON.stringify(verdict.decision.findings));
    return JSON.stringify(respond(review.uid, verdict.decision));
  };
  return { parseUs: timeUs(() => JSON.parse(text) as unknown), judgeUs: timeUs(judge) };
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
