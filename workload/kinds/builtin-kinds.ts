import { type HardwareElsewhere, nothingElsewhere } from "../hardware/hardware.ts";
import { aibrixKinds } from "./aibrix.ts";
import { bentoKinds } from "./bento.ts";
import { dynamoKinds } from "./dynamo.ts";
import { kaitoKinds } from "./kaito.ts";
import { type Kind, type KindDetails, type KindTable, defineKind, toKindKey, listPodsElsewhere } from "./kinds.ts";
import {
  readKserveHardware,
  readKserveModels,
  fillKservePlaceholders,
  readLlmHardware,
  readLlmModels,
  fillLlmPlaceholders,
} from "./kserve.ts";
import { kthenaKinds } from "./kthena.ts";
import { llmazKinds } from "./llmaz.ts";
import { nimKinds } from "./nim.ts";
import { omeKinds } from "./ome.ts";
import { readKubeAiModels, readRolloutModels } from "./operators.ts";
import { isSet, getSpec } from "./made-pods.ts";
import { compilePath, findValues } from "../path.ts";
import { type Fields, getFields } from "../shape.ts";
import { readRayClusterModels, readRayJobModels, makeRayJobPods, readRayServiceModels } from "./ray/clusters.ts";
import { roleBasedGroupKinds } from "./role-based-group.ts";
import { seldonKinds } from "./seldon.ts";
import { trainingKinds } from "./training.ts";
import { readVllmRuntimeModels, makeVllmRuntimePods } from "./vllm-runtime.ts";

const frameworks = [
  "sklearn",
  "xgboost",
  "tensorflow",
  "pytorch",
  "triton",
  "onnx",
  "huggingface",
  "pmml",
  "lightgbm",
  "paddle",
];
const predictors = ["spec.predictor", "spec.canary[*].predictor"];
const components = [...predictors, "spec.transformer", "spec.explainer"];
const scaling = ["replicas", "minReplicas", "maxReplicas", "scaling"];

const pod = { needsPod: true } as const;
const template = { templates: ["spec.template"], needsPod: true } as const;
const possibly = (): HardwareElsewhere => ({ accelerator: true, pods: undefined });

function sharedClaims(object: Fields): HardwareElsewhere {
  const group = getFields(getSpec(object), "template", "spec") ?? {};
  const places = ["resourceSharing", "resourceClaimTemplates"].map((key) => group[key]);
  const inner = ["cliques[*]", "podCliqueScalingGroups[*]"].flatMap((path) =>
    findValues(group, compilePath(`${path}.resourceSharing`), "spec.template"),
  );
  const isShared = [...places, ...inner.map(({ value }) => value)].some(isSet);
  return isShared ? listPodsElsewhere("what its shared claims give to its pods") : nothingElsewhere;
}

