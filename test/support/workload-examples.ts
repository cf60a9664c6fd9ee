import { anObject, type Json } from "./workloads.ts";

/** One realistic object for each kind, by its key in the table. After the operators' own samples. */

const granite = "ibm-granite/granite-3.1-8b-instruct";
const nodeSelector = { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" };
const gpu: Json = { limits: { "nvidia.com/gpu": "1", cpu: "8", memory: "64Gi" } };

const server: Json = {
  name: "vllm",
  image: "vllm/vllm-openai:v0.11.0",
  command: ["vllm", "serve", granite],
  args: ["--served-model-name", "granite", "--max-model-len", "8192"],
  env: [
    { name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "hf", key: "token" } } },
    { name: "VLLM_LOGGING_LEVEL", value: "INFO" },
  ],
  ports: [{ containerPort: 8000 }],
  resources: gpu,
};
const podSpec: Json = {
  nodeSelector,
  containers: [server],
  tolerations: [{ key: "nvidia.com/gpu", operator: "Exists" }],
};
const template: Json = { metadata: { labels: { app: "granite" } }, spec: podSpec };
const selector: Json = { matchLabels: { app: "granite" } };

const deployment = anObject("apps/v1", "Deployment", {
  replicas: 2,
  selector,
  template: {
    metadata: { labels: { app: "granite" }, annotations: { "prometheus.io/scrape": "true" } },
    spec: {
      ...podSpec,
      containers: [{ ...server, command: undefined, args: ["--model", granite, "--revision", "main", "--port=8000"] }],
      volumes: [{ name: "shm", emptyDir: { medium: "Memory" } }],
    },
  },
});

const rayWorker = (selectors: Json): Json => ({
  groupName: "gpu",
  replicas: 1,
  rayStartParams: {},
  template: {
    spec: {
      nodeSelector: selectors,
      containers: [{ name: "ray-worker", image: "rayproject/ray-llm:2.46.0", resources: gpu }],
    },
  },
});
const rayHead: Json = {
  rayStartParams: { "num-cpus": "0" },
  template: {
    spec: {
      containers: [{ name: "ray-head", image: "rayproject/ray-llm:2.46.0", resources: { limits: { cpu: "2" } } }],
    },
  },
};

const serveConfigV2 = `
applications:
- name: llms
  import_path: ray.serve.llm:build_openai_app
  route_prefix: "/"
  args:
    llm_configs:
    - model_loading_config:
        model_id: qwen2.5-7b-instruct
        model_source: Qwen/Qwen2.5-7B-Instruct
      engine_kwargs:
        dtype: bfloat16
        revision: r1
        quantization: awq
        max_model_len: 1024
      accelerator_type: L4
    - model_loading_config:
        model_id: own
        model_source:
          bucket_uri: s3://acme/own
`;

