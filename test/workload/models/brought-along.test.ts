import { describe, expect, it } from "@jest/globals";
import type { Json } from "../../support/builders/json.ts";
import { aDeployment, anObject, read } from "../../support/builders/workload.ts";
import { good, gpu, passesAsGood, readPod, server } from "../good-server.ts";

const vllm = ["vllm", "serve", good];
const sglang = ["python3", "-m", "sglang.launch_server", "--model-path", good];
const llama = ["llama-server", "-hf", good];
const lmdeploy = ["lmdeploy", "serve", "api_server", good];
const tensorRt = ["trtllm-serve", good];
const dynamo = ["python3", "-m", "dynamo.vllm", "--model", good];
const tgi = ["text-generation-launcher", "--model-id", good];

const volumes = [
  { name: "map", configMap: { name: "templates" } },
  { name: "claim", persistentVolumeClaim: { claimName: "templates" } },
  { name: "scratch", emptyDir: {} },
  { name: "node", hostPath: { path: "/srv" } },
];
const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));

function run(command: readonly string[], change: Json = {}): ReturnType<typeof readPod> {
  return readPod({ containers: [server({ command, volumeMounts, ...change })], volumes });
}

describe("where defaults for generation come from", () => {
  it.each<[string, readonly string[]]>([
    ["the model's own", [...vllm, "--generation-config", "auto"]],
    ["none", [...vllm, "--generation-config=vllm"]],
    ["the model, once more", [...vllm, "--generation-config", good]],
    ["none, for LMDeploy", [...lmdeploy, "--generation-config", "lmdeploy"]],
    ["what the line says itself", [...vllm, "--override-generation-config", '{"temperature":0}']],
  ])("%s: the model is known", (_what, command) => {
    expect(passesAsGood(run(command))).toBe(true);
  });

  it.each<[string, readonly string[]]>([
    ["another repository", [...vllm, "--generation-config", "mallory/settings"]],
    ["a folder", [...vllm, "--generation_config=/map"]],
    ["a folder, for LMDeploy", [...lmdeploy, "--generation-config", "/claim"]],
  ])("%s: it is not", (_what, command) => {
    expect(run(command).models).toEqual([
      expect.objectContaining({ name: good, unreadable: "--generation-config is not the model's own" }),
    ]);
  });
});

