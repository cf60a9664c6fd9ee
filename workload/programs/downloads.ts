import { normalizePath } from "../file-path.ts";
import { parseCommandLine } from "../flags/command-line.ts";
import { type Environment, isOpaque } from "../expansion.ts";
import { findHazard, findOpenVariables, listHazards } from "../flags/hazards.ts";
import { huggingfaceCli } from "../flags/tables/huggingfaceCli.ts";
import { huggingfaceHub } from "../flags/tables/huggingfaceHub.ts";
import type { FlagTable } from "../flags/tables/table.ts";
import type { Command } from "./resolve.ts";

/** A model that a command puts into a folder. */
export interface Download {
  /** As written: a hub id or a URI. */
  readonly source: string;
  readonly revision: string | undefined;
  /** Absolute and normalised. Undefined: the cache of the hub's client, from which a server takes it by name. */
  readonly target: string | undefined;
  readonly field: string;
  readonly problem: string | undefined;
  /** Variables from elsewhere that could change where it comes from. */
  readonly openEnvironment?: string | undefined;
}

/** What a recognised downloader is told, or why that is not understood. */
export type DownloadReading = { readonly download: Download } | { readonly problem: string };

/** The initializer of KServe has some of its own. */
const hubHazards = listHazards("kserveStorage");

/** Of both programs, in all their versions. What is left out or taken of the files changes nothing of the name. */
const hubFlags: FlagTable = {
  ...huggingfaceHub,
  flags: new Map([
    ...huggingfaceHub.flags,
    ...huggingfaceCli.flags,
    ...["--include", "--exclude"].map((name) => [name, { canonical: name, arity: "many", json: false }] as const),
  ]),
};

/** Reads `hf download`, `huggingface-cli download` and `git clone`. Undefined: no downloader that is known. */
export function readDownload({ words, env, field, splits }: Command): DownloadReading | undefined {
  const [program = "", command = "", ...rest] = words;
  const isHub = (program === "hf" || program === "huggingface-cli") && command === "download";
  const isClone = program === "git" && command === "clone";
  if (!isHub && !isClone) return undefined;
  if (splits) return { problem: `${program} ${command} has an unquoted shell expansion` };
  const found = isHub ? readHubDownload(rest, field) : readClone(rest, field);
  return "problem" in found ? found : { download: addEnvironment(found.download, env) };
}

/** With the variables that the downloader finds. */
export function addEnvironment(download: Download, env: Environment): Download {
  const problem = download.problem ?? findHazard(env, hubHazards) ?? findGitVariable(env);
  return { ...download, problem, openEnvironment: findOpenVariables(env, hubHazards, []) };
}

const gitVariables = (
  "GIT_CONFIG GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_SSH GIT_SSH_COMMAND GIT_PROXY_COMMAND " +
  "GIT_EXEC_PATH GIT_TEMPLATE_DIR GIT_SSL_NO_VERIFY GIT_SSL_CAINFO GIT_SSL_CAPATH GIT_ASKPASS GIT_DIR GIT_WORK_TREE " +
  "GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES XDG_CONFIG_HOME"
).split(" ");

/** git takes its whole configuration from variables, and with it other names of hosts. */
function findGitVariable({ values }: Environment): string | undefined {
  const name = gitVariables.find((key) => values.has(key));
  return name && `${name} changes what git fetches`;
}

/** The path, normalised: `/var/run` is `/run`. */
export function toTarget(path: string): string {
  return normalizePath(path).replace(/^\/var\/run(?=\/|$)/, "/run");
}

function readHubDownload(args: readonly string[], field: string): DownloadReading {
  const { positionals, flags, problem } = parseCommandLine(args, hubFlags);
  const findValue = (...names: readonly string[]): string | undefined =>
    flags.findLast(({ name }) => names.includes(name))?.values[0];
  const [source] = positionals;
  if (problem !== undefined || source === undefined) return { problem: problem ?? "the download names no model" };
  const type = findValue("--type", "--repo-type") ?? "model";
  if (type !== "model") return { problem: `the download is of a ${type}` };
  const [revision, target] = [findValue("--revision"), findValue("--local-dir")];
  if ([source, target ?? "", revision ?? ""].some(isOpaque))
    return { problem: "the download's model, revision or folder cannot be known" };
  const folder = target === undefined ? undefined : toTarget(target);
  return { download: { source, revision, target: folder, field, problem: undefined } };
}

