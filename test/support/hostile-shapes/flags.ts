import type { Json } from "../artifacts.ts";
import { aPod, fill, fillText, nested, shapesOf } from "./shape.ts";

const serve = (args: readonly string[], change: Json = {}): Json =>
  aPod({ command: ["vllm", "serve", "acme/m"], args, ...change });

/** Command lines of model servers. */
export const flagShapes = shapesOf("flags", {
  words: (bytes) => serve(fill(bytes, (at) => `w${at}`)),
  "values of one flag": (bytes) => serve(["--lora-modules", ...fill(bytes, (at) => `a${at}=acme/a${at}`)]),
  "flags that are not known": (bytes) => serve(fill(bytes, (at) => `--flag-${at}=x`)),
  "flags that are abbreviated": (bytes) => serve(fill(bytes, (at) => `--max-model-l=${at}`)),
  "flags that are abbreviated to nothing": (bytes) => serve(fill(bytes, () => "--m")),
  "one flag many times": (bytes) => serve(fill(bytes, (at) => `--revision=r${at}`)),
  "model many times": (bytes) => serve(fill(bytes, () => "--model=acme/m")),
  "adapters, one flag many times": (bytes) => serve(fill(bytes, (at) => `--lora-modules=a${at}=acme/a${at}`)),
  "adapters in JSON": (bytes) =>
    serve(["--lora-modules", JSON.stringify(fill(bytes / 2, (at) => ({ name: `a${at}`, path: `acme/a${at}` })))]),
  "adapters in JSON, many words": (bytes) =>
    serve([
      "--lora-modules",
      ...fill(bytes, (at) => JSON.stringify({ name: `a${at}`, path: `acme/a${at}`, base_model_name: "x".repeat(300) })),
    ]),
  "adapters with commas": (bytes) => serve(["--lora-modules", fillText(bytes, (at) => `a${at}=acme/a${at},`)]),
  "JSON that is deep": (bytes) => serve(["--speculative-config", nested(bytes / 8, (inner) => `{"a":${inner}}`, "1")]),
  "JSON that is long": (bytes) =>
    serve(["--speculative-config", JSON.stringify({ model: "acme/draft", list: fill(bytes / 2, (at) => at) })]),
  "JSON, many times": (bytes) => serve(fill(bytes, () => `--speculative-config={"model":"acme/draft","n":[1,2,3]}`)),
  "JSON configs, dotted": (bytes) => serve(fill(bytes, (at) => `--speculative-config.a${at}=x`)),
  "underscores and dots": (bytes) => serve([`--${fillText(bytes, () => "a_.")}`]),
  "one long flag": (bytes) => serve([`--${"a".repeat(bytes)}`]),
  "one long model": (bytes) => serve([], { command: ["vllm", "serve", fillText(bytes, () => "a/")] }),
  "one long model with at signs": (bytes) => aPod({ args: ["--model", fillText(bytes, () => "@a:")] }),
  "one long URI": (bytes) => aPod({ args: ["--model", `s3://${fillText(bytes, () => "a/../%2f?#")}`] }),
  VLLM_ADDITIONAL_ARGS: (bytes) => ({
    apiVersion: "serving.kserve.io/v1alpha1",
    kind: "LLMInferenceService",
    metadata: { name: "hostile", namespace: "prod-chat" },
    spec: {
      model: { uri: "hf://acme/m" },
      template: {
        containers: [
          { name: "main", env: [{ name: "VLLM_ADDITIONAL_ARGS", value: fillText(bytes, () => `'a b' "c" `) }] },
        ],
      },
    },
  }),
  "variables that change a server, many": (bytes) =>
    serve([], { env: fill(bytes, (at) => ({ name: `VLLM_V${at}`, value: "1" })) }),
  "many servers, many variables": (bytes) =>
    aPod({
      command: ["bash", "-c", "vllm serve m1 & ".repeat(100)],
      env: fill(Math.min(bytes, 8_000 * 30), (at) => ({ name: `VLLM_V${at}`, value: "1" })),
    }),
  "other servers": (bytes) =>
    aPod(
      {},
      {
        containers: fill(Math.min(bytes, 120 * 200), (at) => ({
          name: `c${at}`,
          command: [
            ["python3", "-m", "sglang.launch_server", "--model-path", `m${at}`],
            ["lmdeploy", "serve", "api_server", `m${at}`],
            ["text-generation-launcher", "--model-id", `m${at}`],
            ["llama-server", "-m", `/m${at}.gguf`],
          ][at % 4],
        })),
      },
    ),
});
