import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { variables } from "../../../workload/flags/tables/variables.ts";

test.each([...variables])("the variables of %s are well-formed", (_, changes) => {
  expect(changes.size).toBeGreaterThan(0);
  for (const name of changes.keys()) expect(name).toMatch(/^(?:[A-Z][A-Z0-9_]*|(?:https?|all)_proxy)$/);
});

test("no reader has a variable twice, with two meanings", () => {
  const file = readFileSync(new URL("../../../workload/flags/tables/variables.ts", import.meta.url), "utf8");
  const written = file.matchAll(/\b(?:model|adapters|hub|code|file):\s+["`]([^"`]*)["`]/g);
  const names = [...written].flatMap(([, text = ""]) => text.split(/\s+/).filter((name) => name !== ""));
  const read = [...variables.values()].flatMap((changes) => [...changes.keys()]);
  expect(names.toSorted()).toEqual(read.toSorted());
});

test("says what a variable changes, for the server that reads it", () => {
  const change = (reader: string, name: string) => variables.get(reader)?.get(name);
  expect(change("vllm", "VLLM_ALLOW_RUNTIME_LORA_UPDATING")).toBe("adapters");
  expect(change("vllm", "VLLM_MODEL_REDIRECT_PATH")).toBe("file");
  expect(change("vllm", "VLLM_USE_MODELSCOPE")).toBe("hub");
  expect(change("vllm", "MODEL_ID")).toBeUndefined();
  expect(change("huggingFace", "HF_ENDPOINT")).toBe("hub");
  expect(change("textGenerationLauncher", "LORA_ADAPTERS")).toBe("adapters");
  expect(change("process", "LD_PRELOAD")).toBe("code");
});