export const examples: Readonly<Record<string, Json>> = {
  Pod: {
    ...anObject("v1", "Pod", {
      ...podSpec,
      containers: [
        { ...server, command: ["python3", "-m", "vllm.entrypoints.openai.api_server"], args: [`--model=${granite}`] },
      ],
    }),
  },
  ReplicationController: anObject("v1", "ReplicationController", {
    replicas: 1,
    selector: { app: "granite" },
    template,
  }),
  "ReplicaSet.apps": anObject("apps/v1", "ReplicaSet", { replicas: 1, selector, template }),
  "Deployment.apps": deployment,
  "StatefulSet.apps": anObject("apps/v1", "StatefulSet", { serviceName: "granite", replicas: 1, selector, template }),
  "DaemonSet.apps": anObject("apps/v1", "DaemonSet", { selector, template }),
  "Job.batch": anObject("batch/v1", "Job", {
    backoffLimit: 0,
    template: { ...template, spec: { ...podSpec, restartPolicy: "Never" } },
  }),
  "CronJob.batch": anObject("batch/v1", "CronJob", { schedule: "0 3 * * *", jobTemplate: { spec: { template } } }),

  "LeaderWorkerSet.leaderworkerset.x-k8s.io": anObject("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", {
    replicas: 1,
    leaderWorkerTemplate: {
      size: 2,
      leaderTemplate: {
        metadata: { labels: { role: "leader" } },
        spec: {
          nodeSelector,
          containers: [
            {
              name: "vllm-leader",
              command: [
                "sh",
                "-c",
                "bash /vllm-workspace/multi-node-serving.sh leader --ray_cluster_size=$(LWS_GROUP_SIZE);\npython3 -m vllm.entrypoints.openai.api_server --port 8080 --model meta-llama/Llama-3.1-405B-Instruct --tensor-parallel-size 8 --pipeline_parallel_size 2",
              ],
              resources: { limits: { "nvidia.com/gpu": "8" } },
            },
          ],
        },
      },
      workerTemplate: {
        spec: {
          nodeSelector,
          containers: [
            {
              name: "vllm-worker",
              command: [
                "sh",
                "-c",
                "bash /vllm-workspace/multi-node-serving.sh worker --ray_address=$(LWS_LEADER_ADDRESS)",
              ],
              resources: { limits: { "nvidia.com/gpu": "8" } },
            },
          ],
        },
      },
    },
  }),
  "JobSet.jobset.x-k8s.io": anObject("jobset.x-k8s.io/v1alpha2", "JobSet", {
    replicatedJobs: [
      {
        name: "driver",
        template: {
          spec: { template: { spec: { containers: [{ name: "driver", image: "acme/driver", args: ["--wait"] }] } } },
        },
      },
      { name: "server", replicas: 2, template: { spec: { template } } },
    ],
  }),
  "Service.serving.knative.dev": anObject("serving.knative.dev/v1", "Service", {
    template: {
      metadata: { annotations: { "autoscaling.knative.dev/min-scale": "1" } },
      spec: { ...podSpec, containerConcurrency: 10 },
    },
  }),
  "Rollout.argoproj.io": anObject("argoproj.io/v1alpha1", "Rollout", {
    replicas: 3,
    selector,
    strategy: { canary: {} },
    template,
  }),

  "RayCluster.ray.io": anObject("ray.io/v1", "RayCluster", {
    rayVersion: "2.46.0",
    headGroupSpec: rayHead,
    workerGroupSpecs: [rayWorker(nodeSelector)],
  }),
  "RayService.ray.io": anObject("ray.io/v1", "RayService", {
    serveConfigV2,
    rayClusterConfig: {
      headGroupSpec: rayHead,
      workerGroupSpecs: [rayWorker({ "cloud.google.com/gke-accelerator": "nvidia-l4" })],
    },
  }),
  "RayJob.ray.io": anObject("ray.io/v1", "RayJob", {
    entrypoint: `python -m vllm.entrypoints.openai.api_server --model ${granite} --port 8000`,
    rayClusterSpec: { headGroupSpec: rayHead, workerGroupSpecs: [rayWorker(nodeSelector)] },
  }),

  "InferenceService.serving.kserve.io": anObject("serving.kserve.io/v1beta1", "InferenceService", {
    predictor: {
      minReplicas: 1,
      annotations: { "example.com/team": "chat" },
      nodeSelector,
      model: {
        modelFormat: { name: "huggingface" },
        storageUri: `hf://${granite}:v2`,
        args: [
          "--model_name=granite",
          "--dtype=bfloat16",
          "--quantization=fp8",
          "--enable-lora",
          "--lora-modules",
          "sql=/mnt/adapters/sql",
        ],
        resources: gpu,
      },
    },
  }),
  "LLMInferenceService.serving.kserve.io": anObject("serving.kserve.io/v1alpha2", "LLMInferenceService", {
    model: {
      uri: "hf://meta-llama/Llama-3.1-8B-Instruct",
      name: "llama",
      lora: {
        adapters: [
          { name: "style", uri: "s3://acme/style" },
          { name: "sql", uri: "hf://acme/sql-lora" },
        ],
      },
    },
    baseRefs: [{ name: "workload-single-node-gpu" }],
    replicas: 2,
    router: { route: {}, gateway: {}, scheduler: {} },
    template: {
      nodeSelector,
      containers: [
        {
          name: "main",
          command: ["/bin/bash", "-c"],
          args: ['vllm serve /mnt/models --served-model-name "llama" --port 8000'],
          resources: gpu,
        },
      ],
    },
    prefill: { replicas: 1, template: { nodeSelector, containers: [{ name: "main", resources: gpu }] } },
  }),

  "Model.mlops.seldon.io": anObject("mlops.seldon.io/v1alpha1", "Model", {
    storageUri: "gs://seldon-models/llm/granite",
    requirements: ["vllm"],
    memory: "16Gi",
  }),
  "NIMService.apps.nvidia.com": anObject("apps.nvidia.com/v1alpha1", "NIMService", {
    image: { repository: "nvcr.io/nim/meta/llama-3.1-8b-instruct", tag: "1.3.3", pullSecrets: ["ngc-secret"] },
    authSecret: "ngc-api-secret",
    storage: { nimCache: { name: "meta-llama3-8b-instruct", profile: "" } },
    nodeSelector,
    replicas: 1,
    resources: { limits: { "nvidia.com/gpu": 1 } },
    expose: { service: { type: "ClusterIP", port: 8000 } },
  }),
  "Model.kubeai.org": anObject("kubeai.org/v1", "Model", {
    features: ["TextGeneration"],
    url: "hf://meta-llama/Llama-3.1-8B-Instruct",
    engine: "VLLM",
    args: ["--max-model-len=8192", "--quantization=fp8", "--revision", "a1"],
    env: { VLLM_LOGGING_LEVEL: "DEBUG" },
    adapters: [{ name: "sql", url: "hf://acme/sql-lora" }],
    resourceProfile: "nvidia-gpu-l4:1",
    minReplicas: 1,
  }),
  "VLLMRuntime.production-stack.vllm.ai": anObject("production-stack.vllm.ai/v1alpha1", "VLLMRuntime", {
    model: { modelURL: "meta-llama/Llama-3.1-8B", enableLoRA: false, maxModelLen: 4096, dtype: "bfloat16" },
    vllmConfig: {
      port: 8000,
      v1: true,
      extraArgs: ["--disable-log-requests", "--revision=a1"],
      env: [{ name: "HF_HOME", value: "/data" }],
    },
    deploymentConfig: {
      replicas: 1,
      image: { registry: "docker.io", name: "lmcache/vllm-openai:latest" },
      resources: { cpu: "10", memory: "32Gi", gpu: "1" },
      nodeSelectorTerms: [
        { matchExpressions: [{ key: "nvidia.com/gpu.product", operator: "In", values: ["NVIDIA-H100-80GB-HBM3"] }] },
      ],
    },
  }),
};
