import { describe, expect, it } from "@jest/globals";
import { expand, isOpaque, opaque } from "../../workload/servers/expansion.ts";
import { splitScript } from "../../workload/servers/shell.ts";
import { aDeployment, type Json, read } from "../support/workloads.ts";

const granite = "ibm-granite/granite-3.1-8b-instruct";
const modelsOf = (script: string, container: Json = {}) =>
  read(aDeployment({ container: { command: ["/bin/bash", "-c"], args: [script], ...container } })).models;

describe("$(VAR) expands as the kubelet does", () => {
  const env = {
    values: new Map([
      ["A", "1"],
      ["EMPTY", ""],
      ["S", opaque("$(S)")],
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
    expect(expand(text, env)).toBe(expected);
  });

  it("does not know a secret, nor any name where more may come from outside", () => {
    expect(isOpaque(expand("$(S)", env))).toBe(true);
    expect(isOpaque(expand("$(NONE)", { ...env, open: true }))).toBe(true);
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

describe("scripts are split as a shell does", () => {
  it.each<[string, string[][]]>([
    ["a b  c", [["a", "b", "c"]]],
    [`a 'b c' "d e" f\\ g`, [["a", "b c", "d e", "f g"]]],
    [`a "" ''`, [["a", "", ""]]],
    [`a "x\\"y\\\\z\\n"`, [["a", 'x"y\\z\\n']]],
    [`'{"a": 1}'`, [['{"a": 1}']]],
    ["a \\\n  b", [["a", "b"]]],
    ["a; b && c || d | e & f", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]],
    ["a # b\nc x#y", [["a"], ["c", "x#y"]]],
    ["a > /dev/null 2>&1 b", [["a", "b"]]],
    ["a &> log", [["a"]]],
    ["(a) { b; }", [["a"], ["{", "b"], ["}"]]],
    ["", []],
    ["a$", [["a$"]]],
  ])("%j", (script, expected) => {
    expect(splitScript(script)?.map(({ words }) => words)).toEqual(expected);
  });

  it.each(["a 'b", 'a "b', "cat <<EOF\nx\nEOF", "a <(b)", "a $(b", "a `b", "a ${b"])(
    "%j is not understood",
    (script) => {
      expect(splitScript(script)).toBeUndefined();
    },
  );

  it.each([
    ["a $X", true],
    ["a ${X:-y z}", true],
    ["a $(cat /x)", true],
    ["a `cat /x`", true],
    ["a $1", true],
    ['a "$X" "${X}"', false],
    ["a --x={b,c}", true],
    ["a *.txt", true],
    ["a b", false],
    ["a '$X'", false],
    ["a \\$X", false],
  ])("%j may change its words: %j", (script, splits) => {
    expect(splitScript(script)?.[0]?.splits).toBe(splits);
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
    ["a script that is not understood", `cat > /c <<EOF\nx\nEOF\nvllm serve ${granite}`],
    ["a script of a hostile size", `vllm serve ${granite}${" ; a".repeat(20_000)}`],
    ["an unclosed quote", `vllm serve '${granite}`],
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
