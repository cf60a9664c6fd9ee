import type { Budget } from "../budget.ts";
import type { Container } from "../containers.ts";
import type { Code } from "../programs/code.ts";
import { isClient } from "../programs/clients.ts";
import { findProblemOfTarget } from "../programs/download-targets.ts";
import { listCaches, type Lookup, mayFillCache } from "../programs/caches.ts";
import { type Download, addEnvironment, readDownload, readSnapshot, toTarget } from "../programs/downloads.ts";
import { findModelCall, findModelRequest } from "../programs/model-calls.ts";
import { isModelFree, isModelFreeModule, python, shells } from "../programs/known.ts";
import { findInstallerVariable, installsKnownPackages } from "../programs/packages.ts";
import { type Command, isImageSetup, maxWrites, resolveCommand } from "../programs/resolve.ts";
import { findWrapper } from "../programs/wrappers.ts";
import { getBaseName } from "../file-path.ts";
import { readEntryPoint } from "./entry-point.ts";
import { isOpaque } from "../expansion.ts";
import { readNimImage } from "./nim-image.ts";
import { findServer, readServer, type ServerReading, toUnknownReading } from "./read-server.ts";
import { runTimeLoaders } from "./run-time-loaders.ts";

/**
 * What a container runs, as far as that can be told at admission. It is *understood* where it has servers or downloads and
 * nothing opaque, *no model* where it has nothing at all, and *opaque* otherwise.
 */
export interface ContainerReading {
  readonly servers: readonly ServerReading[];
  readonly downloads: readonly Download[];
  /** Settings for a model that the operator adds: arguments of the image's own entry point which name none. */
  readonly settings: ServerReading | undefined;
  /** Why something in it is not understood. */
  readonly opaque: string | undefined;
  /** What it says to a server that changes what that loads. */
  readonly call: Call | undefined;
  /** Its image starts by its own entry point, and is told nothing that names a model. */
  readonly isOwnEntryPoint: boolean;
  /** Why its programs, and the image's own entry point among them, may be other code than the image's. */
  readonly replaced: string | undefined;
  /** The words of each of its command lines, for policies that read a flag. */
  readonly lines: readonly (readonly string[])[];
  /** Its servers and downloads, which look for models by name, and for compiled code. */
  readonly lookups: readonly Lookup[];
  /** Files that its scripts write and that may be a part of a model, normalised. The empty text: one in a folder that is not known. */
  readonly writes: readonly string[];
}

/** A call that changes what a server loads, in words, and where it stands. */
export interface Call {
  readonly problem: string;
  readonly field: string;
}

interface Draft {
  readonly servers: ServerReading[];
  readonly downloads: Download[];
  settings: ServerReading | undefined;
  opaque: string | undefined;
  call: Call | undefined;
  isOwnEntryPoint: boolean;
  readonly replaced: string | undefined;
  readonly lines: (readonly string[])[];
  readonly lookups: Lookup[];
  readonly writes: string[];
}

/** `reaches`: an accelerator is within the container's reach, so that variables that images are told by count. */
export function readContainerPrograms(
  container: Container,
  codeOf: (downloads: readonly string[]) => Code,
  reaches: boolean,
  budget: Budget,
): ContainerReading {
  const first = readPrograms(container, codeOf([]), reaches, budget);
  const targets = first.downloads.flatMap(({ target }) => target ?? []);
  // What is downloaded may be code, so that the same commands may be others.
  return targets.length === 0 ? first : readPrograms(container, codeOf(targets), reaches, budget);
}

function readPrograms(container: Container, code: Code, reaches: boolean, budget: Budget): ContainerReading {
  const draft: Draft = {
    servers: [],
    downloads: [],
    settings: undefined,
    opaque: undefined,
    call: undefined,
    isOwnEntryPoint: false,
    replaced: code.problem,
    lines: [],
    lookups: [],
    writes: [],
  };
  if (runsCommand(container))
    readCommandLine(container.words, commandFieldOf(container), container, code, budget, draft);
  else readImage(container, code, reaches, draft);
  for (const { path, words } of container.hooks) {
    const own: Draft = { ...draft, opaque: undefined, lines: [] };
    readCommandLine(words, path, container, code, budget, own);
    if (own.opaque !== undefined) draft.opaque ??= `${own.opaque} (${path})`;
    draft.call ??= own.call;
  }
  for (const { path, target } of container.requests) noteCall(findModelRequest(target), path, draft);
  return draft;
}