describe("a template for prompts", () => {
  it.each<[string, readonly string[], Json?]>([
    ["of the image", [...vllm, "--chat-template", "examples/tool_chat_template_hermes.jinja"]],
    [
      "of the image, by its path",
      [...vllm, "--chat-template=/vllm-workspace/examples/tool_chat_template_llama4.jinja"],
    ],
    ["by name", [...sglang, "--chat-template", "llama-2"]],
    ["by name, for llama.cpp", [...llama, "--jinja", "--chat-template", "chatml"]],
    ["on the line", [...vllm, "--chat-template", "{% for m in messages %}{{ m.content }}{% endfor %}"]],
    ["on the line, with an address in it", [...vllm, "--chat-template", "{{ bos }}See https://acme.example\n{{ m }}"]],
    ["of a ConfigMap", [...vllm, "--chat-template", "/map/chat.jinja"]],
    ["of a ConfigMap, for llama.cpp", [...llama, "--jinja", "--chat-template-file", "/map/chat.jinja"]],
  ])("%s: the model is known", (_what, command, change = {}) => {
    expect(run(command, change).models).toEqual([expect.objectContaining({ name: good, unreadable: undefined })]);
  });

  it.each<[string, readonly string[], Json?]>([
    ["of a claim", [...vllm, "--chat-template", "/claim/chat.jinja"]],
    ["of a claim, for SGLang", [...sglang, "--chat-template=/claim/x/../chat.jinja"]],
    ["of a claim, with a brace in its name", [...vllm, "--chat-template", "/claim/a{b.jinja"]],
    ["for completions", [...sglang, "--completion-template", "/scratch/fim.json"]],
    ["of the node", [...llama, "--chat-template-file", "/node/chat.jinja"]],
    ["by variable", llama, { env: [{ name: "LLAMA_ARG_CHAT_TEMPLATE_FILE", value: "/node/chat.jinja" }] }],
    ["of a claim, for LMDeploy", [...lmdeploy, "--chat-template", "/claim/chat.json"]],
    ["of a claim, for TensorRT-LLM", [...tensorRt, "--chat_template", "/claim/chat.jinja"]],
    ["of a claim, for Dynamo", [...dynamo, "--custom-jinja-template", "/claim/chat.jinja"]],
    ["from an address", [...vllm, "--chat-template", "https://evil.example/chat.jinja"]],
    [
      "from a secret",
      [...vllm, "--chat-template", "$(T)"],
      { env: [{ name: "T", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] },
    ],
    ["among many", [...vllm, ...Array.from({ length: 17 }, () => "--chat-template=/map/chat.jinja")]],
    ["of a claim, second", [...vllm, "--chat-template", "/map/chat.jinja", "--chat-template", "/claim/chat.jinja"]],
  ])("%s: it is not", (_what, command, change = {}) => {
    const { models } = run(command, change);
    expect(models).toEqual([expect.objectContaining({ name: good, unreadable: expect.stringMatching(/template/i) })]);
  });

  it("of the volume that the model lies in is whoever's the model is", () => {
    const command = ["vllm", "serve", "/claim/otter", "--chat-template", "/claim/templates/chat.jinja"];
    expect(run(command).models).toEqual([expect.objectContaining({ gap: "place", unreadable: undefined })]);
  });

  it("counts for a model that an operator fetches, too", () => {
    const isvc = (at: string): Json =>
      anObject("serving.kserve.io/v1beta1", "InferenceService", {
        predictor: {
          model: {
            modelFormat: { name: "huggingface" },
            storageUri: `hf://${good}`,
            args: ["--chat-template", at],
            resources: gpu,
            volumeMounts,
          },
          volumes,
        },
      });
    const unreadable = (at: string): unknown => read(isvc(at)).models.map((model) => model.unreadable);
    expect(unreadable("/map/chat.jinja")).toEqual([undefined]);
    expect(unreadable("/mnt/models/chat.jinja")).toEqual([undefined]);
    expect(unreadable("/claim/chat.jinja")).toEqual([expect.stringMatching(/template from the volume at \/claim/)]);
  });

  it("is not looked for where it stands beside an image's own server", () => {
    const image = { args: ["--model", good, "--chat-template", "/claim/chat.jinja"], resources: gpu, volumeMounts };
    expect(passesAsGood(read(aDeployment({ container: image, podSpec: { volumes } })))).toBe(false);
  });
});

describe("files and code that change what is loaded", () => {
  it.each<[string, readonly string[]]>([
    ["scales of an encoder", [...vllm, "--mm-encoder-fp8-scale-path", "/map/scales.json"]],
    ["a token map", [...sglang, "--speculative-token-map", "mallory/map/freqs.pt"]],
    ["scales of a cache", [...sglang, "--quantization-param-path", "/map/scales.json"]],
    ["quantization by torchao", [...sglang, "--torchao-config", "int4wo-128"]],
    ["quantization by ModelOpt", [...sglang, "--modelopt-quant", "fp8"]],
    ["a profile of quantization", [...sglang, "--rl-quant-profile", "/map/profile.pt"]],
    ["settings of an algorithm", [...sglang, "--dllm-algorithm-config", "/map/x.yaml"]],
    ["settings of a cache", [...sglang, "--lmcache-config-file", "/map/x.yaml"]],
    ["settings of another cache", [...sglang, "--flexkv-config-file", "/map/x.yaml"]],
    ["activations of another model", [...sglang, "--debug-tensor-dump-inject", "true"]],
    ["a draft in another format", [...sglang, "--speculative-draft-load-format", "remote"]],
    ["a program for video", [...llama, "--video-ffmpeg-dir", "/map"]],
    ["a library of an embedding model", ["mlc_llm", "serve", `HF://${good}`, "--embedding-model-lib", "/map/x.so"]],
    [
      "logging of KServe's server",
      ["python3", "-m", "huggingfaceserver", "--model_id", good, "--log_config_file", "/map/x.yaml"],
    ],
    ["a tokenizer's settings, for TGI", [...tgi, "--tokenizer-config-path", "/map/x.json"]],
  ])("%s: the model is unknown", (_what, command) => {
    expect(run(command).models[0]?.unreadable).toMatch(/^--/);
  });

  it("what names none passes", () => {
    expect(passesAsGood(run([...sglang, "--speculative-draft-load-format", "auto", "--model-impl", "auto"]))).toBe(
      true,
    );
    expect(passesAsGood(run([...vllm, "--trust-remote-code", "--tool-call-parser", "hermes"]))).toBe(true);
  });
});
