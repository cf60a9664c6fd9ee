import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { decide, defaultSettings } from "../../policies/decision/decide.ts";
import type { Policy } from "../../policies/policy.ts";
import { listKeysRead } from "../../policies/decision/read-keys.ts";
import { readObject } from "../../workload/read.ts";
import { isSameReading } from "../../workload/unchanged.ts";
import { aPolicy, now } from "../support/builders/decision.ts";
import { digest, found, full } from "../support/builders/evidence.ts";
import { type Json, merge } from "../support/builders/json.ts";
import { aContainer, aDeployment, inputFor } from "../support/builders/workload.ts";

/*
 * Law 9: what is admitted as unchanged would be decided as it was before. Objects are a minimal one with some of many changes,
 * and so are policies; every pair of two states is compared.
 */

const good = "ibm-granite/granite-3.1-8b-instruct";
const onPod = (change: Json): Json => ({ pod: change });
const onServer = (change: Json): Json => ({ server: change });
const own = (change: Json): Json => ({ metadata: change });
const gpu = { limits: { "nvidia.com/gpu": "1" } };
const product = (name: string): Json => ({ "nvidia.com/gpu.product": name });
const mount = [{ name: "models", mountPath: "/models" }];

/** Changes of one object, by what they touch: of each group at most one is made. */
const groups: readonly (readonly Json[])[] = [
  [
    own({ labels: { risk: "low" } }),
    own({ labels: { risk: "high" } }),
    own({ labels: { "acme.example/risk": "high", tier: "gold" } }),
    own({ labels: { version: "3.1.0", tier: "gold" } }),
  ],
  [
    own({ annotations: { "assaygate.dev/evaluation": full(1).text } }),
    own({ annotations: { "assaygate.dev/evaluation": full(2).text } }),
    own({ annotations: { "assaygate.dev/evaluation": "latest" } }),
  ],
  [
    own({ annotations: { risk: "low", "assaygate.dev/model-name": good } }),
    own({ annotations: { risk: "high", "assaygate.dev/model-version": "3.1.0" } }),
    own({ annotations: { "assaygate.dev/prompt-digest": digest(77), "assaygate.dev/model-name": "other" } }),
    own({ annotations: { "deployment.kubernetes.io/revision": "7" } }),
  ],
  [
    { template: { annotations: { "assaygate.dev/model-name": "other" } } },
    { template: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" }, labels: { version: "3.0.0" } } },
    { template: { annotations: { "gpu-fraction": "0.5" } } },
  ],
  [
    onServer({ args: ["--model", good, "--revision", "3.1.0", "--served-model-name", "a"] }),
    onServer({ args: ["--model", good, "--revision", "3.0.0", "--served-model-name", "b"] }),
    onServer({ args: ["--model", "other"] }),
    onServer({ args: ["--model", "/models/x", "--served-model-name", good] }),
    onServer({ args: ["--model", good, "--quantization", "fp8", "--lora-modules", "sql-lora=a/b"] }),
    onServer({ command: ["/app/run"], args: ["--served-model-name", good, "--stage", "production"] }),
    onServer({ command: ["sleep", "1"], args: [] }),
    onServer({ args: [] }),
  ],
  [
    onServer({ image: `acme.example/vllm@${digest(5)}` }),
    onServer({ image: "acme/other:1" }),
    onServer({ image: null }),
  ],
  [
    onServer({ env: [{ name: "HF_ENDPOINT", value: "https://hub.example" }] }),
    onServer({ env: [{ name: "LOG", value: "a" }] }),
    onServer({ envFrom: [{ configMapRef: { name: "settings" } }] }),
    onServer({ lifecycle: { postStart: { exec: { command: ["vllm", "serve", "other"] } } } }),
    onServer({ livenessProbe: { httpGet: { port: 80 } } }),
  ],
  [
    onServer({ resources: gpu }),
    onServer({ securityContext: { privileged: true } }),
    onServer({ resources: { limits: { "acme.example/x": "1" } } }),
  ],
  [
    onPod({ nodeSelector: product("NVIDIA-H100-80GB-HBM3") }),
    onPod({ nodeSelector: product("NVIDIA-A100-SXM4-80GB") }),
    onPod({ nodeSelector: { "cloud.example/group": "a" } }),
    onPod({ tolerations: [{ operator: "Exists" }], schedulingGates: [{ name: "a" }] }),
    onPod({ runtimeClassName: "nvidia" }),
    onPod({ resourceClaims: [{ name: "a", resourceClaimName: "a" }] }),
  ],
  [
    onPod({ volumes: [{ name: "models", emptyDir: {} }] }),
    onPod({ volumes: [{ name: "models", persistentVolumeClaim: { claimName: "a" } }] }),
    onPod({ volumes: [{ name: "models", image: { reference: `quay.io/acme/${good}@${digest(66)}` } }] }),
    onPod({ volumes: [{ name: "models", hostPath: { path: "/dev" } }] }),
  ],
  [onServer({ volumeMounts: mount }), onPod({ shareProcessNamespace: true })],
  [
    onPod({
      initContainers: [
        { name: "i", image: "i", command: ["hf", "download", good, "--local-dir", "/models/x"], volumeMounts: mount },
      ],
    }),
    onPod({
      initContainers: [
        {
          name: "i",
          image: "i",
          command: ["hf", "download", "other", "--local-dir", "/models/x"],
          volumeMounts: mount,
        },
      ],
    }),
    onPod({ initContainers: [{ name: "i", image: "i", command: ["/app/fetch"], volumeMounts: mount }] }),
    onPod({ ephemeralContainers: [{ name: "d", image: "busybox" }] }),
    onPod({ ephemeralContainers: [{ name: "d", image: "busybox", command: ["vllm", "serve", "other"] }] }),
    onPod({ ephemeralContainers: [{ name: "d", image: "busybox", args: ["--served-model-name", good] }] }),
    onPod({ ephemeralContainers: Array.from({ length: 600 }, (_, at) => ({ name: `c${at}` })) }),
  ],
  [{ spec: { replicas: 3 } }, { status: { replicas: 1 } }, own({ finalizers: ["a"] })],
];

interface Parts {
  readonly metadata?: Json;
  readonly template?: Json;
  readonly server?: Json;
  readonly pod?: Json;
  readonly spec?: Json;
  readonly status?: Json;
}

type Shape = (parts: Parts) => Json;
const podOf = ({ pod, server }: Parts): Json =>
  merge({ containers: [merge(aContainer(), server ?? {})] }, pod ?? {}) as Json;
const named = (metadata: Json = {}): Json => ({ name: "granite", namespace: "prod-chat", ...metadata });
const shapes: readonly Shape[] = [
  (parts) => ({
    ...aDeployment({
      metadata: parts.metadata ?? {},
      spec: parts.spec ?? {},
      template: parts.template ?? {},
      podSpec: podOf(parts),
    }),
    status: parts.status ?? {},
  }),
  (parts) => ({ apiVersion: "v1", kind: "Pod", metadata: named(parts.metadata), spec: podOf(parts) }),
  (parts) => ({
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: named(parts.metadata),
    spec: {
      predictor: {
        ...parts.pod,
        ...parts.template,
        minReplicas: parts.spec?.["replicas"] ?? 1,
        model: { modelFormat: { name: "vllm" }, storageUri: `hf://${good}:3.1.0`, ...parts.server },
      },
    },
  }),
  (parts) => ({
    apiVersion: "apps.nvidia.com/v1alpha1",
    kind: "NIMService",
    metadata: named(parts.metadata),
    spec: {
      ...parts.spec,
      image: { repository: "nvcr.io/nim/meta/llama", tag: "1" },
      annotations: parts.template?.["annotations"],
      nodeSelector: parts.pod?.["nodeSelector"],
      tolerations: parts.pod?.["tolerations"],
      resources: parts.server?.["resources"],
      env: parts.server?.["env"],
    },
  }),
];

/** What is proved under a policy that asks for little. */
const base: Json = {
  metadata: { annotations: { "assaygate.dev/evaluation": full(1).text } },
  server: { args: ["--model", good, "--revision", "3.1.0"], resources: gpu },
  pod: { nodeSelector: product("NVIDIA-H100-80GB-HBM3") },
};
const choice = (group: readonly Json[]): fc.Arbitrary<Json> => fc.constantFrom({}, ...group);
const made = (changes: readonly Json[]): Parts => changes.reduce<Json>((all, one) => merge(all, one) as Json, base);
/** An object with some changes, and the same with one of them exchanged. */
const states = fc
  .record({
    shape: fc.constantFrom(...shapes),
    changes: fc.tuple(...groups.map((group) => fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, choice(group)))),
    other: fc.constantFrom(...groups.keys()).chain((at) => fc.tuple(fc.constant(at), choice(groups[at] ?? []))),
  })
  .map(
    ({ shape, changes, other: [at, change] }) => [shape(made(changes)), shape(made(changes.with(at, change)))] as const,
  );

