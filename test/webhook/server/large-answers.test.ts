import { expect, it } from "@jest/globals";
import { policy, strict } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { deployment } from "../../support/builders/workload.ts";
import { startTestGate } from "../../support/gate.ts";

const digest = (at: number): string => `sha256:${at.toString(16).padStart(64, "0")}`;
const references = Array.from({ length: 16 }, (_, at) => `registry.example.com/nobody/trusts@${digest(at)}`).join(",");
const containers = Array.from({ length: 40 }, (_, at) => ({
  name: `c${at}`,
  image: "vllm/vllm-openai:v0.11.0",
  args: ["--model", `acme/${"m".repeat(90)}-${at}`],
  resources: { limits: { "nvidia.com/gpu": "1" } },
}));

/** A name is validated after admission: before, it may be as long as the request. */
const name = "n".repeat(100_000);

it("a workload that much stands against has a record of at most 64 KiB, which says so, and an answer that is no longer than a person reads", async () => {
  await using gate = await startTestGate({ "policy.yaml": policy({ ...strict, environment: ["production"] }) });
  const object = deployment(references, { spec: { template: { spec: { containers } } } });
  const { body } = await gate.send({ body: JSON.stringify(review(object, { name })) });
  expect(JSON.parse(body)).toMatchObject({ response: { allowed: false, status: { code: 403 } } });
  expect(Buffer.byteLength(body)).toBeLessThan(128 * 1024);
  const record = gate.log.find(({ msg }) => msg === "decision");
  expect(Buffer.byteLength(JSON.stringify(record))).toBeLessThanOrEqual(64 * 1024);
  expect(record).toMatchObject({
    decision: "deny",
    reasons: ["REPOSITORY_NOT_TRUSTED"],
    policies: [{ name: "production-llm" }],
    truncated: { findings: expect.any(Number), texts: 1 },
  });
});
