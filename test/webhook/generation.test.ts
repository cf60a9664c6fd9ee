import { expect, it } from "@jest/globals";
import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import { loadPolicySet } from "../../policies/language/load.ts";
import type { PolicySet } from "../../policies/policy.ts";
import { builtinControllers } from "../../webhook/admission/delegation.ts";
import { createGate } from "../../webhook/admission/gate.ts";
import { parseReview } from "../../webhook/admission/review.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { sha256 } from "../../runtime/sha256.ts";
import { evaluation, now, referenceTo } from "../support/builders/evaluation.ts";
import { policy, strict } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { createMemorySource } from "../support/memory-source.ts";

function setOf(name: string): PolicySet {
  const loaded = loadPolicySet([{ path: "p.yaml", text: JSON.stringify(policy(strict, {}, name)) }], sha256);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.set;
}

it("one generation decides a review (T75), though another is loaded while it waits for evidence", async () => {
  const [before, after] = [setOf("before"), setOf("after")];
  let inForce = before;
  const good = evaluation();
  const gate = createGate({
    policies: () => inForce,
    namespaceLabels: () => ({ "assaygate.dev/environment": "production" }),
    store: createArtifactCache(createMemorySource(good), { hit: () => undefined, miss: () => undefined }),
    kinds: builtinKinds,
    controllers: builtinControllers,
    settings: { noMatch: "Admit", maxExceptionMs: 0 },
    now: () => new Date(now),
    elapsedMs: () => 0,
  });
  const judging = gate.judge(parseReview(review(deployment(referenceTo(good)))), {
    signal: () => AbortSignal.timeout(10_000),
  });
  expect(judging).toBeInstanceOf(Promise);
  inForce = after;
  const { decision, generation } = await judging;
  expect(generation).toBe(before.digest);
  expect(decision.policies.map(({ name }) => name)).toEqual(["before"]);
});
