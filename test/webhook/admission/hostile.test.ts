import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { policy } from "../../support/builders/policy.ts";
import { startTestGate, type TestGate } from "../../support/gate.ts";
import { hostileReview, hostileShapes } from "../../support/hostile-shapes/shapes.ts";

/** The whole way of a review, its record included: whatever the object is, the gate has an answer of its own for it. */
describe("a hostile review is answered", () => {
  let gate: TestGate;
  beforeAll(async () => {
    gate = await startTestGate({ "policy.yaml": policy({ environment: ["production"] }) });
  });
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
  });

  it.each(hostileShapes.map(({ name, make }) => [name, make] as const))("%s", async (_name, make) => {
    const { status, body } = await gate.send({ body: hostileReview(make(300 * 1024)) });
    expect(status).toBe(200);
    expect(body).not.toContain("INTERNAL_ERROR");
  });
});
