import type { Command } from "../programs/resolve.ts";
import { type CommandLine, type GivenFlag, parseCommandLine } from "../flags/command-line.ts";
import type { Adapter } from "../adapter.ts";
import { isOpaque } from "../expansion.ts";
import { type Draft, readDrafts } from "./drafts.ts";
import { findHazard, findOpenVariables } from "../flags/hazards.ts";
import { runTimeLoaders } from "./run-time-loaders.ts";
import { findHidingFlag, findOtherPart } from "./hiding-flags.ts";
import { toFoldedEnvironment } from "./folded-environment.ts";
import type { Server } from "./server.ts";
import { servers } from "./servers.ts";
import { readWrittenSource } from "./written-source.ts";
import {
  findOpenSettings,
  readAdapters,
  readTemplates,
  combineSettings,
  notGiven,
  type Setting,
  type Template,
  readSetting,
} from "./settings.ts";

/** What one command of a container says of a model. */
export interface ServerReading {
  /** Where the model comes from, as written. Undefined with no problem: the command names no model, only how to run one. */
  readonly source: string | undefined;
  readonly revision: string | undefined;
  readonly quantization: string | undefined;
  readonly adapters: readonly Adapter[];
  /** Says what may load further adapters. */
  readonly hiddenAdapters: string | undefined;
  /** Templates for prompts that it is given, as written. */
  readonly templates: readonly Template[];
  /** Models that are loaded beside it, as written. */
  readonly drafts: readonly Draft[];
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
    templates: [],
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
  { env: given, field }: Pick<Command, "env" | "field">,
): ServerReading {
  const env = server.foldsVariables === true ? toFoldedEnvironment(given) : given;
  const model = findModel(server, line, env);
  const revision = readSetting(line, server.flags.revision, env, server.env.revision);
  const quantization = readSetting(line, server.flags.quantization, env, server.env.quantization);
  const adapters = readAdapters(line, server.flags.adapters, env, server.env.adapters);
  const drafts = readDrafts(line, server);
  const written = readWrittenSource(server, model, line);
  return {
    source: written.source,
    revision: revision.value,
    quantization: quantization.value ?? written.quantization,
    adapters: adapters.adapters,
    hiddenAdapters: hidingAdapters(server, line.flags),
    templates: readTemplates(server.templates ?? [], line, env),
    drafts: drafts ?? [],
    problem:
      model.problem ??
      written.problem ??
      line.problem ??
      revision.problem ??
      quantization.problem ??
      adapters.problem ??
      findHidingFlag(server, line) ??
      findOtherPart(server, line, model, revision) ??
      findHazard(env, server.hazards, listSettings(server)) ??
      (drafts === undefined ? "a draft model is loaded that cannot be read" : undefined),
    openEnvironment: env.open
      ? findOpenVariables(env, server.hazards, unset(server, line), listSettings(server))
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

function listSettings(server: Server): readonly string[] {
  return settingNames.get(server) ?? noNames;
}

/** Variables of settings that no flag of the line decides. A model that is an argument has no variable. */
function unset(server: Server, line: CommandLine): string[] {
  const settings = ["revision", "quantization", "adapters"] as const;
  const open = settings.flatMap((setting) => findOpenSettings(line, server.flags[setting], server.env[setting]));
  return line.positionals.length > 0
    ? open
    : [...findOpenSettings(line, server.flags.model, server.env.model), ...open];
}

/** The first positional argument, where the server takes one, and its flag must agree; else its variable. */
function findModel(server: Server, line: CommandLine, env: Command["env"]): Setting {
  const [positional, ...more] = line.positionals;
  if (positional === undefined) return readModelSetting(server, line, env);
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

/** The repository counts where a server is told a repository, and which of its files. */
function readModelSetting(
  { flags, env: { model: variables }, fileOf }: Server,
  line: CommandLine,
  env: Command["env"],
): Setting {
  const setting = fileOf && readSetting(line, fileOf.repository.flags, env, fileOf.repository.variables);
  return setting?.by === undefined ? readSetting(line, flags.model, env, variables) : setting;
}

function shown(word: string): string {
  return isOpaque(word) ? "a word that is not known" : `"${word.slice(0, 80)}"`;
}

function hidingAdapters({ hidesAdapters }: Server, flags: readonly GivenFlag[]): string | undefined {
  const found = flags.find(({ name, values }) => isOn(values) && hidesAdapters[name] !== undefined);
  return found && hidesAdapters[found.name];
}

function isOn(values: readonly string[]): boolean {
  return !(values.length === 1 && /^(?:false|0|no)$/i.test(values[0] ?? ""));
}
