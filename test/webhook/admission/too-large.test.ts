import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Json } from "../../support/builders/json.ts";
import { policy } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { deployment } from "../../support/builders/workload.ts";
import { startTestGate, type TestGate } from "../../support/gate.ts";
import { mostValues } from "../../../webhook/server/review-json.ts";

const asks = { environment: ["production"] };
const containers = Array.from({ length: mostValues }, (): Json => ({}));
const large = deployment(undefined, { spec: { template: { spec: { containers } } } });
const small = deployment(undefined);

/** Of objects that are not even parsed: they hold more values than any real one (T53). */
describe("an object of too many values", () => {
  let gate: TestGate;
  beforeAll(async () => {
    gate = await startTestGate({ "policy.yaml": policy(asks, { match: { namespaces: ["prod-chat"] } }) });
  });
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
  });

  const ask = async (object: Json, change: Json = {}): Promise<string> => {
    const { allowed, auditAnnotations, status } = await gate.review(review(object, change));
    const { basis, reasons } = auditAnnotations as { basis?: string; reasons?: string };
    return allowed ? `admitted: ${basis}` : `denied: ${reasons}: ${status?.message}`;
  };

  it("is denied, with what was counted", async () => {
    expect(await ask(large)).toMatch(/^denied: WORKLOAD_TOO_LARGE: .*more than 262144 values in one object/s);
  });

  it("is denied where no policy may be about it, too: which ones are stands in what is not parsed", async () => {
    expect(await ask(large, { namespace: "scratch" })).toContain("denied: WORKLOAD_TOO_LARGE");
  });

  it("is outside where the gate does not read its kind", async () => {
    const kind = { group: "acme.example", version: "v1", kind: "List" };
    expect(await ask(large, { kind })).toBe("admitted: no-policy");
  });

  it("can be made small: then it is judged as if it were created", async () => {
    expect(await ask(small, { operation: "UPDATE", oldObject: large })).toContain("denied: EVIDENCE_MISSING");
    expect(await ask(small, { operation: "UPDATE", oldObject: small })).toBe("admitted: unchanged");
  });

  it("is not looked at by the paths that answer without a decision", async () => {
    const body = JSON.stringify(review(large));
    expect(await gate.send({ path: "/validate-policy", body })).toMatchObject({ status: 413 });
  });
});
