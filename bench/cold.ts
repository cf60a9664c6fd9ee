import { Agent } from "undici";
import { evaluation, referenceTo } from "../test/support/builders/evaluation.ts";
import { policy, strict } from "../test/support/builders/policy.ts";
import { review } from "../test/support/builders/review.ts";
import { deployment } from "../test/support/builders/workload.ts";
import { startTestGate } from "../test/support/gate.ts";
import { startHostileRegistry } from "../test/support/hostile-registry/server.ts";
import type { ReviewResponse } from "../webhook/admission/response.ts";

/** Many reviews of one digest that nobody has asked for before. */
export interface ColdBurst {
  readonly reviews: number;
  readonly admitted: number;
  readonly manifestRequests: number;
  readonly totalMs: number;
}

/** Many reviews at once of one digest that nobody has asked for yet, over TLS, against a registry that counts. */
export async function measureColdBurst(reviews: number): Promise<ColdBurst> {
  const artifact = evaluation();
  await using registry = await startHostileRegistry();
  registry.push("acme/evals", artifact);
  const asked = policy(
    { ...strict, environment: ["production"], maxAge: undefined },
    { evidence: { repositories: [`${registry.host}/acme/evals`] } },
  );
  await using gate = await startTestGate(
    { "policy.yaml": asked },
    { registries: [{ host: registry.host, plainHttp: true }], log: { level: "error" } },
  );
  const agent = new Agent({ connections: 100, connect: { rejectUnauthorized: false } });
  const body = JSON.stringify(review(deployment(referenceTo(artifact, `${registry.host}/acme/evals`))));
  const startMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: reviews }, async () => {
      const answer = await agent.request({
        origin: gate.url,
        path: "/validate",
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      return (await answer.body.json()) as ReviewResponse;
    }),
  );
  const totalMs = performance.now() - startMs;
  await agent.close();
  return {
    reviews,
    admitted: answers.filter(({ response }) => response.allowed).length,
    manifestRequests: registry.asked("manifest").length,
    totalMs,
  };
}
