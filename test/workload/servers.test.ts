import { describe, expect, it } from "@jest/globals";
import type { RunningModel } from "../../policies/workload.ts";
import type { Json } from "../support/builders/json.ts";
import { aDeployment, read } from "../support/builders/workload.ts";

const granite = "ibm-granite/granite-3.1-8b-instruct";

function modelsIn(container: Json, podSpec?: Json): readonly RunningModel[] {
  const resources = { limits: { "nvidia.com/gpu": "1" } };
  return read(aDeployment({ container: { args: undefined, resources, ...container }, ...(podSpec && { podSpec }) }))
    .models;
}

type Row = [what: string, container: Json, expected: Partial<Record<keyof RunningModel, unknown>>];

const vllm: Row[] = [
  [
    "a flag",
    { args: ["--model", granite] },
    { name: granite, version: undefined, adapters: [], unreadable: undefined },
  ],
  ["a joined flag", { args: [`--model=${granite}`, "--revision=main"] }, { name: granite, version: "main" }],
  [
    "python -m",
    { command: ["python3", "-m", "vllm.entrypoints.openai.api_server"], args: ["--model", granite] },
    { name: granite },
  ],
  ["serve", { command: ["vllm", "serve", granite, "--port", "8000"] }, { name: granite }],
  [
    "serve by path, behind an init",
    { command: ["tini", "--", "/usr/local/bin/vllm", "serve"], args: [granite] },
    { name: granite },
  ],
  ["serve and --model that agree", { command: ["vllm", "serve", granite, "--model", granite] }, { name: granite }],
  ["serve with --model only", { command: ["vllm", "serve", "--port", "8000", "--model", granite] }, { name: granite }],
  ["the image starts `vllm serve`", { args: [granite, "--max-model-len", "4096"] }, { name: granite }],
  ["the image starts `vllm`", { args: ["serve", granite] }, { name: granite }],
  [
    "the image starts `vllm serve`, on a GPU",
    { args: [granite], resources: { limits: { "nvidia.com/gpu": "1" } } },
    { name: granite },
  ],
  [
    "underscores",
    { args: ["--model", granite, "--lora_modules", "sql-lora=/adapters/sql"] },
    { adapters: ["sql-lora"] },
  ],
  ["a short flag with its value attached", { args: ["--model", granite, "-qawq"] }, { quantization: "awq" }],
  ["quantization", { args: ["--model", granite, "-q", "awq"] }, { quantization: "awq" }],
  [
    "adapters, sorted",
    {
      args: [
        "--model",
        granite,
        "--lora-modules",
        "style=/a/style",
        '{"name":"sql","path":"/a/sql","base_model_name":"x"}',
      ],
    },
    { adapters: ["sql", "style"] },
  ],
  [
    "an adapter from the hub is named by its source, not by its alias",
    { args: ["--model", granite, "--lora-modules", "approved=someone/evil-lora"] },
    { adapters: ["someone/evil-lora"] },
  ],
  ["a plain id", { args: ["--model", "gpt2"] }, { name: "gpt2" }],
  [
    "the same flag twice, agreeing",
    { args: ["--model", granite, "--model", granite] },
    { name: granite, unreadable: undefined },
  ],
];

