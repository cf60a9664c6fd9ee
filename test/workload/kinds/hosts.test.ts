import { describe, expect, it } from "@jest/globals";
import type { Json } from "../../support/builders/json.ts";
import { anObject, read } from "../../support/builders/workload.ts";
import { evil, good, gpu, passesAsGood } from "../good-server.ts";

const mounted = (mountPath: string): Json => ({ volumeMounts: [{ name: "v", mountPath }] });
const variable = (name: string, value: string): Json => ({ env: [{ name, value }] });
const cluster = (container: Json, podSpec: Json): Json => ({
  headGroupSpec: { rayStartParams: {}, template: { spec: { containers: [{ name: "head", image: "x" }] } } },
  workerGroupSpecs: [
    {
      rayStartParams: {},
      template: { spec: { ...podSpec, containers: [{ name: "worker", image: "x", resources: gpu, ...container }] } },
    },
  ],
});
const service = (container: Json, podSpec: Json): Json => {
  const llm = `{model_loading_config: {model_id: x, model_source: ${good}}}`;
  const serveConfigV2 = `applications:\n- {import_path: "ray.serve.llm:build_openai_app", args: {llm_configs: [${llm}]}}\n`;
  return anObject("ray.io/v1", "RayService", { serveConfigV2, rayClusterConfig: cluster(container, podSpec) });
};
const job = (container: Json, podSpec: Json): Json =>
  anObject("ray.io/v1", "RayJob", { entrypoint: `vllm serve ${good}`, rayClusterSpec: cluster(container, podSpec) });
const kinds: readonly (readonly [string, (container: Json, podSpec: Json) => Json])[] = [
  ["RayService", service],
  ["RayJob", job],
];

describe.each(kinds)("what the containers of a %s bring changes what Ray loads in them", (_kind, make) => {
  const claim = { name: "v", persistentVolumeClaim: { claimName: "c" } };
  const files = { name: "v", configMap: { name: "c" } };
  const scratch = { name: "v", emptyDir: {} };
  const initializer = (command: string): Json => ({
    initContainers: [{ name: "i", image: "x", command: command.split(" "), ...mounted("/d") }],
    volumes: [scratch],
  });

  it.each<[string, Json, Json]>([
    ["nothing", {}, {}],
    ["a cache on a claim", mounted("/home/ray/.cache/huggingface"), { volumes: [claim] }],
    ["examples", mounted("/home/ray/samples"), { volumes: [files] }],
    ["a token", variable("HF_TOKEN", "x"), {}],
  ])("not %s", (_what, container, podSpec) => expect(passesAsGood(read(make(container, podSpec)))).toBe(true));

  it.each<[string, Json, Json]>([
    ["packages", mounted("/home/ray/anaconda3"), { volumes: [claim] }],
    ["libraries", mounted("/usr/lib"), { volumes: [claim] }],
    ["PYTHONPATH", { ...variable("PYTHONPATH", "/v"), ...mounted("/v") }, { volumes: [claim] }],
    ["another hub", variable("HF_ENDPOINT", "https://mallory.example"), {}],
    ["the hub's address", {}, { hostAliases: [{ ip: "192.0.2.1", hostnames: ["huggingface.co"] }] }],
    ["a folder of the model's name", mounted("/home/ray/acme"), { volumes: [claim] }],
    ["a cache that is filled", mounted("/home/ray/.cache/huggingface"), { volumes: [files] }],
    ["a download", mounted("/home/ray/.cache"), initializer(`hf download ${evil} --local-dir /d`)],
    ["an initializer that nobody knows", mounted("/home/ray/.cache"), initializer("/x")],
    ["a command that nobody knows", { command: ["/x"] }, {}],
  ])("%s", (_what, container, podSpec) => expect(passesAsGood(read(make(container, podSpec)))).toBe(false));
});

describe("a volume over programs, where the operator's own fields say so", () => {
  const graph = (mountPoint: string): Json =>
    anObject("nvidia.com/v1alpha1", "DynamoGraphDeployment", {
      services: {
        worker: {
          resources: { limits: { gpu: "1" } },
          pvc: { name: "c", mountPoint },
          extraPodSpec: {
            mainContainer: { image: "x", command: ["python3", "-m", "dynamo.vllm"], args: ["--model", good] },
          },
        },
      },
    });
  const runtime = (mountPath: string): Json =>
    anObject("production-stack.vllm.ai/v1alpha1", "VLLMRuntime", {
      model: { modelURL: good },
      vllmConfig: {},
      storageConfig: { enabled: true, mountPath },
      deploymentConfig: { resources: { gpu: "1" } },
    });

  it.each([graph, runtime])("%p", (make) => {
    expect(passesAsGood(read(make("/data")))).toBe(true);
    expect(passesAsGood(read(make("/usr/lib/python3.12")))).toBe(false);
  });
});

it("a NIM's proxy with an authority of its own may bring another model", () => {
  const unreadable = (proxy: Json): unknown =>
    read(
      anObject("apps.nvidia.com/v1alpha1", "NIMService", {
        image: { repository: "nvcr.io/nim/meta/otter", tag: "1" },
        resources: gpu,
        proxy,
      }),
    ).models[0]?.unreadable;
  expect(unreadable({ httpsProxy: "http://proxy.example" })).toBeUndefined();
  expect(unreadable({ httpsProxy: "http://mallory.example", certConfigMap: "c" })).toEqual(expect.any(String));
});