const cloneFlags: { readonly values: readonly string[]; readonly switches: readonly string[] } = {
  values: ["--branch", "-b", "--depth"],
  switches: ["--single-branch", "--quiet", "-q", "--progress", "--no-tags"],
};

/** https://huggingface.co/docs/hub/repositories-getting-started : a repository of the hub, at its main branch unless told otherwise. */
function readClone(args: readonly string[], field: string): DownloadReading {
  const { positionals, values, unknown } = splitFlags(args, cloneFlags);
  const [address = "", folder] = positionals;
  const source = /^https:\/\/huggingface\.co\/([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(address)?.[1];
  if (unknown !== undefined || source === undefined)
    return { problem: "git clones something that is not a model of a hub that the gate knows" };
  const target = folder?.startsWith("/") === true ? toTarget(folder) : undefined;
  if (target === undefined || isOpaque(target)) return { problem: "git clones into a folder that cannot be known" };
  const revision = values.get("--branch") ?? values.get("-b");
  return { download: { source, revision, target, field, problem: undefined } };
}

function splitFlags(args: readonly string[], { values: withValue, switches }: typeof cloneFlags) {
  const positionals: string[] = [];
  const values = new Map<string, string>();
  let unknown: string | undefined;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    const name = equals === -1 ? word : word.slice(0, equals);
    if (!word.startsWith("-")) positionals.push(word);
    else if (equals !== -1 && withValue.includes(name)) values.set(name, word.slice(equals + 1));
    else if (withValue.includes(word)) values.set(word, args[(at += 1)] ?? "");
    else if (!switches.includes(word)) unknown ??= word;
  }
  return { positionals, values, unknown };
}

/** KServe's initializer: pairs of a URI and a folder, and nothing else. https://github.com/kserve/kserve/tree/master/python/storage-initializer */
export function readInitializer(args: readonly string[], field: string): readonly Download[] | undefined {
  if (args.length === 0 || args.length % 2 === 1) return undefined;
  const downloads: Download[] = [];
  for (let at = 0; at < args.length; at += 2) {
    const [source = "", target = ""] = [args[at], args[at + 1]];
    if (!/^[a-z0-9+]+:\/\//.test(source) || !target.startsWith("/") || isOpaque(target) || isOpaque(source))
      return undefined;
    downloads.push({
      source,
      revision: undefined,
      target: toTarget(target),
      field: `${field}[${at}]`,
      problem: undefined,
    });
  }
  return downloads;
}

const snapshot =
  /^\s*(?:from\s+huggingface_hub\s+import\s+snapshot_download|import\s+huggingface_hub)\s*[;\n]\s*(?:huggingface_hub\.)?snapshot_download\(([^()\\]*)\)\s*;?\s*$/;
const argument = /^\s*(?:(\w+)\s*=\s*)?(?:"([^"]*)"|'([^']*)'|(True|False|None|\d+))\s*$/;
const harmlessArguments: ReadonlySet<string> = new Set([
  "repo_id",
  "revision",
  "local_dir",
  "max_workers",
  "local_dir_use_symlinks",
  "force_download",
  "resume_download",
  "token",
]);

/** `python -c` with one call of `snapshot_download` and literal arguments. Undefined: any other code. */
export function readSnapshot(code: string, field: string): Download | undefined {
  const inside = code.length > 4096 ? undefined : snapshot.exec(code)?.[1];
  if (inside === undefined) return undefined;
  const given = new Map<string, string>();
  for (const [at, text] of inside.split(",").entries()) {
    if (text.trim() === "") continue;
    const [, name = at === 0 ? "repo_id" : "", double, single, bare] = argument.exec(text) ?? [];
    if (!harmlessArguments.has(name) || given.has(name)) return undefined;
    given.set(name, double ?? single ?? bare ?? "");
  }
  const source = given.get("repo_id");
  if (source === undefined || isOpaque(inside)) return undefined;
  const target = given.get("local_dir");
  return {
    source,
    revision: given.get("revision"),
    target: target === undefined ? undefined : toTarget(target),
    field,
    problem: undefined,
  };
}