/** Kinds that need little more than paths. A Pod is its own template. */
const details: readonly KindDetails[] = [
  { group: "", kind: "Pod", templates: [""], ...pod },
  { group: "", kind: "ReplicationController", ...template },
  { group: "apps", kind: "ReplicaSet", ...template },
  { group: "apps", kind: "Deployment", ...template },
  { group: "apps", kind: "StatefulSet", ...template },
  { group: "apps", kind: "DaemonSet", ...template },
  { group: "batch", kind: "Job", ...template, variables: ["JOB_COMPLETION_INDEX"] },
  { group: "batch", kind: "CronJob", templates: ["spec.jobTemplate.spec.template"], ...pod },

  // https://lws.sigs.k8s.io/docs/reference/leaderworkerset.v1/
  {
    group: "leaderworkerset.x-k8s.io",
    kind: "LeaderWorkerSet",
    templates: ["spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate"],
    ...pod,
    variables: ["LWS_LEADER_ADDRESS", "LWS_GROUP_SIZE", "LWS_WORKER_INDEX"],
  },
  // https://github.com/kubernetes-sigs/lws/tree/main/api/disaggregatedset
  {
    group: "disaggregatedset.x-k8s.io",
    kind: "DisaggregatedSet",
    templates: ["leaderTemplate", "workerTemplate"].map((key) => `spec.roles[*].spec.leaderWorkerTemplate.${key}`),
    podMetadata: ["spec.roles[*].metadata"],
    variables: ["LWS_LEADER_ADDRESS", "LWS_GROUP_SIZE", "LWS_WORKER_INDEX"],
  },
  // https://github.com/ai-dynamo/grove. Shared claims are put into pods that do not name them.
  {
    group: "grove.io",
    kind: "PodCliqueSet",
    podSpecs: ["spec.template.cliques[*].spec.podSpec"],
    podMetadata: ["spec.template.cliques[*]"],
    hardwareElsewhere: sharedClaims,
    compared: [
      { path: "spec.template", except: ["cliques", "podCliqueScalingGroups"] },
      { path: "spec.template.cliques[*]", except: ["spec"] },
      { path: "spec.template.cliques[*].spec", except: ["replicas", "minAvailable", "autoScalingConfig"] },
      { path: "spec.template.podCliqueScalingGroups[*]", except: ["replicas", "minAvailable", "scaleConfig"] },
    ],
  },
  // https://jobset.sigs.k8s.io/docs/reference/jobset.v1alpha2/
  { group: "jobset.x-k8s.io", kind: "JobSet", templates: ["spec.replicatedJobs[*].template.spec.template"] },
  // https://knative.dev/docs/serving/reference/serving-api/
  { group: "serving.knative.dev", kind: "Service", ...template },
  // https://argo-rollouts.readthedocs.io/en/stable/features/specification/
  {
    group: "argoproj.io",
    kind: "Rollout",
    templates: ["spec.template"],
    models: readRolloutModels,
    hardwareElsewhere: ({ spec }) =>
      Object.hasOwn(Object(spec), "workloadRef") ? listPodsElsewhere("the pods of spec.workloadRef") : nothingElsewhere,
    compared: [{ path: "spec.workloadRef" }],
  },

  // https://docs.ray.io/en/latest/cluster/kubernetes/references.html
  {
    group: "ray.io",
    kind: "RayCluster",
    startsContainers: true,
    models: readRayClusterModels,
    templates: ["spec.headGroupSpec.template", "spec.workerGroupSpecs[*].template"],
  },
  {
    group: "ray.io",
    kind: "RayService",
    startsContainers: true,
    templates: ["spec.rayClusterConfig.headGroupSpec.template", "spec.rayClusterConfig.workerGroupSpecs[*].template"],
    models: readRayServiceModels,
    compared: [{ path: "spec.serveConfigV2" }],
  },
  {
    group: "ray.io",
    kind: "RayJob",
    startsContainers: true,
    templates: [
      "spec.rayClusterSpec.headGroupSpec.template",
      "spec.rayClusterSpec.workerGroupSpecs[*].template",
      "spec.submitterPodTemplate",
    ],
    models: readRayJobModels,
    madePods: makeRayJobPods,
    hardwareElsewhere: ({ spec }) =>
      Object.hasOwn(Object(spec), "rayClusterSpec")
        ? nothingElsewhere
        : listPodsElsewhere("the cluster that it runs in"),
    compared: [{ path: "spec.entrypoint" }, { path: "spec.runtimeEnvYAML" }, { path: "spec.clusterSelector" }],
  },

  // https://kserve.github.io/website/docs/reference/crd-api
  {
    group: "serving.kserve.io",
    kind: "InferenceService",
    podSpecs: [...components, ...predictors.map((path) => `${path}.workerSpec`)],
    containers: ["model", ...frameworks],
    podMetadata: components,
    models: (object) => readKserveModels(object, frameworks),
    hardwareElsewhere: readKserveHardware,
    placeholders: fillKservePlaceholders,
    compared: components.map((path) => ({
      path,
      except: [...scaling, "scaleTarget", "scaleMetric", "canaryTrafficPercent"],
    })),
  },
  {
    group: "serving.kserve.io",
    kind: "LLMInferenceService",
    podSpecs: [
      "spec.template",
      "spec.worker",
      "spec.prefill.template",
      "spec.prefill.worker",
      "spec.router.scheduler.template",
    ],
    podMetadata: ["spec", "spec.prefill"],
    models: readLlmModels,
    hardwareElsewhere: readLlmHardware,
    placeholders: fillLlmPlaceholders,
    compared: [
      { path: "spec", except: [...scaling, "router", "prefill"] },
      { path: "spec.prefill", except: scaling },
      { path: "spec.router.scheduler" },
    ],
  },

  // https://www.kubeai.org/reference/kubernetes-api/
  {
    group: "kubeai.org",
    kind: "Model",
    podSpecs: ["spec"],
    containers: [""],
    models: readKubeAiModels,
    hardwareElsewhere: possibly,
    compared: [
      {
        path: "spec",
        except: [
          ...scaling,
          "targetRequests",
          "scaleDownDelaySeconds",
          "autoscalingDisabled",
          "loadBalancing",
          "owner",
        ],
      },
    ],
  },
  // https://docs.vllm.ai/projects/production-stack/
  {
    group: "production-stack.vllm.ai",
    kind: "VLLMRuntime",
    models: readVllmRuntimeModels,
    madePods: makeVllmRuntimePods,
    compared: [
      { path: "spec", except: ["deploymentConfig", "autoscalingConfig", "topology"] },
      ...["spec.topology.prefill", "spec.topology.decode"].map((path) => ({ path, except: ["deploymentConfig"] })),
      ...["spec", "spec.topology.prefill", "spec.topology.decode"].map((path) => ({
        path: `${path}.deploymentConfig`,
        except: scaling,
      })),
    ],
  },
];

/** Of operators that have a file of their own. */
const operators: readonly KindDetails[] = [
  ...seldonKinds,
  ...nimKinds,
  ...dynamoKinds,
  ...kaitoKinds,
  ...aibrixKinds,
  ...roleBasedGroupKinds,
  ...kthenaKinds,
  ...llmazKinds,
  ...omeKinds,
  ...trainingKinds,
  ...bentoKinds,
];

/** Every kind that the gate reads, by its group and name. */
export const builtinKinds: KindTable = new Map<string, Kind>(
  [...details, ...operators].map((entry) => [toKindKey(entry.group, entry.kind), defineKind(entry)]),
);
