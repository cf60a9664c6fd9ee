import type { Json } from "../support/artifacts.ts";

/** As much of an operator's custom resource definition as admission sees: names, versions, subresources. */
interface Definition {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  /** The last one is stored. */
  readonly versions: readonly [string, ...string[]];
  /** Where `kubectl scale` writes. */
  readonly replicas?: string;
}

const definitions: readonly Definition[] = [
  {
    group: "leaderworkerset.x-k8s.io",
    kind: "LeaderWorkerSet",
    plural: "leaderworkersets",
    versions: ["v1"],
    replicas: ".spec.replicas",
  },
  { group: "jobset.x-k8s.io", kind: "JobSet", plural: "jobsets", versions: ["v1alpha2"] },
  { group: "serving.knative.dev", kind: "Service", plural: "services", versions: ["v1"] },
  { group: "argoproj.io", kind: "Rollout", plural: "rollouts", versions: ["v1alpha1"], replicas: ".spec.replicas" },
  { group: "ray.io", kind: "RayCluster", plural: "rayclusters", versions: ["v1"] },
  { group: "ray.io", kind: "RayService", plural: "rayservices", versions: ["v1"] },
  { group: "ray.io", kind: "RayJob", plural: "rayjobs", versions: ["v1"] },
  { group: "serving.kserve.io", kind: "InferenceService", plural: "inferenceservices", versions: ["v1beta1"] },
  {
    group: "serving.kserve.io",
    kind: "LLMInferenceService",
    plural: "llminferenceservices",
    versions: ["v1alpha1", "v1alpha2"],
    replicas: ".spec.replicas",
  },
  { group: "mlops.seldon.io", kind: "Model", plural: "models", versions: ["v1alpha1"], replicas: ".spec.replicas" },
  { group: "kubeai.org", kind: "Model", plural: "models", versions: ["v1"], replicas: ".spec.replicas" },
  { group: "apps.nvidia.com", kind: "NIMService", plural: "nimservices", versions: ["v1alpha1"] },
  { group: "production-stack.vllm.ai", kind: "VLLMRuntime", plural: "vllmruntimes", versions: ["v1alpha1"] },
  {
    group: "disaggregatedset.x-k8s.io",
    kind: "DisaggregatedSet",
    plural: "disaggregatedsets",
    versions: ["v1"],
  },
  { group: "grove.io", kind: "PodCliqueSet", plural: "podcliquesets", versions: ["v1alpha1"] },
  { group: "apps.nvidia.com", kind: "NIMPipeline", plural: "nimpipelines", versions: ["v1alpha1"] },
  {
    group: "nvidia.com",
    kind: "DynamoGraphDeployment",
    plural: "dynamographdeployments",
    versions: ["v1alpha1", "v1beta1"],
  },
  { group: "kaito.sh", kind: "Workspace", plural: "workspaces", versions: ["v1beta1"] },
  { group: "kaito.sh", kind: "InferenceSet", plural: "inferencesets", versions: ["v1beta1"] },
  { group: "kaito.sh", kind: "RAGEngine", plural: "ragengines", versions: ["v1beta1"] },
  { group: "orchestration.aibrix.ai", kind: "StormService", plural: "stormservices", versions: ["v1alpha1"] },
  { group: "orchestration.aibrix.ai", kind: "RayClusterFleet", plural: "rayclusterfleets", versions: ["v1alpha1"] },
  { group: "model.aibrix.ai", kind: "ModelAdapter", plural: "modeladapters", versions: ["v1alpha1"] },
  {
    group: "workloads.x-k8s.io",
    kind: "RoleBasedGroup",
    plural: "rolebasedgroups",
    versions: ["v1alpha1", "v1alpha2"],
  },
  { group: "workload.serving.volcano.sh", kind: "ModelServing", plural: "modelservings", versions: ["v1alpha1"] },
  { group: "workload.serving.volcano.sh", kind: "ModelBooster", plural: "modelboosters", versions: ["v1alpha1"] },
  { group: "inference.llmaz.io", kind: "Playground", plural: "playgrounds", versions: ["v1alpha1"] },
  { group: "inference.llmaz.io", kind: "Service", plural: "services", versions: ["v1alpha1"] },
  { group: "ome.io", kind: "InferenceService", plural: "inferenceservices", versions: ["v1beta1"] },
  { group: "trainer.kubeflow.org", kind: "TrainJob", plural: "trainjobs", versions: ["v1alpha1"] },
  {
    group: "machinelearning.seldon.io",
    kind: "SeldonDeployment",
    plural: "seldondeployments",
    versions: ["v1"],
  },
  { group: "serving.yatai.ai", kind: "BentoDeployment", plural: "bentodeployments", versions: ["v2alpha1"] },
];

const anything: Json = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** Definitions of every custom kind that the gate reads: structural, and open where operators have their fields. */
export const kindDefinitions: readonly Json[] = definitions.map(({ group, kind, plural, versions, replicas }) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: `${plural}.${group}`,
    // Kubernetes asks for it in its own groups: https://github.com/kubernetes/enhancements/pull/1111
    annotations: { "api-approved.kubernetes.io": "unapproved, for tests" },
  },
  spec: {
    group,
    scope: "Namespaced",
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: versions.map((name, at) => ({
      name,
      served: true,
      storage: at === versions.length - 1,
      schema: { openAPIV3Schema: anything },
      subresources: {
        status: {},
        ...(replicas !== undefined && {
          scale: { specReplicasPath: replicas, statusReplicasPath: ".status.replicas" },
        }),
      },
    })),
  },
}));

/** Their names, for `kubectl wait`. */
export const definitionNames: readonly string[] = definitions.map(
  ({ group, plural }) => `customresourcedefinition/${plural}.${group}`,
);
