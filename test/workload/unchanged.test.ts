import { describe, expect, it } from "@jest/globals";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { readObject } from "../../workload/read.ts";
import { WorkloadError } from "../../workload/shape.ts";
import { isSameReading } from "../../workload/unchanged.ts";
import type { Json } from "../support/builders/json.ts";
import { aDeployment, inputFor } from "../support/builders/workload.ts";
import { examples } from "../support/workload-examples.ts";
import { withValue } from "../support/with-value.ts";

const keys = {
  labels: new Set<string>(),
  annotations: new Set(["assaygate.dev/evaluation", "assaygate.dev/model-name"]),
  own: { labels: new Set(["team"]), annotations: new Set<string>() },
  namespaceLabels: new Set<string>(),
  flags: new Set<string>(),
};

function isSameObject(before: Json, after: Json): boolean {
  return isSameReading(readObject(inputFor(before)), readObject(inputFor(after)), keys);
}

/** A copy, as if it had come over the wire. */
function asReceived(object: Json): Json {
  const copy: Json = JSON.parse(JSON.stringify(object));
  return copy;
}

function isSame(key: string, path: string, value: unknown): boolean {
  const before = asReceived(examples[key] ?? {});
  return isSameObject(before, withValue(before, path, value));
}

describe("nothing that a decision reads has changed", () => {
  it.each<[string, string, unknown]>([
    ["Deployment.apps", "spec.replicas", 5],
    ["Deployment.apps", "spec.strategy", { type: "Recreate" }],
    ["Deployment.apps", "status.readyReplicas", 1],
    ["Deployment.apps", "metadata.labels.other", "x"],
    ["Deployment.apps", "metadata.finalizers", []],
    ["Deployment.apps", "metadata.deletionTimestamp", "2026-11-20T12:00:00Z"],
    ["Deployment.apps", "spec.template.metadata.annotations.kubectl|kubernetes|io/restartedAt", "now"],
    ["Pod", "spec.nodeName", "node-1"],
    ["Deployment.apps", "spec.template.spec.volumes", []],
    ["Deployment.apps", "spec.template.spec.affinity", {}],
    ["Deployment.apps", "spec.template.spec.initContainers", [{ name: "i", image: "i" }]],
    ["Pod", "spec.ephemeralContainers", [{ name: "debug", image: "busybox" }]],
    ["InferenceService.serving.kserve.io", "spec.predictor.tolerations", [{ operator: "Exists" }]],
    ["InferenceService.serving.kserve.io", "spec.predictor.model.resources.limits.cpu", "3"],
    ["NIMService.apps.nvidia.com", "spec.tolerations", [{ operator: "Exists" }]],
    ["RayCluster.ray.io", "spec.workerGroupSpecs.0.replicas", 4],
    ["InferenceService.serving.kserve.io", "spec.predictor.minReplicas", 3],
    ["LLMInferenceService.serving.kserve.io", "spec.replicas", 3],
    ["LLMInferenceService.serving.kserve.io", "spec.prefill.replicas", 3],
    ["NIMService.apps.nvidia.com", "spec.replicas", 3],
    ["Model.kubeai.org", "spec.replicas", 3],
    ["VLLMRuntime.production-stack.vllm.ai", "spec.deploymentConfig.replicas", 3],
  ])("%s %s", (key, path, value) => {
    expect(isSame(key, path, value)).toBe(true);
  });
});

const expression = { key: "nvidia.com/gpu.product", operator: "In", values: ["NVIDIA-A100-SXM4-80GB"] };
const terms = [{ matchExpressions: [expression] }];
const pinned = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };

