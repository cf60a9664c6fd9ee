import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative } from "node:path";
import { describe, expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "..");

/** Which folders each folder may import besides itself. What is not listed here is not product code: see below. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  policies: [],
  runtime: [],
  workload: ["policies"],
  registry: ["policies", "runtime"],
  evidence: ["policies", "runtime", "registry", "workload"],
  publish: ["policies", "runtime", "registry", "evidence"],
  config: ["policies", "runtime", "workload", "registry", "evidence"],
  certs: [],
  mlflow: ["policies", "runtime", "workload", "registry", "evidence"],
  webhook: ["policies", "runtime", "workload", "registry", "evidence", "config", "certs"],
  cli: ["policies", "runtime", "workload", "registry", "evidence", "publish", "config", "certs", "mlflow", "webhook"],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
}

const folders = Object.keys(mayImport);
const isOurs = ({ specifier }: Import): boolean => specifier.startsWith(".");

describe.each(folders)("%s/", (folder) => {
  const imports = importsOf(folder);

  it("has files, and their imports are found", () => expect(imports).not.toEqual([]));

  it(`imports nothing of ours but itself${["", ...(mayImport[folder] ?? [])].join(", ")}`, () => {
    const allowed = new Set([folder, ...(mayImport[folder] ?? [])]);
    const strangers = imports.filter((one) => isOurs(one) && !allowed.has(folderOf(one) ?? ""));
    expect(strangers).toEqual([]);
  });
});

it("policies/ imports four packages that are as pure as it is: nothing of Node's, no logger", () => {
  const packages = importsOf("policies").filter((one) => !isOurs(one));
  expect(packages.filter(({ specifier }) => isBuiltin(specifier))).toEqual([]);
  expect([...new Set(packages.map(({ specifier }) => specifier))].toSorted()).toEqual([
    "@marcbachmann/cel-js",
    "semver",
    "yaml",
    "zod",
  ]);
});

it("webhook/cluster imports no other room of the webhook", () => {
  const rooms = importsOf("webhook/cluster").filter(isOurs).map(targetOf);
  expect(rooms.filter((file) => file.startsWith("webhook/") && !file.startsWith("webhook/cluster/"))).toEqual([]);
});

it("@kubernetes/client-node is loaded in one place, when it is needed; elsewhere its types are", () => {
  const loading = folders
    .flatMap(sourcesIn)
    .filter((file) =>
      /^import (?!type )[^;]*from "@kubernetes|\bimport\("@kubernetes/m.test(readFileSync(join(root, file), "utf8")),
    );
  expect(loading).toEqual(["webhook/cluster/kubeconfig.ts"]);
});

it("registry/ has errors of its own, and knows neither evidence nor the reasons of policies", () => {
  const known = [...importsOf("registry"), ...importsOf("publish")].filter(isOurs).map(targetOf);
  expect(known.filter((file) => /^policies\/(?:evidence|reasons)\.ts$|^evidence\/errors\.ts$/.test(file))).toEqual([]);
});

it("every folder with code is product code, or test/, bench/, deploy/ and scripts/, which the product does not import", () => {
  const withCode = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^[.]|^(?:node_modules|dist)$/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => sourcesIn(name).length > 0);
  expect(withCode.toSorted()).toEqual([...folders, "bench", "deploy", "scripts", "test"].toSorted());
});

it.each([
  ['import { a } from "./a.ts";', "./a.ts"],
  ['import type { a } from "./a.ts";', "./a.ts"],
  ['import {\n  a,\n} from "../b/a.ts";', "../b/a.ts"],
  ['export * from "./a.ts";', "./a.ts"],
  ['import "reflect-metadata";', "reflect-metadata"],
  ['const { a } = await import("./a.ts");', "./a.ts"],
  ['let a: import("./a.ts").A;', "./a.ts"],
])("%j is an import", (source, specifier) => {
  expect(specifiersIn(source)).toEqual([specifier]);
});

function importsOf(folder: string): Import[] {
  return sourcesIn(folder).flatMap((file) =>
    specifiersIn(readFileSync(join(root, file), "utf8")).map((specifier) => ({ file, specifier })),
  );
}

function specifiersIn(source: string): string[] {
  return [...source.matchAll(/\bfrom\s+"([^"\n]+)"|\bimport\s*\(\s*"([^"\n]+)"|^import\s+"([^"\n]+)"/gm)].map(
    ([, from, dynamic, effect]) => from ?? dynamic ?? effect ?? "",
  );
}

/** The folder at the root that a relative import leads to. */
function folderOf(one: Import): string | undefined {
  return targetOf(one).split("/")[0];
}

/** The file that a relative import leads to. */
function targetOf({ file, specifier }: Import): string {
  return relative(root, join(root, file, "..", specifier));
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.m?[jt]s$/.test(path))
    .map((path) => join(folder, path));
}
