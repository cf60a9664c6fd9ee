import { describe, expect, it } from "@jest/globals";
import type { Policy } from "../../../policies/policy.ts";
import { resolveWorkload } from "../../../webhook/admission/gather.ts";
import type { ClaimResolver } from "../../../webhook/cluster/resolvers.ts";
import type { ClaimAnswer } from "../../../workload/hardware/claims.ts";
import { readWorkload } from "../../../workload/read.ts";
import { compiled, policy } from "../../support/builders/policy.ts";
import { inputFor } from "../../support/builders/workload.ts";
import { goldenWorkloads } from "../../support/workload-examples.ts";

const input = inputFor(goldenWorkloads.get("Deployment.apps--claims") ?? {});
const workload = readWorkload(input);
const resolveClaims = (claims: ClaimResolver | undefined, policies: readonly Policy[], deadline = soon()) =>
  resolveWorkload({ claims }, { input, workload, configMaps: new Set() }, policies, deadline);
const asking = [compiled(policy({ hardwareClass: ["SameAsWorkload"] }))];
const soon = () => ({ signal: () => AbortSignal.timeout(10_000) });
const ask = (deviceClass: string, productName: string): ClaimAnswer => ({
  kind: "found",
  requests: [[{ deviceClass, expressions: [`device.attributes["gpu.nvidia.com"].productName == "${productName}"`] }]],
});

/** Answers by the claim's name, and counts how often it was asked. */
function answering(answers: Readonly<Record<string, ClaimAnswer>>): ClaimResolver & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve(namespace, { object, name }) {
      asked.push(`${namespace}/${object}/${name}`);
      return Promise.resolve(answers[name] ?? { kind: "unknown", why: "there is none" });
    },
  };
}

describe("claims in other objects", () => {
  const h100 = ask("gpu.nvidia.com", "NVIDIA H100 80GB HBM3");
  const h200 = ask("gpu.nvidia.com", "NVIDIA H200");

  it("are looked up in the workload's namespace", async () => {
    const resolver = answering({ "single-h100": h100, "shared-gpu": h200 });
    const resolved = await resolveClaims(resolver, asking);
    expect(resolved.hardware).toMatchObject({ accelerator: "requested", classes: ["nvidia-h100", "nvidia-h200"] });
    expect(resolver.asked).toEqual([
      "prod-chat/ResourceClaimTemplate/single-h100",
      "prod-chat/ResourceClaim/shared-gpu",
    ]);
  });

  it("leave the class unknown when one of them does", async () => {
    const resolved = await resolveClaims(answering({ "single-h100": h100 }), asking);
    expect(resolved.hardware).toMatchObject({
      classes: [],
      problem: "ResourceClaim shared-gpu: there is none",
      couldNotLook: false,
    });
  });

  it.each<[string, readonly Policy[]]>([
    ["no policy is about the workload", []],
    ["no policy asks for its hardware", [compiled(policy({ hardwareClass: ["nvidia-h100"] }))]],
  ])("are not asked for where %s", (_what, policies) => {
    const resolver = answering({});
    expect(resolveClaims(resolver, policies)).toBe(workload);
    expect(resolver.asked).toEqual([]);
  });

  it("are not asked for without a resolver", () => {
    expect(resolveClaims(undefined, asking)).toBe(workload);
  });

  it("are waited for no longer than the review may take", async () => {
    const never: ClaimResolver = { resolve: () => new Promise(() => undefined) };
    const deadline = { signal: () => AbortSignal.timeout(20) };
    const resolved = await resolveClaims(never, asking, deadline);
    expect(resolved.hardware).toMatchObject({ classes: [], couldNotLook: true });
  });
});