describe("something that a decision may read has changed", () => {
  const container = "spec.template.spec.containers.0";
  it.each<[string, string, unknown]>([
    ["Deployment.apps", `${container}.image`, "evil"],
    ["Deployment.apps", `${container}.args.1`, "other/model"],
    ["Deployment.apps", `${container}.env.1.value`, "x"],
    ["Deployment.apps", `${container}.volumeMounts`, [{ name: "v", mountPath: "/m" }]],
    ["Deployment.apps", "spec.template.spec.nodeSelector", {}],
    ["Deployment.apps", "spec.template.spec.affinity", pinned],
    [
      "Deployment.apps",
      "spec.template.spec.initContainers",
      [{ name: "i", image: "i", command: ["hf", "download", "a/b"] }],
    ],
    ["Deployment.apps", "metadata.labels.team", "b"],
    ["Deployment.apps", "metadata.annotations.assaygate|dev/evaluation", "sha256:"],
    ["Deployment.apps", "spec.template.metadata.annotations.assaygate|dev/model-name", "x"],
    ["Pod", "spec.ephemeralContainers", [{ name: "debug", image: "busybox", securityContext: { privileged: true } }]],
    ["Pod", "spec.containers.0.image", "evil"],
    ["CronJob.batch", "spec.jobTemplate.spec.template.spec.containers.0.image", "evil"],
    [
      "JobSet.jobset.x-k8s.io",
      "spec.replicatedJobs.2",
      { template: { spec: { template: { spec: { containers: [] } } } } },
    ],
    ["RayService.ray.io", "spec.serveConfigV2", "applications: []"],
    ["RayJob.ray.io", "spec.entrypoint", "python evil.py"],
    ["Rollout.argoproj.io", "spec.workloadRef", { name: "other" }],
    ["InferenceService.serving.kserve.io", "spec.predictor.model.storageUri", "hf://acme/evil"],
    ["InferenceService.serving.kserve.io", "spec.predictor.model.runtime", "other"],
    ["InferenceService.serving.kserve.io", "spec.predictor.annotations.assaygate|dev/model-name", "x"],
    ["InferenceService.serving.kserve.io", "spec.canary", [{ predictor: { model: { storageUri: "hf://a/b" } } }]],
    ["LLMInferenceService.serving.kserve.io", "spec.baseRefs.0.name", "other"],
    ["LLMInferenceService.serving.kserve.io", "spec.prefill.template.containers.0.args", ["--model", "a/b"]],
    ["Model.mlops.seldon.io", "spec.storageUri", "gs://evil"],
    ["NIMService.apps.nvidia.com", "spec.image.tag", "2"],
    ["NIMService.apps.nvidia.com", "spec.env", [{ name: "NIM_MODEL_NAME", value: "a/b" }]],
    ["Model.kubeai.org", "spec.url", "hf://a/b"],
    ["VLLMRuntime.production-stack.vllm.ai", "spec.vllmConfig.extraArgs", ["--revision=b"]],
    ["VLLMRuntime.production-stack.vllm.ai", "spec.deploymentConfig.image.name", "evil"],
  ])("%s %s", (key, path, value) => {
    expect(isSame(key, path, value)).toBe(false);
  });

  it.each([...builtinKinds.keys()])("%s is the same as itself", (key) => {
    const before = asReceived(examples[key] ?? {});
    expect(isSameObject(before, asReceived(before))).toBe(true);
  });

  it("an annotation was taken away", () => {
    const before = aDeployment({ metadata: { annotations: { "assaygate.dev/evaluation": "x" } } });
    expect(isSameObject(before, aDeployment())).toBe(false);
  });
});

describe("an object that is not an object", () => {
  it.each([null, undefined, [], "x"])("%j is an error, not the same", (before) => {
    expect(() => readObject({ ...inputFor(aDeployment()), object: before })).toThrow(WorkloadError);
  });
});

describe("an object of any depth", () => {
  const nested = (depth: number, inmost: unknown): unknown => {
    let value = inmost;
    for (let at = 0; at < depth; at += 1) value = { a: [value] };
    return value;
  };
  it.each<[string, string]>([
    ["Pod", "spec.containers.0.env"],
    ["InferenceService.serving.kserve.io", "spec.predictor.model.own"],
    ["Model.mlops.seldon.io", "spec.own"],
  ])("is compared to its end: %s %s", (key, path) => {
    const at = (inmost: number): Json =>
      path.endsWith("env")
        ? withValue(examples[key] ?? {}, path, [{ name: "A", value: "a", own: nested(9_000, inmost) }])
        : withValue(examples[key] ?? {}, path, nested(9_000, inmost));
    expect(isSameObject(at(1), at(1))).toBe(true);
    expect(isSameObject(at(1), at(2))).toBe(false);
  });
});
