import type { Argument } from "../../policies/workload.ts";
import { baseName, type Command, commandsOf } from "./commands.ts";
import type { Container } from "../containers.ts";
import { type Environment, isOpaque, opaqueNames } from "./expansion.ts";
import { type CommandLine, parseFlags } from "./flags.ts";
import { hiddenFlag, modelOf } from "./positional.ts";
import { hazards, imageEntryPoint, noSettings, type Server, type Settings, servers } from "./servers.ts";
import { adaptersOf, type Setting, settingOf } from "./settings.ts";

/** What one command of a container says of a model. */
export interface ServerReading {
  /** Where the model comes from, as written. Undefined with no problem: the command names no model, only how to run one. */
  readonly source: string | undefined;
  readonly revision: string | undefined;
  readonly quantization: string | undefined;
  readonly adapters: readonly string[];
  readonly problem: string | undefined;
  /** A model server was recognised, even where it cannot be told what it loads. */
  readonly isServer: boolean;
  readonly field: string;
}

export interface ContainerReading {
  readonly servers: readonly ServerReading[];
  readonly flags: readonly Argument[];
}

/** What a container's commands, arguments and variables say of models. */
export function readServers(container: Container): ContainerReading {
  const commands = commandsOf(container);
  if (commands === undefined) return { servers: [unreadableScript(container)], flags: [] };
  const read = commands.map((command) => readCommand(command, container));
  const readings = read.map(({ reading }) => reading);
  const lines = read.map(({ line }) => line);
  const fromEnvironment = readings.some(({ isServer }) => isServer)
    ? undefined
    : readEnvironment(container, { leading: [], flags: lines.flatMap(({ flags }) => flags) });
  return {
    servers: fromEnvironment === undefined ? readings : [fromEnvironment],
    flags: argumentsOf(lines, container.path),
  };
}

function readCommand(command: Command, container: Container): { reading: ServerReading; line: CommandLine } {
  const { server, from } = findServer(command.words);
  const line = parseFlags(from === 0 ? command.words : command.words.slice(from));
  const model = modelOf(server, line, command, container);
  const isServer = server !== imageEntryPoint || model.by !== undefined;
  // The variables of an unknown image count only when no command of the container says more: see readEnvironment.
  const settings = server === imageEntryPoint ? { flags: server.flags, env: noSettings } : server;
  const problem = problemOf(server, line) ?? (isServer ? problemOfServer(command, line, model) : problemOfLine(line));
  return {
    line,
    reading: {
      ...readSettings(model, settings, line, command.env, problem),
      isServer,
      field: fieldOf(model.by, container),
    },
  };
}

/** A model that only the variables of the image's own server name; flags may still say how it is run. */
function readEnvironment(container: Container, line: CommandLine): ServerReading | undefined {
  const model = settingOf(line, [], container.env, imageEntryPoint.env.model);
  if (model.by === undefined) return undefined;
  const problem = problemOf(imageEntryPoint, line) ?? problemOfLine(line);
  const settings = readSettings(model, imageEntryPoint, line, container.env, problem);
  return { ...settings, isServer: true, field: fieldOf(model.by, container) };
}

function readSettings(
  model: Setting,
  server: Pick<Server, "flags" | "env">,
  line: CommandLine,
  env: Environment,
  problem: string | undefined,
) {
  const revision = settingOf(line, server.flags.revision, env, server.env.revision);
  const quantization = settingOf(line, server.flags.quantization, env, server.env.quantization);
  const adapters = adaptersOf(line, server.flags.adapters, env, server.env.adapters);
  const [source, quantizationOfFile] = splitHubFile(model);
  return {
    source,
    revision: revision.value,
    quantization: quantization.value ?? quantizationOfFile,
    adapters: adapters.names,
    problem:
      model.problem ?? revision.problem ?? quantization.problem ?? adapters.problem ?? hazardOf(env.values) ?? problem,
  };
}

function problemOfServer(command: Command, line: CommandLine, model: Setting): string | undefined {
  if (command.splits) return "the server's command has an unquoted shell expansion";
  return problemOfLine(line) ?? (model.value === undefined ? "the server's command names no model" : undefined);
}

