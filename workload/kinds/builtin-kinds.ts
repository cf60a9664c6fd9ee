import { type Kind, type KindDetails, type KindTable, defineKind, kindKey } from "./kinds.ts";
import { isKServeHardwareElsewhere, kserveModels, llmModels } from "./kserve.ts";
import { isNimHardwareElsewhere, kubeAiModels, nimModels, rolloutModels, seldonModels } from "./operators.ts";
import { rayJobModels, rayJobPods, rayServiceModels } from "./ray.ts";
import { vllmRuntimeModels, vllmRuntimePods } from "./vllm-runtime.ts";

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
const always = (): boolean => true;

/** Every kind that the gate reads. A Pod is its own template. */
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
  // https://jobset.sigs.k8s.io/docs/reference/jobset.v1alpha2/
  { group: "jobset.x-k8s.io", kind: "JobSet", templates: ["spec.replicatedJobs[*].template.spec.template"] },
  // https://knative.dev/docs/serving/reference/serving-api/
  { group: "serving.knative.dev", kind: "Service", ...template },
  // https://argo-rollouts.readthedocs.io/en/stable/features/specification/
  {
    group: "argoproj.io",
    kind: "Rollout",
    templates: ["spec.template"],
    models: rolloutModels,
    isHardwareElsewhere: ({ spec }) => Object.hasOwn(Object(spec), "workloadRef"),
    compared: [{ path: "spec.workloadRef" }],
  },

  // https://docs.ray.io/en/latest/cluster/kubernetes/references.html
  {
    group: "ray.io",
    kind: "RayCluster",
    startsContainers: true,
    templates: ["spec.headGroupSpec.template", "spec.workerGroupSpecs[*].template"],
  },
  {
    group: "ray.io",
    kind: "RayService",
    startsContainers: true,
    templates: ["spec.rayClusterConfig.headGroupSpec.template", "spec.rayClusterConfig.workerGroupSpecs[*].template"],
    models: rayServiceModels,
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
    models: rayJobModels,
    madePods: rayJobPods,
    isHardwareElsewhere: ({ spec }) => !Object.hasOwn(Object(spec), "rayClusterSpec"),
    compared: [{ path: "spec.entrypoint" }, { path: "spec.runtimeEnvYAML" }, { path: "spec.clusterSelector" }],
  },

  // https://kserve.github.io/website/docs/reference/crd-api
  {
    group: "serving.kserve.io",
    kind: "InferenceService",
    podSpecs: [...components, ...predictors.map((path) => `${path}.workerSpec`)],
    containers: ["model", ...frameworks],
    podMetadata: components,
    models: (object) => kserveModels(object, frameworks),
    isHardwareElsewhere: isKServeHardwareElsewhere,
    compared: components.map((path) => ({
      path,
      except: [...scaling, "scaleTarget", "scaleMetric", "canaryTrafficPercent"],
    })),
  },
  {
    group: "serving.kserve.io",
    kind: "LLMInferenceService",
    podSpecs: ["spec.template", "spec.worker", "spec.prefill.template", "spec.prefill.worker"],
    podMetadata: ["spec", "spec.prefill"],
    models: llmModels,
    isHardwareElsewhere: always,
    compared: [
      { path: "spec", except: [...scaling, "router", "prefill"] },
      { path: "spec.prefill", except: scaling },
    ],
  },

  // https://docs.seldon.ai/seldon-core-2/user-guide/models
  {
    group: "mlops.seldon.io",
    kind: "Model",
    models: seldonModels,
    isHardwareElsewhere: always,
    compared: [{ path: "spec", except: scaling }],
  },
  // https://docs.nvidia.com/nim-operator/latest/service.html
  {
    group: "apps.nvidia.com",
    kind: "NIMService",
    podSpecs: ["spec"],
    containers: [""],
    podMetadata: ["spec"],
    models: nimModels,
    isHardwareElsewhere: isNimHardwareElsewhere,
    compared: [{ path: "spec", except: [...scaling, "scale", "metrics", "expose"] }],
  },
  // https://www.kubeai.org/reference/kubernetes-api/
  {
    group: "kubeai.org",
    kind: "Model",
    podSpecs: ["spec"],
    containers: [""],
    models: kubeAiModels,
    isHardwareElsewhere: always,
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
    models: vllmRuntimeModels,
    madePods: vllmRuntimePods,
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

export const builtinKinds: KindTable = new Map<string, Kind>(
  details.map((entry) => [kindKey(entry.group, entry.kind), defineKind(entry)]),
);
