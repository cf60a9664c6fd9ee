import { expect, test } from "@jest/globals";
import { loadPolicySet } from "../../policies/language/load.ts";
import type { PolicySet } from "../../policies/policy.ts";
import type { ReviewResult } from "../../webhook/admission/gate.ts";
import { parseReview } from "../../webhook/admission/review.ts";
import { configSchema } from "../../config/config.ts";
import { sha256 } from "../../runtime/sha256.ts";
import { createMetrics, type Metrics } from "../../webhook/telemetry/metrics.ts";
import { listConfiguredHosts } from "../../webhook/telemetry/registry-hosts.ts";
import { policy, strict } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";

const make = (hosts: readonly string[] = []): Metrics =>
  createMetrics({ knowsKind: () => true, inFlight: () => 0, waiting: () => 0, hosts });

function policySet(name: string, repository = "quay.io/acme/evals"): PolicySet {
  const document = policy(strict, { evidence: { repositories: [repository] } }, name);
  const loaded = loadPolicySet([{ path: "policy.json", text: JSON.stringify(document) }], sha256);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.set;
}

async function series(metrics: Metrics, name: string): Promise<string[]> {
  return (await metrics.registry.metrics()).split("\n").filter((line) => line.startsWith(`${name}{`));
}

function judgedBy(name: string): ReviewResult {
  return {
    decision: {
      verdict: "admit",
      basis: "judged",
      couldNotLook: false,
      object: { group: "apps", version: "v1", kind: "Deployment", namespace: "n", name: "d" },
      findings: [],
      policies: [{ name, digest: "", mode: "Enforce", outcome: "pass" }],
      evidence: [],
      exceptions: [],
      warnings: [],
      time: new Date(0),
    },
    generation: "",
    durationMs: { read: 0, collect: 0, decide: 0 },
    cached: true,
  };
}

test("hosts that nobody configured or trusts are one series, whatever they are called and answer (T58)", async () => {
  const { registries } = configSchema.parse({
    policies: { directory: "p" },
    registries: [
      {
        host: "registry.acme.example",
        url: "https://internal.acme.example:5000",
        mirror: { url: "https://harbor.acme.example/proxy" },
        tokenRealms: ["https://auth.acme.example"],
        redirectHosts: ["storage.acme.example"],
      },
    ],
  });
  const metrics = make(listConfiguredHosts(registries));
  metrics.policiesLoaded(policySet("one", "docker.io/acme/evals"));
  const known = [
    "registry.acme.example",
    "internal.acme.example:5000",
    "harbor.acme.example",
    "auth.acme.example",
    "storage.acme.example",
    "registry-1.docker.io",
  ];
  for (const host of known) metrics.registryAsked(host, 200);
  for (let at = 0; at < 100; at += 1) metrics.registryAsked(`${at}.evil.example`, 900 + at);
  metrics.registryAsked("evil.example", undefined);
  expect(await series(metrics, "assaygate_registry_requests_total")).toEqual([
    ...known.map((host) => `assaygate_registry_requests_total{host="${host}",status="200"} 1`),
    'assaygate_registry_requests_total{host="other",status="9xx"} 100',
    'assaygate_registry_requests_total{host="other",status="none"} 1',
  ]);
});

test("series of a policy go with it", async () => {
  const metrics = make();
  const asked = parseReview(review(deployment(undefined)));
  metrics.policiesLoaded(policySet("one"));
  metrics.reviewed(asked, judgedBy("one"), 0);
  metrics.policiesLoaded(policySet("two"));
  metrics.reviewed(asked, judgedBy("two"), 0);
  expect(await series(metrics, "assaygate_policy_reviews_total")).toEqual([
    'assaygate_policy_reviews_total{policy="two",mode="Enforce",outcome="pass"} 1',
  ]);
  expect(await series(metrics, "assaygate_policy_set_info")).toHaveLength(1);
  expect(await metrics.registry.metrics()).toContain("assaygate_policy_set_generation 2\n");
});

test("accelerators that no policy was about are counted, and rehearsals are not", async () => {
  const metrics = make();
  const unjudged: ReviewResult = { ...judgedBy("one"), unjudgedAccelerator: "unknown" };
  const { object } = unjudged.decision;
  const head = parseReview(review(deployment(undefined)));
  metrics.reviewed(head, unjudged, 0.1);
  metrics.reviewed({ ...head, dryRun: true }, unjudged, 0.1);
  metrics.reviewed(head, { ...unjudged, unjudgedAccelerator: "none" }, 0.1);
  expect(await series(metrics, "assaygate_unjudged_accelerator_workloads_total")).toEqual([
    `assaygate_unjudged_accelerator_workloads_total{kind="${object.kind}",accelerator="unknown"} 1`,
  ]);
});
