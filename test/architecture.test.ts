import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { countLooseFiles } from "../scripts/code/measure.ts";
import { listFiles } from "../scripts/code/syntax-trees.ts";
import {
  findCircles,
  findSpecifiers,
  isOurs,
  listImports,
  listSources,
  readCode,
  resolveImport,
  root,
  type Import,
} from "./house/imports.ts";
import { crowded, mayImport, mostLooseFiles, rooms } from "./house/rooms.ts";

const folders = Object.keys(mayImport);

describe.each(folders)("%s/", (folder) => {
  const imports = listImports(folder);

  it("has files, and their imports are found", () => expect(imports).not.toEqual([]));

  it(`imports nothing of ours but itself${["", ...(mayImport[folder] ?? [])].join(", ")}`, () => {
    const allowed = new Set([folder, ...(mayImport[folder] ?? [])]);
    const strangers = imports.filter((one) => isOurs(one) && !allowed.has(resolveImport(one).split("/")[0] ?? ""));
    expect(strangers).toEqual([]);
  });
});

describe("the rooms inside", () => {
  it.each(Object.entries(rooms))("%s/ are all listed", (folder, { mayImport: listed, entrances }) => {
    const inside = readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && listSources(`${folder}/${entry.name}`).length > 0)
      .map(({ name }) => name);
    expect(Object.keys(listed)).toEqual(expect.arrayContaining(inside));
    const files = listSources(folder).map((file) => file.slice(folder.length + 1));
    expect(files).toEqual(expect.arrayContaining([...entrances]));
  });

  it("are listed for every folder of the product with more than one, except the command line's", () => {
    const withRooms = folders.filter((folder) => new Set(listSources(folder).map(folderOf)).size > 1);
    expect(withRooms.filter((folder) => folder !== "cli").toSorted()).toEqual(Object.keys(rooms).toSorted());
  });

  it.each(Object.entries(rooms))("%s/ form no circle", (_, { mayImport: listed }) => {
    expect(findCircles(new Map(Object.entries(listed)))).toEqual([]);
  });

  it("import one another as listed", () => {
    const detours = Object.keys(rooms)
      .flatMap(listImports)
      .filter((one) => isOurs(one) && isDetour(one))
      .map((one) => `${folderOf(one.file)} → ${resolveImport(one)}`);
    expect(detours).toEqual([]);
  });
});

it("files form no circle, types included", () => {
  const imports = [...folders, "bench", "scripts", "test"].flatMap(listImports).filter(isOurs);
  const graph = Map.groupBy(imports, ({ file }) => file);
  expect(findCircles(new Map([...graph].map(([file, each]) => [file, each.map(resolveImport)])))).toEqual([]);
});

it(`a folder has at most ${mostLooseFiles} loose files, or a reason to have more`, () => {
  const full = countLooseFiles(listFiles(root)).filter(({ files }) => files > mostLooseFiles);
  expect(full.map(({ folder }) => folder).toSorted()).toEqual(Object.keys(crowded).toSorted());
});

it("policies/ imports four packages that are as pure as it is: nothing of Node's, no logger", () => {
  const packages = listImports("policies").filter((one) => !isOurs(one));
  expect(packages.filter(({ specifier }) => isBuiltin(specifier))).toEqual([]);
  expect([...new Set(packages.map(({ specifier }) => specifier))].toSorted()).toEqual([
    "@marcbachmann/cel-js",
    "semver",
    "yaml",
    "zod",
  ]);
});