const others: Row[] = [
  [
    "TGI by arguments",
    { args: ["--model-id", granite, "--quantize", "eetq", "--revision", "a1b2"] },
    { name: granite, version: "a1b2", quantization: "eetq" },
  ],
  [
    "TGI by environment",
    {
      env: [
        env("MODEL_ID", granite),
        env("REVISION", "main"),
        env("QUANTIZE", "awq"),
        env("LORA_ADAPTERS", "acme/b,acme/a"),
      ],
    },
    {
      name: granite,
      version: "main",
      quantization: "awq",
      adapters: ["acme/a", "acme/b"],
      field: "spec.template.spec.containers[0].env[MODEL_ID]",
    },
  ],
  [
    "TGI by environment, run as its arguments say",
    { args: ["--quantize", "awq", "--lora-adapters", "acme/a"], env: [env("MODEL_ID", granite)] },
    { name: granite, quantization: "awq", adapters: ["acme/a"] },
  ],
  [
    "TGI: arguments override the environment",
    { args: ["--model-id", granite], env: [env("MODEL_ID", "other/model")] },
    { name: granite },
  ],
  [
    "TGI on SageMaker",
    { env: [env("HF_MODEL_ID", granite), env("HF_MODEL_REVISION", "r1"), env("HF_MODEL_QUANTIZE", "gptq")] },
    { name: granite, version: "r1", quantization: "gptq" },
  ],
  [
    "TGI's launcher with environment",
    { command: ["text-generation-launcher"], args: ["--port", "80"], env: [env("MODEL_ID", granite)] },
    { name: granite },
  ],
  [
    "SGLang",
    {
      command: [
        "python3",
        "-m",
        "sglang.launch_server",
        "--model-path",
        granite,
        "--lora-paths",
        "sql=/l/sql",
        "--quantization",
        "fp8",
      ],
    },
    { name: granite, adapters: ["sql"], quantization: "fp8" },
  ],
  ["SGLang's alias", { command: ["sglang", "serve", "--model", granite] }, { name: granite }],
  [
    "KServe's runtime",
    {
      command: ["python", "-m", "huggingfaceserver"],
      args: ["--model_name=chat", `--model_id=${granite}`, "--model_revision=r2"],
    },
    { name: granite, version: "r2" },
  ],
  ["NIM", { env: [env("NIM_MODEL_NAME", `hf://${granite}`)] }, { name: granite }],
  [
    "llama.cpp from the hub",
    { command: ["/app/llama-server", "-hf", "acme/granite-GGUF:Q4_K_M"] },
    { name: "acme/granite-GGUF", quantization: "Q4_K_M" },
  ],
  [
    "llama.cpp from a file",
    { command: ["llama-server", "-m", "/models/granite.gguf"] },
    { name: undefined, unreadable: undefined },
  ],
  ["TensorRT-LLM", { command: ["trtllm-serve", granite, "--backend", "pytorch"] }, { name: granite }],
];

const places: Row[] = [
  "/mnt/models",
  "./model",
  "a/b/c",
  "s3://bucket/granite",
  "gs://b/g",
  "pvc://claim/path",
  "https://host/m.tar",
  "file:///m",
].map((text) => [text, { args: ["--model", text] }, { name: undefined, version: undefined, unreadable: undefined }]);

const named: Row[] = [
  ["hf://acme/granite:v3", { args: ["--model", "hf://acme/granite:v3"] }, { name: "acme/granite", version: "v3" }],
  [
    "modelscope://acme/granite",
    { args: ["--model", "modelscope://acme/granite"] },
    { name: "modelscope://acme/granite", version: undefined },
  ],
  [
    "oci with a tag",
    { args: ["--model", "oci://quay.io/acme/granite:3.1"] },
    { name: "quay.io/acme/granite", version: "3.1", digest: undefined },
  ],
  [
    "oci with a digest: the tag is ignored",
    { args: ["--model", `oci://quay.io:443/acme/granite:3.1@sha256:${"a".repeat(64)}`] },
    { name: "quay.io:443/acme/granite", version: undefined, digest: `sha256:${"a".repeat(64)}` },
  ],
];

const server = { name: "a", image: "x", args: ["--model", granite] };
const onVolume = (name: string): Json => ({ name, args: ["--model", "/m"], volumeMounts: [{ name, mountPath: "/m" }] });

describe.each([
  ["vLLM", vllm],
  ["other servers", others],
  ["places name no model", places],
  ["sources with a name", named],
])("%s", (_, rows) => {
  it.each(rows)("%s", (_what, container, expected) => {
    const models = modelsIn(container);
    expect(models).toHaveLength(1);
    expect(models[0]).toMatchObject(expected);
    expect(models[0]).toMatchObject({ unreadable: undefined, container: "spec.template.spec.containers[0]" });
  });
});

