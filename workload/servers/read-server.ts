import type { Command } from "../programs/resolve.ts";
import { isFields } from "../shape.ts";
import { type CommandLine, type GivenFlag, parseCommandLine } from "../flags/command-line.ts";
import { isOpaque } from "../expansion.ts";
import { findHazard, findOpenVariables } from "../flags/hazards.ts";
import { runTimeLoaders } from "./run-time-loaders.ts";
import type { Server } from "./server.ts";
import { servers } from "./servers.ts";
import { readAdapters, combineSettings, notGiven, type Setting, readSetting } from "./settings.ts";

/** What one command of a container says of a model. */
export interface ServerReading {
  /** Where the model comes from, as written. Undefined with no problem: the command names no model, only how to run one. */
  readonly source: string | undefined;
  readonly revision: string | undefined;
  readonly quantization: string | undefined;
  readonly adapters: readonly string[];
  /** Says what may load further adapters. */
  readonly hiddenAdapters: string | undefined;
  /** Models that are loaded beside it, as written. */
  readonly drafts: readonly string[];
  readonly problem: string | undefined;
  readonly openEnvironment: string | undefined;
  /** The flag or variable that names the model. */
  readonly by: string | undefined;
  readonly field: string;
}

/** The problem of a server that leaves it to others to say which model it loads. */
export const namesNoModel = "the server's command names no model";

interface Start {
  readonly server: Server;
  readonly words: readonly string[];
}

const startsByFirstWord = Map.groupBy(
  servers
    .flatMap((server) => server.starts.map((text): Start => ({ server, words: text.split(" ") })))
    .toSorted((one, other) => other.words.length - one.words.length),
  ({ words }) => words[0] ?? "",
);

/** The server that the words start, and the arguments that it is given. The longest start counts. */
export function findServer(words: readonly string[]): { server: Server; args: readonly string[] } | undefined {
  for (const { server, words: start } of startsByFirstWord.get(words[0] ?? "") ?? []) {
    if (start.every((word, at) => words[at] === word)) return { server, args: words.slice(start.length) };
  }
  return undefined;
}

/** Undefined: no model server that is known. */
export function readServer(command: Command): ServerReading | undefined {
  const [program = ""] = command.words;
  const loader = Object.hasOwn(runTimeLoaders, program) ? runTimeLoaders[program] : undefined;
  if (loader !== undefined) return toUnknownReading(loader, command.field);
  const found = findServer(command.words);
  if (found === undefined) return undefined;
  const line = parseCommandLine(found.args, found.server.table);
  const reading = readLine(found.server, line, command);
  if (command.splits)
    return { ...reading, problem: reading.problem ?? "the server's command has an unquoted shell expansion" };
  return reading.source === undefined && reading.problem === undefined
    ? { ...reading, problem: namesNoModel }
    : reading;
}

/** A server of which nothing is known but why. */
export function toUnknownReading(problem: string, field: string): ServerReading {
  return {
    source: undefined,
    revision: undefined,
    quantization: undefined,
    adapters: [],
    hiddenAdapters: undefined,
    drafts: [],
    problem,
    openEnvironment: undefined,
    by: undefined,
    field,
  };
}

/** What a line, each word of it accounted for or not, says of the model. */
export function readLine(
  server: Server,
  line: CommandLine,
  { env, field }: Pick<Command, "env" | "field">,
): ServerReading {
  const model = modelOf(server, line, env);
  const revision = readSetting(line, server.flags.revision, env, server.env.revision);
  const quantization = readSetting(line, server.flags.quantization, env, server.env.quantization);
  const adapters = readAdapters(line, server.flags.adapters, env, server.env.adapters);
  const drafts = draftsIn(line, server.drafts);
  const { source, quantization: ofFile } = splitHubFile(model, line);
  const asked = model.by === undefined || server.env.model.includes(model.by) ? server.env.model : [];
  return {
    source,
    revision: revision.value,
    quantization: quantization.value ?? ofFile,
    adapters: adapters.names,
    hiddenAdapters: hidingAdapters(server, line.flags),
    drafts: drafts ?? [],
    problem:
      model.problem ??
      line.problem ??
      revision.problem ??
      quantization.problem ??
      adapters.problem ??
      hidingFlag(server, line.flags) ??
      findHazard(env, server.hazards, settingsOf(server)) ??
      (drafts === undefined ? "a draft model is loaded that cannot be read" : undefined),
    openEnvironment: env.open
      ? findOpenVariables(env, server.hazards, [...asked, ...unset(server, line)], settingsOf(server))
      : undefined,
    by: model.by,
    field,
  };
}

/** Variables that are read as settings, and so are not a hazard. */
const settingNames: ReadonlyMap<Server, readonly string[]> = new Map(
  servers.map((server) => [server, Object.values(server.env).flat()]),
);
const noNames: readonly string[] = [];

function settingsOf(server: Server): readonly string[] {
  return settingNames.get(server) ?? noNames;
}

/** Variables of settings that no flag of the line decides. */
function unset(server: Server, { flags }: CommandLine): string[] {
  const settings = ["revision", "quantization", "adapters"] as const;
  return settings.flatMap((setting) =>
    flags.some(({ name }) => server.flags[setting].includes(name)) ? [] : server.env[setting],
  );
}