/** Images that only hand their arguments on are told a program that is known. */
function runsCommand({ hasCommand, words }: Container): boolean {
  if (hasCommand) return true;
  const [first = "", second = ""] = words;
  const name = getBaseName(first);
  if (/^-[a-z]*c$/.test(first)) return /\s/.test(second);
  const isProgram = shells.has(name) || python.test(name) || findWrapper(name) !== undefined;
  return isProgram || findServer(words) !== undefined || (Object.hasOwn(runTimeLoaders, name) && name !== "serve");
}

function readCommandLine(
  words: readonly string[],
  field: string,
  container: Container,
  code: Code,
  budget: Budget,
  draft: Draft,
): void {
  const line = /^-[a-z]*c$/.test(words[0] ?? "") ? ["sh", ...words] : words;
  const { commands, writes, problem } = resolveCommand(line, container.env, { field, code, container, budget });
  if (problem !== undefined) draft.opaque ??= problem;
  budget.spend("commands", commands.length, field);
  const strays = commands.some((command) => leavesImage(command, code));
  for (const command of commands) {
    const known = draft.servers.length + draft.downloads.length;
    readCommand(command, code, draft);
    if (draft.servers.length + draft.downloads.length > known) addLookup(command, container, draft);
    noteCall(findModelCall(command.words), field, draft);
    if (strays && command.moved && looksAround(command)) draft.opaque ??= otherFolder;
    draft.lines.push(command.words);
  }
  addWrites([...writes, ...commands.flatMap(listTeed)], draft);
  draft.opaque ??= findFilledCache(draft);
}

function findFilledCache({ downloads, writes, lookups }: Draft): string | undefined {
  const filled = [...downloads.flatMap(({ target }) => target ?? []), ...writes];
  if (filled.length === 0) return undefined;
  const caches = listCaches(lookups);
  if (caches === undefined) return manyCaches;
  return filled.some((target) => caches.some((cache) => mayFillCache(cache, target, cache.folder)))
    ? "a model is downloaded to where a cache lies, which may then hold any model"
    : undefined;
}

function listTeed({ words }: Command): readonly string[] {
  return words[0] === "tee" ? words.slice(1).filter((word) => !word.startsWith("-")) : [];
}

/** What a log holds is no part of a model, wherever it lies. */
function addWrites(files: readonly string[], draft: Draft): void {
  for (const file of files) {
    if (/\.(?:log|out|pid|err)$/.test(file)) continue;
    const path = file.startsWith("/") ? toTarget(file) : "";
    if (draft.writes.includes(path)) continue;
    if (draft.writes.length < maxWrites) draft.writes.push(path);
    else draft.opaque ??= "its scripts write more files than are looked at";
  }
}

/** Why it is not known in which caches a container looks. */
export const manyCaches = "its commands have more folders for caches than are looked at";

function addLookup(
  { words, env }: Pick<Command, "words" | "env">,
  { fields: { image } }: Container,
  draft: Draft,
): void {
  draft.lookups.push({ words, env, image: typeof image === "string" ? image.slice(0, 512) : "" });
}

function noteCall(problem: string | undefined, field: string, draft: Draft): void {
  if (problem !== undefined) draft.call ??= { problem: `${problem} (${field})`, field };
}

const otherFolder = "the script changes to a folder that may hold other code, or a model of that name";

/** It changes to a folder that is not the image's, or that cannot be told. */
function leavesImage({ words, splits }: Command, code: Code): boolean {
  const [program = "", folder = ""] = words;
  if (program !== "cd" && program !== "pushd" && program !== "popd") return false;
  const isKnown = words.length === 2 && !splits && folder.startsWith("/") && !isOpaque(folder);
  return !isKnown || code.isForeignFolder(folder);
}