const asked = [
  {},
  { environment: ["SameAsWorkload"] },
  { hardwareClass: ["SameAsWorkload"] },
  { prompt: { digest: "SameAsWorkload" } },
  { model: { digest: "SameAsWorkload", adapters: "SameAsWorkload", quantization: "SameAsWorkload" } },
  { model: { name: "Any", version: "Any" }, complianceTags: ["eu-ai-act:art-15"] },
  { expressions: [{ cel: `!("risk" in workload.labels) || workload.labels["risk"] == "low"`, message: "low" }] },
  { expressions: [{ cel: `has(workload.labels.tier) && workload.labels.tier == "gold"`, message: "gold" }] },
  { expressions: [{ cel: `workload.annotations.all(key, workload.annotations[key] != "high")`, message: "not high" }] },
  { expressions: [{ cel: `size(workload.labels) < 2`, message: "few" }] },
  { expressions: [{ cel: `workload.hardwareClasses.exists(one, one == "nvidia-h100")`, message: "H100" }] },
  { expressions: [{ cel: `has(workload.model.name) && workload.model.name == "${good}"`, message: "granite" }] },
];
const required = fc.constantFrom(...asked).map((one) => ({ name: "only", ...one }));
const policies: fc.Arbitrary<Policy> = fc
  .record(
    {
      match: fc.constantFrom({ accelerator: "Required" }, { objectSelector: { matchLabels: { tier: "gold" } } }),
      exclude: fc.constantFrom({ objectSelector: { matchLabels: { risk: "low" } } }, { kinds: ["Pod"] }),
      require: fc.array(required, { minLength: 1, maxLength: 1 }),
      workload: fc.record(
        {
          modelName: fc.constantFrom(
            [{ argument: "--served-model-name" }],
            [{ annotation: "risk" }],
            [{ label: "tier" }],
          ),
          modelVersion: fc.constantFrom([{ label: "version" }], [{ argument: "--stage" }]),
          environment: fc.constantFrom([{ argument: "--stage" }], [{ label: "risk" }], [{ annotation: "risk" }]),
          declared: fc.constantFrom({ name: ["Place", "Image", "Opaque"] }, { version: "Refuse" }),
          openEnvironment: fc.constant("Accept"),
          images: fc.constant([`docker.io/acme/vllm@${digest(5)}`, `acme.example/vllm@${digest(5)}`]),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ["require"] },
  )
  .map((spec) => aPolicy(spec));

function decided(object: Json, policy: Policy): string {
  const { workload } = readObject(inputFor(object));
  const evidence = new Map([found(1), found(2, { annotations: { "dev.assaygate.model.name": "other" } })]);
  const { verdict, basis, findings } = decide({
    workload,
    evidence,
    policies: [policy],
    exceptions: [],
    now,
    settings: defaultSettings,
  });
  return JSON.stringify([verdict, basis, findings]);
}

describe("what is admitted as unchanged", () => {
  it("would be decided as it was before", () => {
    let same = 0;
    fc.assert(
      fc.property(states, policies, ([before, after], policy) => {
        const keys = listKeysRead({ policies: [policy], exceptions: [], digest: "" });
        const isSame = isSameReading(readObject(inputFor(before)), readObject(inputFor(after)), keys);
        if (!isSame) return;
        same += 1;
        expect(decided(after, policy)).toBe(decided(before, policy));
      }),
      { numRuns: 2_500 },
    );
    // So that the property is about something.
    expect(same).toBeGreaterThan(100);
  });
});