describe("what takes everything as an argument", () => {
  const fromOutside = /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bprocess\.|\bset(?:Timeout|Interval)\b/;

  it.each(["policies", "workload", "records", "audit", "certs"])("%s/ reads no clock and no environment", (folder) => {
    expect(listSources(folder).filter((file) => fromOutside.test(readCode(file)))).toEqual([]);
  });

  it.each([
    ["policies", []],
    ["workload", []],
    ["records", []],
    ["audit", []],
    ["certs", ["node:crypto"]],
    ["config", ["node:fs", "node:path"]],
  ])("%s/ imports of Node's modules only %j", (folder, allowed) => {
    const builtin = listImports(folder).filter(({ specifier }) => isBuiltin(specifier));
    expect([...new Set(builtin.map(({ specifier }) => specifier))].toSorted()).toEqual(allowed);
  });

  it.each(["policies", "workload"])("%s/ waits for nothing", (folder) => {
    expect(
      listSources(folder).filter((file) => /\bawait\b|\basync (?:function|\()|\bPromise\b/.test(readCode(file))),
    ).toEqual([]);
  });

  it("the environment is read in cli/main.ts", () => {
    const readers = folders.flatMap(listSources).filter((file) => /\bprocess\.env\b/.test(readCode(file)));
    expect(readers).toEqual(["cli/main.ts"]);
  });
});

it("webhook/cluster imports no other room of the webhook", () => {
  const files = listImports("webhook/cluster").filter(isOurs).map(resolveImport);
  expect(files.filter((file) => file.startsWith("webhook/") && !file.startsWith("webhook/cluster/"))).toEqual([]);
});

it("an API server is spoken to by one file", () => {
  const users = folders.flatMap(listImports).filter((one) => resolveImport(one) === "webhook/cluster/connection.ts");
  expect(users.map(({ file }) => file)).toEqual(["webhook/cluster/client.ts"]);
});

it("@kubernetes/client-node is loaded in one place, when it is needed; elsewhere its types are", () => {
  const isNamed = (name: string) => (file: string) =>
    new RegExp(`^(?:import|export) (?!type )[^;]*from "${name}|\\bimport\\("${name}`, "m").test(
      readFileSync(join(root, file), "utf8"),
    );
  const sources = folders.flatMap(listSources);
  expect(sources.filter(isNamed("@kubernetes"))).toEqual(["webhook/cluster/kube-config-class.ts"]);
  expect(sources.filter(isNamed("./kube-config-class.ts"))).toEqual(["webhook/cluster/kubeconfig.ts"]);
  expect(readFileSync(join(root, "webhook/cluster/kubeconfig.ts"), "utf8")).not.toMatch(/^import .*kube-config-class/m);
});

it("registry/ has errors of its own, and knows neither evidence nor the reasons of policies", () => {
  const known = [...listImports("registry"), ...listImports("publish")].filter(isOurs).map(resolveImport);
  expect(known.filter((file) => /^policies\/(?:evidence|reasons)\.ts$|^evidence\/errors\.ts$/.test(file))).toEqual([]);
});

it("every folder with code is product code, or test/, bench/, deploy/ and scripts/, which the product does not import", () => {
  const withCode = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^[.]|^(?:node_modules|dist)$/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => listSources(name).length > 0);
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
  expect(findSpecifiers(source)).toEqual([specifier]);
});

it.each([
  ["a link", '/** See {@link import("./a.ts").A}. */'],
  ["an example", '/**\n * import { a } from "./a.ts";\n */'],
])("%s in a comment is not an import", (_, source) => {
  expect(findSpecifiers(source)).toEqual([]);
});

it("a circle is found, and what only leads to it is not part of it", () => {
  const graph = { a: ["b"], b: ["c"], c: ["b", "d"], d: [], e: ["e"], f: ["g"], g: ["f"] };
  expect(findCircles(new Map(Object.entries(graph)))).toEqual([["b", "c"], ["e"], ["f", "g"]]);
});

/** Whether an import inside one folder leads into a room that its own may not import. */
function isDetour(one: Import): boolean {
  const [folder = ""] = one.file.split("/");
  const target = resolveImport(one);
  if (!target.startsWith(`${folder}/`)) return false;
  const [from, to] = [findRoom(one.file), findRoom(target)];
  if (from === to || from === "entrance") return false;
  return to === "entrance" || !(rooms[folder]?.mayImport[from] ?? []).includes(to);
}

/** The name of the room that a file is in, as the table has it, or `entrance`. */
function findRoom(file: string): string {
  const [folder = "", ...rest] = file.split("/");
  const { mayImport: listed = {}, entrances = [] } = rooms[folder] ?? {};
  if (entrances.includes(rest.join("/"))) return "entrance";
  const inside = Object.keys(listed).filter((room) => rest.join("/").startsWith(`${room}/`));
  return inside.toSorted((a, b) => b.length - a.length)[0] ?? ".";
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/"));
}