/** Python looks for modules in the working directory, and servers for models. */
function looksAround({ words }: Command): boolean {
  return words[0] === "-m" || findServer(words) !== undefined;
}

function readCommand(command: Command, code: Code, draft: Draft): void {
  const server = readServer(command);
  if (server !== undefined) return void draft.servers.push(server);
  const download = readDownload(command);
  if (download !== undefined) {
    if ("problem" in download) draft.opaque ??= download.problem;
    else addDownload(download.download, code, draft);
    return;
  }
  const [program = "", first = "", second = ""] = command.words;
  if (python.test(program) && first === "-c") {
    const snapshot = command.words.length === 3 ? readSnapshot(second, command.field) : undefined;
    if (snapshot === undefined) readCode(program, second, command.field, draft);
    else addDownload(addEnvironment(snapshot, command.env), code, draft);
    return;
  }
  draft.opaque ??= findProblem(command, code);
}

/** What models are loaded by, in Python. */
const loaders =
  /from_pretrained|pipeline\(|SentenceTransformer|CrossEncoder|\b(?:vllm|sglang|lmdeploy|llama_cpp|ctranslate2|diffusers)\b/;

/** Code is opaque; where it speaks of what loads models, it loads one, whatever it can reach. */
function readCode(program: string, code: string, field: string, draft: Draft): void {
  const problem = `${program} runs code that the gate does not read`;
  draft.opaque ??= problem;
  if (loaders.test(code)) draft.servers.push(toUnknownReading(problem, field));
}

function addDownload(download: Download, code: Code, draft: Draft): void {
  draft.opaque ??= findProblemOfTarget(download, code);
  draft.downloads.push(download);
}

/** Undefined: the command loads no model, and changes nothing that another one runs. */
function findProblem({ words, env, splits }: Command, code: Code): string | undefined {
  const [program = "", first = ""] = words;
  if (isOpaque(program)) return "the program that is run cannot be known";
  const isModule = program === "-m";
  if (isClient(words) ?? (isModule ? isModelFreeModule(words.slice(1), splits) : isModelFree(words, splits)))
    return undefined;
  if (!splits && installsKnownPackages(isModule ? words.slice(1) : words)) {
    const variable = findInstallerVariable(env.values);
    return variable === undefined ? undefined : `${variable} lets packages come from elsewhere`;
  }
  if (program === "source" || program === ".")
    return isImageSetup(first, code) ? undefined : `${first} is a script that admission does not see`;
  const hasCommands = python.test(program) || /^(?:vllm|sglang|hf|huggingface-cli|ray)$/.test(program);
  const what = isModule ? `the module ${first}` : hasCommands && !isOpaque(first) ? `${program} ${first}` : program;
  return `${what.trim()} is not a program that the gate knows`;
}

function readImage(container: Container, code: Code, reaches: boolean, draft: Draft): void {
  const nim = container.words.length === 0 ? readNimImage(container, code) : undefined;
  addLookup(container, container, draft);
  if (nim !== undefined) return void draft.servers.push(nim);
  const entry = readEntryPoint(container, reaches, commandFieldOf(container));
  draft.lines.push(container.words);
  noteCall(findModelCall(["", ...container.words]), commandFieldOf(container), draft);
  for (const download of entry.downloads ?? []) draft.downloads.push(addEnvironment(download, container.env));
  if (entry.reading !== undefined) draft.servers.push(entry.reading);
  draft.settings = entry.settings;
  draft.isOwnEntryPoint =
    entry.reading === undefined &&
    entry.downloads === undefined &&
    (entry.problem === undefined || entry.settings !== undefined);
  draft.opaque = entry.problem ?? (draft.isOwnEntryPoint ? undefined : code.problem);
}

function commandFieldOf({ path, fields, commandField }: Container): string {
  if (commandField !== undefined) return commandField;
  return Array.isArray(fields["args"]) && fields["args"].length > 0 ? `${path}.args` : `${path}.command`;
}
