import type { Container } from "../containers.ts";
import { type Download, readInitializer } from "../programs/downloads.ts";
import { type CommandLine, parseAccounted, parseCommandLine } from "../flags/command-line.ts";
import { mayBeSet } from "../expansion.ts";
import { everyHazard, findHazard, findOpenVariables } from "../flags/hazards.ts";
import { readLine, type ServerReading } from "./read-server.ts";
import type { Server } from "./server.ts";
import { servers } from "./servers.ts";

/** What the arguments and variables of an image that starts by its own entry point say. */
export interface EntryPoint {
  /** They name a model, or may. */
  readonly reading: ServerReading | undefined;
  /** They are a server's, and name none: an operator may add it. */
  readonly settings: ServerReading | undefined;
  readonly downloads: readonly Download[] | undefined;
  /** Why they are nobody's that is known. */
  readonly problem: string | undefined;
}

const nothing: EntryPoint = { reading: undefined, settings: undefined, downloads: undefined, problem: undefined };
const candidates = servers.filter(({ isEntryPoint }) => isEntryPoint);
const variables = [...new Set(candidates.flatMap(({ env }) => env.model))];

/**
 * The arguments count as what runs if every word is accounted for as one server's. Where they are two servers' and these
 * would load different models, neither counts. That the image holds that server is a matter of trust.
 */
export function readEntryPoint(container: Container, reaches: boolean, field: string): EntryPoint {
  const downloads = readInitializer(container.words, field);
  if (downloads !== undefined) return { ...nothing, downloads };
  const isServe = container.words[0] === "serve" && container.words.length > 1;
  const words = isServe ? container.words.slice(1) : container.words;
  const accounted = listAccounted(words, isServe);
  const readings = accounted.map(({ server, line }) => readLine(server, line, { env: container.env, field }));
  const byLine = readings.filter(
    ({ by }, at) => by !== undefined && accounted[at]?.server.env.model.includes(by) !== true,
  );
  const first = byLine.find((one) => !isFileOfImage(one)) ?? byLine[0];
  if (first !== undefined) return { ...nothing, reading: agreed(first, byLine) };
  // Variables alone name a model only where an accelerator is within reach: clients are told by them, too.
  const byVariable = reaches ? readings.find(({ by }) => by !== undefined) : undefined;
  if (byVariable !== undefined) return { ...nothing, reading: byVariable };
  const settings = readings[0] && withVariables(readings[0], container);
  if (words.length === 0) return { ...nothing, settings, problem: reaches ? openVariables(container) : undefined };
  if (settings !== undefined) return { ...nothing, settings, problem: "the arguments name no model" };
  return reaches ? guess(words, container, field) : { ...nothing, problem: unknownArguments };
}

const unknownArguments = "the image is given arguments that are not those of a server that the gate knows";

interface Accounted {
  readonly server: Server;
  readonly line: CommandLine;
}

function listAccounted(words: readonly string[], isServe: boolean): Accounted[] {
  const found: Accounted[] = [];
  for (const server of candidates) {
    // What is accounted for as another server's, of whose flags it has all in the same meaning, is read already.
    if (found.some((one) => one.server === server.extendsServer) || (isServe && !server.positional)) continue;
    const line = parseAccounted(words, server.table);
    if (line !== undefined && takesArguments(server, line, isServe)) found.push({ server, line });
  }
  return found;
}

function takesArguments(server: Server, { positionals, flags }: CommandLine, isServe: boolean): boolean {
  const [positional] = positionals;
  if (positional === undefined) return true;
  if (!server.positional || positionals.length > 1) return false;
  if (isServe) return flags.length > 0 || !positional.startsWith("/");
  // Without the word `serve`, a bare word may be a subcommand of the image's own.
  return flags.length > 0 ? positional.includes("/") : hubId.test(positional);
}

/** A word that stands alone names a model only where it can be nothing else than one of a hub. */
const hubId = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*(?::[\w.-]+)?$/;

function agreed(first: ServerReading, all: readonly ServerReading[]): ServerReading {
  if (all.length === 1) return first;
  if (all.every((other) => describeIdentity(other) === describeIdentity(first))) return first;
  return { ...first, problem: first.problem ?? "the arguments may be read as those of different servers" };
}

/** What one server takes for an id of a hub is a file of the image to another: which server it is tells the image. */
function isFileOfImage({ source }: ServerReading): boolean {
  return source?.startsWith("./") === true;
}

function describeIdentity({ source, revision, quantization, adapters }: ServerReading): string {
  return JSON.stringify([source?.replace(/^\.\//, ""), revision, quantization, adapters]);
}

/** Whatever server the image or an operator starts: its variables count. */
function withVariables(settings: ServerReading, { env }: Container): ServerReading {
  const problem = settings.problem ?? findHazard(env, everyHazard);
  return { ...settings, problem, openEnvironment: findOpenVariables(env, everyHazard, []) };
}

function openVariables({ env }: Container): string | undefined {
  const open = variables.filter((name) => !env.values.has(name) && mayBeSet(env, name));
  return open.length === 0 ? undefined : `${open.slice(0, 3).join(", ")} may come from elsewhere, and name the model`;
}

/** The server whose flag names a model, so that a message can say which word is not understood. */
function guess(words: readonly string[], { env }: Container, field: string): EntryPoint {
  for (const server of candidates) {
    const line = parseCommandLine(words, server.table);
    if (!line.flags.some(({ name }) => server.flags.model.includes(name))) continue;
    const reading = readLine(server, line, { env, field });
    return { ...nothing, reading: { ...reading, problem: reading.problem ?? unknownArguments } };
  }
  return { ...nothing, problem: unknownArguments };
}