describe("what cannot be read at admission is said, never guessed", () => {
  const serve = ["vllm", "serve", granite];
  it.each<[string, Json]>([
    [
      "a model from a secret",
      { args: ["--model", "$(MODEL)"], env: [{ name: "MODEL", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] },
    ],
    ["a model from envFrom", { args: ["--model", "$(MODEL)"], envFrom: [{ configMapRef: { name: "c" } }] }],
    [
      "a variable of an unknown server from a secret",
      { env: [{ name: "MODEL_ID", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] },
    ],
    ["a config file", { command: [...serve, "--config", "/etc/vllm.yaml"] }],
    ["runtime adapters", { command: serve, env: [env("VLLM_ALLOW_RUNTIME_LORA_UPDATING", "True")] }],
    ["a redirected model", { command: serve, env: [env("VLLM_MODEL_REDIRECT_PATH", "/etc/redirect")] }],
    ["NIM adapters", { env: [env("NIM_MODEL_NAME", granite), env("NIM_PEFT_SOURCE", "/loras")] }],
    ["two models", { args: ["--model", granite, "--model", "other/model"] }],
    ["two aliases that differ", { args: ["--model-id", granite, "--model", "other/model"] }],
    ["two variables that differ", { env: [env("MODEL_ID", granite), env("HF_MODEL_ID", "other/model")] }],
    ["two revisions", { args: ["--model", granite, "--revision", "a", "--revision", "b"] }],
    ["a revision against the URI's own", { args: ["--model", "hf://acme/granite:a", "--revision", "b"] }],
    ["two lists of adapters", { args: ["--model", granite, "--lora-modules", "a=/a", "--lora-modules", "b=/b"] }],
    [
      "adapters from a secret",
      { args: ["--model", granite, "--lora-modules", "a=$(L)"], envFrom: [{ secretRef: { name: "s" } }] },
    ],
    ["adapters in broken JSON", { args: ["--model", granite, "--lora-modules", '{"name":'] }],
    ["a flag with no value", { args: ["--model"] }],
    ["an abbreviation that argparse takes", { args: ["--model-path", granite, "--model-pat", "other/model"] }],
    ["a positional beside --model", { command: ["vllm", "serve", granite, "--model", "other/model"] }],
    [
      "a positional hidden behind a switch",
      { command: ["vllm", "serve", "--enforce-eager", "other/model", "--model", granite] },
    ],
    ["the same for the image's entry point", { args: ["--enforce-eager", "other/model", "--model", granite] }],
    [
      "a positional hidden behind a value",
      { command: ["vllm", "serve", "--port", "8000", "other/model", "--model", granite] },
    ],
    ["a positional after --", { command: ["vllm", "serve", "--model", granite, "--", "other/model"] }],
    ["a path hidden behind a switch", { args: ["--enforce-eager", "/evil", "--model", granite] }],
    [
      "a word from a secret that may be a flag",
      { args: ["--model", granite, "--enforce-eager", "$(X)"], envFrom: [{ secretRef: { name: "s" } }] },
    ],
    ["a flag's name from a secret", { args: ["--model", granite, "--$(X)"], envFrom: [{ secretRef: { name: "s" } }] }],
    ["two positionals", { command: ["vllm", "serve", granite, "other/model"] }],
    ["no model at all", { command: ["vllm", "serve", "--port", "8000"] }],
    ["an undefined variable", { args: ["--model", "$(NOWHERE)"] }],
    [
      "weights from elsewhere",
      { args: ["--model", granite, "--model-loader-extra-config", '{"tensorizer_uri":"s3://b/x"}'] },
    ],
    ["an odd id", { args: ["--model", `${granite} `] }],
    ["an empty id", { args: ["--model", ""] }],
    ["a digest of another algorithm", { args: ["--model", "oci://quay.io/acme/granite@sha512:00"] }],
    ["a hub URI with too many parts", { args: ["--model", "hf://acme/granite/evil"] }],
  ])("%s", (_what, container) => {
    const models = modelsIn(container);
    expect(models).toHaveLength(1);
    expect(models[0]?.unreadable).toEqual(expect.any(String));
  });

  it("names the variable that it depends on", () => {
    const [model] = modelsIn({ args: ["--model", "$(MODEL)"], envFrom: [{ secretRef: { name: "s" } }] });
    expect(model?.unreadable).toContain("$(MODEL)");
  });

  it("leaves a hazard that is switched off alone", () => {
    const [model] = modelsIn({ args: ["--model", granite], env: [env("VLLM_ALLOW_RUNTIME_LORA_UPDATING", "0")] });
    expect(model?.unreadable).toBeUndefined();
  });
});

describe("what is harmless stays readable", () => {
  it.each<[string, Json]>([
    [
      "a value from a secret",
      { args: ["--model", granite, "--api-key", "$(KEY)", "--port=$(PORT)"], envFrom: [{ secretRef: { name: "s" } }] },
    ],
    ["a path of a certificate", { args: ["--model", granite, "--ssl-certfile", "/tls/tls.crt"] }],
    ["TGI's own flags", { args: ["--model-id", granite, "--trust-remote-code", "--weights-cache-override", "/data"] }],
  ])("%s", (_what, container) => {
    expect(modelsIn(container)).toEqual([expect.objectContaining({ name: granite, unreadable: undefined })]);
  });
});

it.each([
  [1_000, undefined],
  [10_000, "more than 1024 adapters"],
  [300_000, expect.stringMatching(/^more than \d+ characters/)],
])("an adapter list of %d entries is read, or is too large", (count, message) => {
  const args = ["--model-id", granite, "--lora-adapters", "a/b,".repeat(count)];
  const { models, tooLarge } = read(aDeployment({ container: { args } }));
  expect([models[0]?.adapters, tooLarge?.message]).toEqual([message === undefined ? ["a/b"] : undefined, message]);
});

it("a server with a script among its arguments is still the server", () => {
  const command = ["vllm", "serve", "acme/evil", "--x", "sh", "-c", `vllm serve ${granite}`];
  expect(modelsIn({ command }).map(({ name }) => name)).toContain("acme/evil");
});

it.each([
  ["from transformers import pipeline; pipeline('text-generation', model='acme/x')", 1],
  ["import vllm", 1],
  ["import time; time.sleep(1)", 0],
])("code on a processor alone loads a model where it speaks of what loads one: %s", (code, count) => {
  const models = modelsIn({ command: ["python3", "-c", code], resources: undefined });
  expect(models.map(({ unreadable }) => unreadable)).toEqual(Array.from({ length: count }, () => expect.any(String)));
});

describe("which containers count", () => {
  it.each(["initContainers", "ephemeralContainers"])("also %s", (list) => {
    const extra = { name: "x", image: "x", command: ["vllm", "serve", "other/model"] };
    const { models } = read(aDeployment({ podSpec: { [list]: [extra] } }));
    expect(models.map(({ name }) => name)).toEqual([granite, "other/model"]);
    expect(models[1]?.container).toBe(`spec.template.spec.${list}[0]`);
  });

  it("one model in two containers is one model", () => {
    expect(read(aDeployment({ podSpec: { containers: [server, { ...server, name: "b" }] } })).models).toHaveLength(1);
  });

  it("one path in two volumes is two models", () => {
    const volumes = ["a", "b"].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
    expect(read(aDeployment({ podSpec: { containers: [onVolume("a"), onVolume("b")], volumes } })).models).toHaveLength(
      2,
    );
  });

  it.each<[string, Json]>([
    ["a web server", { args: ["--port=80", "--config", "/etc/nginx.conf"] }],
    ["a server of another kind", { command: ["minio", "server", "/data"] }],
    ["a client that serves", { args: ["serve", "/etc"] }],
    ["a flag that only begins like one", { args: ["--mode", "prod"] }],
  ])(
    "%s runs no model where it cannot reach an accelerator, and one that is not known where it can",
    (_what, container) => {
      const own = { image: "acme/otter:1", ...container };
      expect(modelsIn({ resources: undefined, ...own })).toEqual([]);
      expect(modelsIn(own)).toEqual([
        expect.objectContaining({ name: undefined, gap: expect.stringMatching(/^(?:opaque|image)$/) }),
      ]);
    },
  );
});

describe("arguments", () => {
  const container = "spec.template.spec.containers[0]";

  it("holds every flag, each value of a list, with dashes", () => {
    const { arguments: flags } = read(
      aDeployment({
        container: { args: ["--model", granite, "--served_model_name", "a", "b", "--enforce-eager", "--x=1"] },
      }),
    );
    expect(flags).toEqual([
      { name: "--model", value: granite, container },
      { name: "--served-model-name", value: "a", container },
      { name: "--served-model-name", value: "b", container },
      { name: "--enforce-eager", value: "", container },
      { name: "--x", value: "1", container },
    ]);
  });

  it("leaves out a flag of which any value is unknown", () => {
    const args = ["--served-model-name", "a", "--served-model-name", "$(NAME)", "--port", "1"];
    const { arguments: flags } = read(aDeployment({ container: { args, envFrom: [{ secretRef: { name: "s" } }] } }));
    expect(flags.map(({ name }) => name)).toEqual(["--port"]);
  });
});

function env(name: string, value: string): Json {
  return { name, value };
}