/** The first positional argument, where the server takes one, and its flag must agree; else its variable. */
function modelOf(server: Server, line: CommandLine, env: Command["env"]): Setting {
  const [positional, ...more] = line.positionals;
  if (positional === undefined) return readSetting(line, server.flags.model, env, server.env.model);
  if (!server.positional)
    return {
      value: undefined,
      problem: `${shown(positional)} is not an argument that ${server.title} takes`,
      by: "arguments",
    };
  if (more.length > 0) return { value: undefined, problem: "the server is given more than one model", by: "arguments" };
  const flag = readSetting(line, server.flags.model, env, []);
  const first = combineSettings(notGiven, "the first argument", positional);
  return flag.by === undefined || flag.problem !== undefined
    ? flag.problem === undefined
      ? first
      : flag
    : combineSettings(first, flag.by, flag.value);
}

function shown(word: string): string {
  return isOpaque(word) ? "a word that is not known" : `"${word.slice(0, 80)}"`;
}

function hidingFlag({ hides }: Server, flags: readonly GivenFlag[]): string | undefined {
  for (const { name, values } of flags) {
    const why = hides[name] ?? hides[rootOf(name)];
    if (why !== undefined && !isNothing(values)) return `${name} ${why}`;
    if (
      name.startsWith("--model-loader-extra-config") &&
      /tensorizer|uri|http|:\/\//i.test(`${name} ${values.join(" ")}`)
    )
      return `${name} loads the weights from elsewhere`;
    if (isEscaped.test(name) && values.some((value) => value.includes("\\")))
      return `${name} is written with escapes that may hide what it says`;
    if (name === "--distributed-executor-backend" && values.some((value) => value.includes(".")))
      return `${name} brings code from elsewhere`;
    if (name === "--load-format" && !loadFormats.has(values[0] ?? ""))
      return `${name} loads the weights from elsewhere`;
    if (
      /^--(?:(?:kv|ec)-transfer-config|hicache-storage-backend-extra-config)/.test(name) &&
      /module/.test(`${name} ${values.join(" ")}`)
    )
      return `${name} brings code from elsewhere`;
  }
  return undefined;
}

const isEscaped =
  /^--(?:model-loader-extra-config|kv-transfer-config|ec-transfer-config|compilation-config|hicache-storage-backend-extra-config)/;

/** Of the model's own files, in whatever format. */
const loadFormats: ReadonlySet<string> = new Set(
  "auto pt safetensors npcache gguf bitsandbytes mistral layered runai_streamer fastsafetensors hf sharded_state".split(
    " ",
  ),
);

function hidingAdapters({ hidesAdapters }: Server, flags: readonly GivenFlag[]): string | undefined {
  const found = flags.find(({ name, values }) => isOn(values) && hidesAdapters[name] !== undefined);
  return found && hidesAdapters[found.name];
}

function rootOf(name: string): string {
  const dot = name.indexOf(".");
  return dot === -1 ? name : name.slice(0, dot);
}

function isNothing(values: readonly string[]): boolean {
  return values.length === 1 && (values[0] === "" || values[0] === "{}");
}

function isOn(values: readonly string[]): boolean {
  return !(values.length === 1 && /^(?:false|0|no)$/i.test(values[0] ?? ""));
}

/** Undefined: a draft model may be loaded, but which cannot be read. */
function draftsIn({ flags }: CommandLine, names: readonly string[]): string[] | undefined {
  const drafts: string[] = [];
  for (const { name, values } of flags) {
    if (!names.includes(rootOf(name))) continue;
    const [value = "", ...others] = values;
    drafts.push(...others);
    if (name.includes(".")) {
      if (name.endsWith(".model")) drafts.push(value);
      else if (!/\.(?:method|num[_-]speculative[_-]tokens)$/.test(name)) return undefined;
      continue;
    }
    if (!/^\s*\{/.test(value)) {
      drafts.push(value);
      continue;
    }
    const config = parseJson(value);
    if (!isFields(config)) return undefined;
    const model = config["model"];
    if (typeof model === "string" && !ownMethods.has(model)) drafts.push(model);
    else if (model !== undefined && model !== null && typeof model !== "string") return undefined;
  }
  return drafts.some(isOpaque) ? undefined : drafts;
}

/** Methods that load no further model, and stand in the place of one. */
const ownMethods: ReadonlySet<string> = new Set(["ngram", "[ngram]", "mtp", "suffix"]);

function parseJson(text: string): unknown {
  try {
    return text.length > 16_384 ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const hubFileFlags: ReadonlySet<string> = new Set(["--hf-repo", "LLAMA_ARG_HF_REPO", "the first argument", "--model"]);
const hubFile = /^([\w.-]+\/[\w.-]+):([A-Za-z0-9_.-]+)$/;
const ngcId = /^[\w.-]+\/[\w.-]+\/[\w.-]+(?::[\w.-]+)?$/;
const quantizationOfFile = /(?:^|[-._])((?:I?Q[0-9]|BF16|F16|F32|TQ[0-9]|MXFP4)[A-Z0-9_]*)(?:-\d+-of-\d+)?\.gguf$/i;

/** `owner/name:quantization` of llama.cpp and vLLM, and llama.cpp's name of a file. https://github.com/ggml-org/llama.cpp/tree/master/tools/server */
function splitHubFile(
  { value, by }: Setting,
  { flags }: CommandLine,
): { source: string | undefined; quantization: string | undefined } {
  const file = flags.find(({ name }) => name === "--hf-file")?.values[0];
  // NVIDIA's catalogue: organisation, team and model, where others would read a path.
  if (by === "NIM_MODEL_NAME" && ngcId.test(value ?? "")) return { source: `ngc://${value}`, quantization: undefined };
  const ofFile = file === undefined ? undefined : quantizationOfFile.exec(file)?.[1];
  const [, source, quantization] = hubFileFlags.has(by ?? "") ? (hubFile.exec(value ?? "") ?? []) : [];
  return source === undefined
    ? { source: value, quantization: ofFile }
    : { source, quantization: quantization ?? ofFile };
}
