import { describe, expect, it } from "@jest/globals";
import { allow } from "../../../webhook/admission/response.ts";
import { parseReview } from "../../../webhook/admission/review.ts";
import { builtinKinds } from "../../../workload/kinds/builtin-kinds.ts";
import { mergeKinds } from "../../../workload/kinds/kinds.ts";
import { checkKinds } from "../../../webhook/policy-set/policy-kinds.ts";
import { createPolicyReviewer } from "../../../webhook/admission/validate-policy.ts";
import { loadPolicySet } from "../../../policies/language/load.ts";
import { sha256 } from "../../../runtime/sha256.ts";
import { exception } from "../../support/builders/exception.ts";
import type { Json } from "../../support/builders/json.ts";
import { policy as policyOf, strict } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { startTestGate } from "../../support/gate.ts";
import { createProgram } from "../../cli/program.ts";

/** A policy that says what a declaration counts for. */
const policy = (asks?: Json, spec: Json = {}, name?: string): Json =>
  policyOf(asks, { workload: { declared: { version: "Accept" } }, ...spec }, name);

const now = new Date("2026-11-20T12:00:00Z");
const kinds = mergeKinds(builtinKinds, []);
const file = { path: "policies/base.yaml", text: JSON.stringify(policy(strict, {}, "base")) };
const loaded = loadPolicySet([file], sha256);
const reviewer = createPolicyReviewer({
  check: (one) => checkKinds(one, kinds),
  others: () => [file],
  set: () => (loaded.ok ? loaded.set : undefined),
  now: () => now,
  maxExceptionMs: 30 * 86_400_000,
});

const forBase = (spec: Json = {}): Json =>
  exception({ policies: ["base"], expiresAt: "2026-11-27T00:00:00Z", ...spec });

/** As the API server keeps it: with fields that no file may have. */
const stored = (object: Json): Json => ({
  ...object,
  metadata: { uid: "1", generation: 3, resourceVersion: "9", managedFields: [], ...(object["metadata"] as Json) },
  status: { conditions: [] },
});

const ask = (object: Json, change: Json = {}): ReturnType<typeof reviewer>["response"] =>
  reviewer(parseReview(review(stored(object), change))).response;

describe("POST /validate-policy", () => {
  it("allows a policy and an exception that lint has nothing against", () => {
    expect(ask(policy(strict))).toEqual(allow(parseReview(review(policy(strict)))).response);
    expect(ask(forBase())).toMatchObject({ allowed: true });
  });

  it.each<[string, Json, string]>([
    ["an unknown key", policy({ maxage: "30d" }), "spec.require[0].maxage: unknown key maxage: did you mean maxAge?"],
    ["an empty list", policy({ environment: [] }), "spec.require[0].environment: "],
    ["a requirement that asks for nothing", policy({ model: { name: "Any", version: "Any" } }), "asks for nothing"],
    [
      "a kind that the gate does not read",
      policy(strict, { match: { kinds: ["Deploymnet"] } }),
      "did you mean Deployment?",
    ],
    ["a selector that is wrong", policy(strict, { exclude: {} }), "leaves out every workload that match covers"],
    ["an exception without an owner", forBase({ owner: undefined }), "spec.owner: "],
    ["an exception without a reason", forBase({ reason: "" }), "spec.reason: "],
    ["an exception without an end", forBase({ expiresAt: undefined }), "spec.expiresAt: "],
    [
      "an exception that ends on 31 February",
      forBase({ expiresAt: "2026-02-31T00:00:00Z" }),
      "is not a time that exists",
    ],
  ])("refuses %s, in lint's words", async (_, object, words) => {
    const response = ask(object);
    expect(response).toMatchObject({ allowed: false, status: { code: 422, reason: "Invalid" } });
    const message = response.status?.message ?? "";
    expect(message).toContain(words);
    const [cause] = response.status?.details.causes ?? [];
    expect(cause?.field).toMatch(/^spec/);

    const program = await createProgram();
    await program.write("p.yaml", object);
    await program.write("base.yaml", policy(strict, {}, "base"));
    const lint = await program.run("lint", ".");
    await program.remove();
    expect(lint.code).toBe(2);
    expect(lint.out + lint.err).toContain(cause?.message);
  });

  it("refuses the name of a policy in a file", () => {
    const message = ask(policy(strict, {}, "base")).status?.message;
    expect(message).toContain("metadata.name: EvaluationPolicy base is already defined in policies/base.yaml");
  });

  it("refuses another kind, which only a wrong rule can bring here", () => {
    expect(ask({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } })).toMatchObject({ allowed: false });
  });

  it.each([null, 7, { metadata: 7 }])("refuses what is no object: %j", (object) => {
    expect(reviewer(parseReview(review(policy(strict), { object }))).response.allowed).toBe(false);
  });

  it("warns of what lint warns of", () => {
    expect(ask(forBase({ expiresAt: "9999-12-31T23:59:59Z" })).warnings).toEqual([
      expect.stringContaining("is more than 30 days ahead: this exception does nothing until 30 days before"),
    ]);
    expect(ask(forBase({ policies: ["bsae"] })).warnings).toEqual([expect.stringContaining("did you mean base?")]);
    expect(ask(policy(strict, { onUnavailable: "Warn" })).warnings).toHaveLength(1);
    expect(ask(policyOf(strict)).warnings).toEqual([expect.stringMatching(/even where an annotation names them/)]);
  });

  it("never refuses a deletion, nor a change of nothing that is judged", () => {
    const broken = policy({ maxage: "30d" });
    expect(ask(broken, { operation: "DELETE", object: null, oldObject: stored(broken) })).toMatchObject({
      allowed: true,
    });
    const finalized = {
      ...stored(broken),
      metadata: { name: "production-llm", finalizers: [], deletionTimestamp: "x" },
    };
    const update = review(finalized, { operation: "UPDATE", oldObject: stored(broken) });
    expect(reviewer(parseReview(update)).response).toMatchObject({ allowed: true });
    const worse = review(stored(policy({ maxxage: "30d" })), { operation: "UPDATE", oldObject: stored(broken) });
    expect(reviewer(parseReview(worse)).response).toMatchObject({ allowed: false });
  });

  it("is asked over TLS, also of a gate that has no policies yet", async () => {
    await using gate = await startTestGate({});
    const send = async (object: Json): Promise<{ response: { allowed: boolean } }> => {
      const reply = await gate.send({
        body: JSON.stringify(review(stored(object))),
        path: "/validate-policy?timeout=5s",
      });
      expect(reply.status).toBe(200);
      return JSON.parse(reply.body) as { response: { allowed: boolean } };
    };
    expect((await send(policy(strict))).response.allowed).toBe(true);
    expect((await send(policy({ maxage: "30d" }))).response.allowed).toBe(false);
    expect((await gate.send({ method: "GET", path: "/validate-policy" })).status).toBe(405);
    expect(gate.log.filter(({ msg }) => msg === "review answered")).toMatchObject([
      { path: "/validate-policy", name: "production-llm", user: "jane@example.com", allowed: true },
      { allowed: false, reason: expect.stringContaining("maxage") },
    ]);
    const metrics = await (await fetch(new URL("/metrics", gate.healthUrl))).text();
    expect(metrics).toContain('assaygate_plain_reviews_total{path="/validate-policy",allowed="false"} 1');
  });
});
