import { existsSync } from "node:fs";
import { join, dirname } from "node:path";
import { expect, it } from "@jest/globals";
import { isOurs, listImports, listSources, resolveImport, root } from "./imports.ts";

/** Folders of suites that are about no single room, and what they are about. */
const aboutNoRoom: Readonly<Record<string, string>> = {
  "test/deploy": "the chart and the manifests, which are no code",
  "test/docs": "what documents promise",
  "test/e2e": "the gate in a real cluster",
  "test/golden": "whole answers of the gate",
  "test/house": "the code as a whole: rooms, names, imports",
  "test/lost-node": "the gate where a node is lost",
  "test/node": "the gate on a real node",
  "test/support": "the parts that tests stand on",
};

/** Suites that lie in a room without importing anything of it, and how they are about it. */
const withoutImports: Readonly<Record<string, string>> = {
  "test/architecture.test.ts": "reads the sources, of all rooms",
  "test/mlflow/real-server.test.ts": "speaks to a real server with the commands",
  "test/registry/proxy/proxy.test.ts": "starts the proxy by its command",
  "test/registry/proxy/real.test.ts": "starts the proxy by its command",
  "test/webhook/admission/path.test.ts": "reads the sources of the path",
  "test/workload/cases.test.ts": "reads the workloads of its table with the command `describe`",
};

/** What suites use in place of a room: a gate that runs, a program, what reads any artifact, a builder that reads or decides. */
const standsFor: Readonly<Record<string, string>> = {
  "evidence/read-artifact.ts": "evidence/read-artifact.ts",
  "test/cli/program.ts": "cli/main.ts",
  "test/evidence/kinds/results/read-files.ts": "evidence/read-artifact.ts",
  "test/golden/answer.ts": "webhook/admission/gate.ts",
  "test/support/builders/decision.ts": "policies/decision/decide.ts",
  "test/support/builders/workload.ts": "workload/read.ts",
  "test/support/gate.ts": "webhook/serve.ts",
  "test/webhook/evaluators/signed-reviews.ts": "webhook/serve.ts",
  "test/workload/good-server.ts": "workload/read.ts",
};

const isSuite = (file: string): boolean => file.endsWith(".test.ts");
const imports = Map.groupBy(listImports("test").filter(isOurs), ({ file }) => file);
const suites = listSources("test").filter(
  (file) => isSuite(file) && !Object.keys(aboutNoRoom).some((folder) => file.startsWith(`${folder}/`)),
);

it("test/ mirrors the sources: each suite is named after a file or a folder of its room, or is about something in it", () => {
  const strayed = suites.filter((file) => !(isNamedAfterSource(file) || isAboutItsRoom(file)));
  expect(strayed.toSorted()).toEqual(Object.keys(withoutImports).toSorted());
});

it("each folder that is about no room is there", () => {
  expect(Object.keys(aboutNoRoom).filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
});

function isNamedAfterSource(suite: string): boolean {
  const source = suite.slice("test/".length, -".test.ts".length);
  return ["", ".ts", ".mjs"].some((ending) => existsSync(join(root, source + ending)));
}

/** Whether a suite imports something that lies in the folder that its own mirrors, or that stands for the room around it. */
function isAboutItsRoom(suite: string): boolean {
  const room = `${dirname(suite).slice("test/".length)}/`;
  const used = (imports.get(suite) ?? []).map(resolveImport);
  return used.some((file) => file.startsWith(room) || isRoomAround(standsFor[file], room));
}

function isRoomAround(file: string | undefined, room: string): boolean {
  return file !== undefined && file.split("/")[0] === room.split("/")[0];
}
