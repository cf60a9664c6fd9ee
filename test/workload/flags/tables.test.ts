import { expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { type FlagTable, toFlagTable } from "../../../workload/flags/tables/table.ts";
import { aphrodite } from "../../../workload/flags/tables/aphrodite.ts";
import { huggingfaceCli } from "../../../workload/flags/tables/huggingfaceCli.ts";
import { huggingfaceHub } from "../../../workload/flags/tables/huggingfaceHub.ts";
import { huggingfaceserver } from "../../../workload/flags/tables/huggingfaceserver.ts";
import { infinityEmb } from "../../../workload/flags/tables/infinityEmb.ts";
import { llamaCppPython } from "../../../workload/flags/tables/llamaCppPython.ts";
import { llamaServer } from "../../../workload/flags/tables/llamaServer.ts";
import { llmdInferenceSim } from "../../../workload/flags/tables/llmdInferenceSim.ts";
import { lmdeploy } from "../../../workload/flags/tables/lmdeploy.ts";
import { mlcLlm } from "../../../workload/flags/tables/mlcLlm.ts";
import { openvinoModelServer } from "../../../workload/flags/tables/openvinoModelServer.ts";
import { sglang } from "../../../workload/flags/tables/sglang.ts";
import { textEmbeddingsRouter } from "../../../workload/flags/tables/textEmbeddingsRouter.ts";
import { textGenerationLauncher } from "../../../workload/flags/tables/textGenerationLauncher.ts";
import { trtllmServe } from "../../../workload/flags/tables/trtllmServe.ts";
import { vllm } from "../../../workload/flags/tables/vllm.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const all: Record<string, FlagTable> = {
  aphrodite,
  huggingfaceCli,
  huggingfaceHub,
  huggingfaceserver,
  infinityEmb,
  llamaCppPython,
  llamaServer,
  llmdInferenceSim,
  lmdeploy,
  mlcLlm,
  openvinoModelServer,
  sglang,
  textEmbeddingsRouter,
  textGenerationLauncher,
  trtllmServe,
  vllm,
};

const packages = JSON.parse(read("scripts/server-flags/packages.json")) as Record<
  string,
  { package: string; versions: string[] }
>;

test("every file with a table is tested here", () => {
  const files = readdirSync(new URL("workload/flags/tables/", root)).filter(
    (name) => name !== "table.ts" && name !== "variables.ts",
  );
  expect(files.toSorted()).toEqual(
    Object.keys(all)
      .map((name) => `${name}.ts`)
      .toSorted(),
  );
});

test.each(Object.entries(all))(
  "the table of %s is well-formed",
  (constant, { flags, positionals, version, oldest }) => {
    expect(flags.size).toBeGreaterThan(0);
    for (const [name, { canonical, arity }] of flags) {
      expect(name).toMatch(/^--?[A-Za-z0-9][A-Za-z0-9_.-]*$/);
      expect({ name, ...flags.get(canonical) }).toMatchObject({ name, canonical, arity });
    }
    for (const { name } of positionals) expect(name).toMatch(/^[a-z_]+$/);
    for (const one of [version, oldest]) expect(one).toMatch(/\d/);
    const written = read(`workload/flags/tables/${constant}.ts`).matchAll(/^ {2}(?!json)\w+: `([^`]*)`/gm);
    const words = [...written].flatMap(([, text = ""]) => text.split(/[\s=]+/).filter((word) => word !== ""));
    // A name that stands twice: one line would silently overrule the other.
    expect(words.toSorted()).toEqual([...flags.keys()].toSorted());
  },
);

test.each(Object.entries(packages))("the table of %s is of the versions that the script names", (constant, source) => {
  expect(all[constant]).toMatchObject({
    package: source.package,
    oldest: source.versions[0],
    version: source.versions.at(-1),
  });
});

test("says how many words follow a flag, and what an alias stands for", () => {
  const arity = (table: FlagTable, name: string) => table.flags.get(name)?.arity;
  expect(vllm.positionals).toEqual([{ name: "model_tag", arity: "optional" }]);
  expect(arity(vllm, "--lora-modules")).toBe("many");
  expect(arity(vllm, "--hf-token")).toBe("optional");
  expect(arity(vllm, "--enable-lora")).toBe("none");
  expect(vllm.flags.get("-q")).toEqual({ canonical: "--quantization", arity: "one", json: false });
  expect(vllm.flags.get("--no-enable-lora")?.canonical).toBe("--no-enable-lora");
  expect(vllm.flags.get("--hf-overrides")?.json).toBe(true);
  expect(sglang.flags.get("--model")?.canonical).toBe("--model-path");
  expect(arity(sglang, "--lora-paths")).toBe("many");
  expect(lmdeploy.positionals).toEqual([{ name: "model_path", arity: "one" }]);
  expect(arity(lmdeploy, "--adapters")).toBe("many");
  expect(arity(huggingfaceHub, "--include")).toBe("unsure");
  expect(huggingfaceserver.flags.has("--model_id")).toBe(true);
  expect(huggingfaceserver.flags.has("--model-id")).toBe(false);
  expect(llamaServer.flags.get("-hf")?.canonical).toBe("--hf-repo");
  expect(trtllmServe.flags.get("--config")?.canonical).toBe("--extra_llm_api_options");
});

test("a table's text says each thing once", () => {
  const { flags, ...facts } = toFlagTable({
    package: "p",
    version: "2",
    oldest: "1",
    positionals: [],
    allowAbbrev: true,
    underscores: false,
    one: "--a=-a --b",
    json: "--a",
  });
  expect(facts).toEqual({
    package: "p",
    version: "2",
    oldest: "1",
    positionals: [],
    allowAbbrev: true,
    underscores: false,
  });
  expect(Object.fromEntries(flags)).toEqual({
    "--a": { canonical: "--a", arity: "one", json: true },
    "-a": { canonical: "--a", arity: "one", json: true },
    "--b": { canonical: "--b", arity: "one", json: false },
  });
});

test("the documents say how the tables are renewed", () => {
  expect(read("docs/kinds.md")).toContain("npm run server-flags");
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  expect(scripts).toHaveProperty("server-flags");
});
