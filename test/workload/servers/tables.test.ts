import { expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { type FlagTable, flagTable } from "../../../workload/servers/tables/table.ts";
import { lmdeploy } from "../../../workload/servers/tables/lmdeploy.ts";
import { sglang } from "../../../workload/servers/tables/sglang.ts";
import { vllm } from "../../../workload/servers/tables/vllm.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const all: Record<string, FlagTable> = { lmdeploy, sglang, vllm };

const packages = JSON.parse(read("scripts/server-flags/packages.json")) as Record<
  string,
  { package: string; versions: string[] }
>;

test("every file with a table is tested here", () => {
  const files = readdirSync(new URL("workload/servers/tables/", root)).filter((name) => name !== "table.ts");
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
      expect(name).toMatch(/^--?[A-Za-z0-9][A-Za-z0-9_-]*$/);
      expect({ name, ...flags.get(canonical) }).toMatchObject({ name, canonical, arity });
    }
    for (const { name } of positionals) expect(name).toMatch(/^[a-z_]+$/);
    for (const one of [version, oldest]) expect(one).toMatch(/\d/);
    const words = read(`workload/servers/tables/${constant}.ts`).match(/(?<![\w-])-{1,2}[A-Za-z][\w-]*/g) ?? [];
    const json = [...flags.values()].filter((flag) => flag.json).map(({ canonical }) => canonical);
    // Each name once, and once more in the list of those that take JSON: else one line silently overrules another.
    expect(words.length).toBe(flags.size + new Set(json).size);
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
});

test("a table's text says each thing once", () => {
  const { flags, ...facts } = flagTable({
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
