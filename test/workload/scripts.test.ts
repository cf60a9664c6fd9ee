import { describe, expect, it } from "@jest/globals";
import { expand, isOpaque, toOpaque } from "../../workload/expansion.ts";
import { Budget } from "../../workload/budget.ts";
import type { Json } from "../support/builders/json.ts";
import { aDeployment, read } from "../support/builders/workload.ts";

const granite = "ibm-granite/granite-3.1-8b-instruct";
const gpu = { limits: { "nvidia.com/gpu": "1" } };
const modelsOf = (script: string, container: Json = {}) =>
  read(aDeployment({ container: { command: ["/bin/bash", "-c"], args: [script], resources: gpu, ...container } }))
    .models;

describe("$(VAR) expands as the kubelet does", () => {
  const env = {
    values: new Map([
      ["A", "1"],
      ["EMPTY", ""],
      ["S", toOpaque("$(S)")],
    ]),
    open: false,
  };
  it.each([
    ["plain", "plain"],
    ["$(A)", "1"],
    ["x$(A)y$(A)", "x1y1"],
    ["$(EMPTY)", ""],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(NONE)", "$(NONE)"],
    ["$A ${A} $", "$A ${A} $"],
    ["$(A", "$(A"],
    ["$$", "$"],
  ])("%j becomes %j", (text, expected) => {
    expect(expand(text, env, new Budget(), "")).toBe(expected);
  });

  it("does not know a secret, nor any name where more may come from outside", () => {
    expect(isOpaque(expand("$(S)", env, new Budget(), ""))).toBe(true);
    expect(isOpaque(expand("$(NONE)", { ...env, open: true }, new Budget(), ""))).toBe(true);
  });

  it("lets a variable use those before it only", () => {
    const list = [
      { name: "ORG", value: "acme" },
      { name: "MODEL", value: "$(ORG)/granite$(LATER)" },
      { name: "LATER", value: "x" },
    ];
    const { models } = read(aDeployment({ container: { args: ["--model", "$(MODEL)"], env: list } }));
    expect(models[0]).toMatchObject({ name: undefined });
    const [good] = read(
      aDeployment({ container: { args: ["--model", "$(M)"], env: [list[0], { name: "M", value: "$(ORG)/granite" }] } }),
    ).models;
    expect(good?.name).toBe("acme/granite");
  });
});

describe("a server in a script", () => {
  it.each([
    ["alone", `vllm serve ${granite}`],
    [
      "over several lines, after others",
      `set -e\nnvidia-smi\nexec vllm serve \\\n  ${granite} \\\n  --port 8000 2>&1 | tee /tmp/log`,
    ],
    ["in a condition", `if true; then vllm serve '${granite}'; fi`],
    ["with harmless variables in quotes", `vllm serve ${granite} --api-key "$KEY" --port "\${PORT}"`],
    ["expanded by the kubelet", "vllm serve $(MODEL)"],
    ["nested", `sh -c "vllm serve ${granite}"`],
    ["behind an assignment", `FOO=bar env A=b vllm serve ${granite}`],
    ["that reads an exported variable", `export MODEL_ID=${granite}; text-generation-launcher --port 80`],
    ["beside an unrelated substitution", `echo $(date) ; vllm serve ${granite}`],
  ])("%s", (_what, script) => {
    const found = modelsOf(script, { env: [{ name: "MODEL", value: granite }] });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ name: granite, unreadable: undefined });
  });

  it.each([
    ["a shell variable as the model", 'vllm serve "$MODEL"'],
    ["a substitution as the model", 'vllm serve "$(cat /model)"'],
    ["unquoted words that may hold flags", `vllm serve ${granite} $EXTRA`],
    ["braces that make flags", `vllm serve ${granite} {--revision,main}`],
    ["a script that writes into the image", `cat > /c <<EOF\nx\nEOF\nvllm serve ${granite}`],
    ["a program that is not known", `./setup.sh; vllm serve ${granite}`],
    ["a quote that is not closed", `vllm serve ${granite}; '`],
    ["a hazard set in the script", `export VLLM_ALLOW_RUNTIME_LORA_UPDATING=1\nvllm serve ${granite}`],
    ["text from a secret", `vllm serve ${granite} --api-key $(SECRET)`],
  ])("%s is unreadable", (_what, script) => {
    const found = modelsOf(script, { env: [{ name: "SECRET", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] });
    expect(found).toHaveLength(1);
    expect(found[0]?.unreadable).toEqual(expect.any(String));
  });

  it("two servers are two models", () => {
    expect(modelsOf("vllm serve acme/a & vllm serve acme/b").map(({ name }) => name)).toEqual(["acme/a", "acme/b"]);
  });

  it.each<[string, Json]>([
    ["-lc", { command: ["bash", "-lc", `vllm serve ${granite}`], args: undefined }],
    ["-o pipefail -c", { command: ["bash", "-o", "pipefail", "-c", `vllm serve ${granite}`], args: undefined }],
    ["env bash -ec", { command: ["/usr/bin/env", "bash", "-ec"], args: [`vllm serve ${granite}`] }],
    ["an image that is a shell", { command: undefined, args: ["-c", `vllm serve ${granite}`] }],
  ])("by %s", (_what, container) => {
    expect(modelsOf("", container)[0]?.name).toBe(granite);
  });
});