function problemOfLine(line: CommandLine): string | undefined {
  const hidden = hiddenFlag(line);
  return hidden === undefined ? undefined : `${opaqueNames(hidden)} may hold any flag: write it as --flag=value`;
}

const commandsByFirstWord = Map.groupBy(
  servers.flatMap((server) => server.commands.map((parts) => ({ server, parts }))),
  ({ parts }) => parts[0] ?? "",
);

function findServer(words: readonly string[]): { server: Server; from: number } {
  for (let at = 0; at < words.length; at += 1) {
    for (const { server, parts } of commandsByFirstWord.get(baseName(words[at] ?? "")) ?? []) {
      if (parts.every((part, next) => baseName(words[at + next] ?? "") === part))
        return { server, from: at + parts.length };
    }
  }
  return { server: imageEntryPoint, from: 0 };
}

const namesOf: ReadonlyMap<Settings, readonly string[]> = new Map(
  [...servers, imageEntryPoint].map(({ flags }) => [flags, Object.values(flags).flat()]),
);

/** Settings in files, and flags that Python's argparse would take for a setting: https://docs.python.org/3/library/argparse.html#allow-abbrev */
function problemOf({ flags: known }: Server, { flags }: CommandLine): string | undefined {
  const settings = namesOf.get(known) ?? [];
  for (const { name, values } of flags) {
    if (known.file.includes(name)) return `${name} names a file that cannot be read at admission`;
    if (name.startsWith("--model-loader-extra-config") && `${name} ${values.join(" ")}`.includes("tensorizer")) {
      return `${name} loads the weights from elsewhere`;
    }
    if (settings.includes(name)) continue;
    const meant = settings.find((setting) => isShortFor(name, setting));
    if (meant !== undefined) return `${name} may stand for ${meant}: write it in full`;
  }
  return undefined;
}

function isShortFor(name: string, setting: string): boolean {
  if (setting === "-q") return /^-q./.test(name);
  return name.length > 2 && name.startsWith("--") && setting.startsWith(name);
}

function hazardOf(values: ReadonlyMap<string, string>): string | undefined {
  return hazards.find(({ variable, isSet }) => isSet(values.get(variable) ?? ""))?.problem;
}

/** llama.cpp's `owner/name:quantization`: https://github.com/ggml-org/llama.cpp/tree/master/tools/server */
function splitHubFile({ value, by }: Setting): [string | undefined, string | undefined] {
  const isHubFile = by === "-hf" || by === "-hfr" || by === "--hf-repo" || by === "LLAMA_ARG_HF_REPO";
  const colon = isHubFile ? (value ?? "").indexOf(":") : -1;
  return colon === -1 ? [value, undefined] : [value?.slice(0, colon), value?.slice(colon + 1)];
}

function fieldOf(by: string | undefined, { path, fields, commandField }: Container): string {
  if (commandField !== undefined) return commandField;
  if (by !== undefined && /^[A-Z]/.test(by)) return `${path}.env[${by}]`;
  return Array.isArray(fields["args"]) && fields["args"].length > 0 ? `${path}.args` : `${path}.command`;
}

/** A flag of which some value cannot be known is left out whole: it must not seem to say only the rest. */
function argumentsOf(lines: readonly CommandLine[], container: string): Argument[] {
  const found = lines.flatMap(({ flags }) =>
    flags.flatMap(({ name, values }) =>
      values.length === 0 ? [{ name, value: "", container }] : values.map((value) => ({ name, value, container })),
    ),
  );
  const hidden = new Set(found.filter(({ value }) => isOpaque(value)).map(({ name }) => name));
  return hidden.size === 0 ? found : found.filter(({ name }) => !hidden.has(name));
}

const serverWords = /vllm|sglang|text-generation|llama|huggingfaceserver|--model|trtllm/;

function unreadableScript(container: Container): ServerReading {
  const isServer = container.words.some((word) => serverWords.test(word));
  const problem = isServer ? "the model server is started by a shell script that cannot be read" : undefined;
  return {
    source: undefined,
    revision: undefined,
    quantization: undefined,
    adapters: [],
    problem,
    isServer,
    field: fieldOf(undefined, container),
  };
}
