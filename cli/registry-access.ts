import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { configSchema, type Config } from "../config/config.ts";
import { readConfig } from "./config.ts";
import type { Source } from "../registry/source.ts";
import { ConfigError } from "../config/config-error.ts";
import { type AccessConfig, checkCredentials, createSource } from "../config/sources.ts";
import { print, type Io } from "./io.ts";
import type { OptionTable } from "./options.ts";
import type { Target } from "./target.ts";

/** The options of every command that talks to the registry of its REF. */
export const accessOptions = {
  "plain-http": { type: "boolean", help: "speak HTTP without TLS to the registry of REF" },
  "ca-file": {
    type: "string",
    value: "FILE",
    help: "trusts these certificate authorities, PEM, besides the system's and the configuration's",
  },
} as const satisfies OptionTable;

/** The same for commands that learn from elsewhere which registries they ask. */
export const accessOptionsForAll = {
  ...accessOptions,
  "plain-http": { type: "boolean", help: "speak HTTP without TLS to every registry" },
} as const satisfies OptionTable;

/** What a command's options say about registries. */
export interface AccessOptions {
  readonly config?: string | undefined;
  readonly "plain-http"?: boolean | undefined;
  readonly "ca-file"?: string | undefined;
}

/**
 * The configuration as a person means it who uses registries by hand: with the logins of `docker login`, where it names no
 * others. `repository`, `host[:port]/path`, is the one that the command is about; undefined: there is no single one. Throws
 * ConfigError.
 */
export function readAccess(
  asked: AccessOptions,
  repository: string | undefined,
  io: Pick<Io, "cwd" | "env" | "err">,
): AccessConfig {
  const config = readConfig(asked.config, io, "client");
  // Where the configuration names a file of logins, docker login writes into another.
  const hasDockerLogins = config.credentials.dockerConfigFile === undefined;
  return applyAccess({ ...withLogins(config, io), isByHand: true, hasDockerLogins }, asked, repository, io);
}

/** The configuration with what the options say about registries. */
export function applyAccess(
  given: AccessConfig,
  asked: AccessOptions,
  repository: string | undefined,
  io: Pick<Io, "cwd">,
): AccessConfig {
  const config = withAuthorities(given, asked["ca-file"], io);
  if (asked["plain-http"] !== true) return config;
  return repository === undefined ? allPlain(config) : withPlain(config, repository.slice(0, repository.indexOf("/")));
}

function allPlain(config: AccessConfig): AccessConfig {
  return { ...config, plainHttp: true, registries: config.registries.map((one) => ({ ...one, plainHttp: true })) };
}

function withPlain(config: AccessConfig, host: string): AccessConfig {
  const listed = config.registries.find((one) => one.host === host);
  const others = config.registries.filter((one) => one.host !== host);
  const { registries } = configSchema.parse({
    policies: config.policies,
    registries: [{ ...listed, host, plainHttp: true }],
  });
  return { ...config, registries: [...others, ...registries] };
}

function withAuthorities(config: AccessConfig, file: string | undefined, { cwd }: Pick<Io, "cwd">): AccessConfig {
  return file === undefined ? config : { ...config, ownCaFile: resolve(cwd, file) };
}

/**
 * A file that nobody named, and that cannot be read, ends no command: it may not be needed.
 * https://docs.docker.com/reference/cli/docker/#environment-variables
 */
function withLogins(config: Config, { env, err }: Pick<Io, "env" | "err">): AccessConfig {
  if (config.credentials.dockerConfigFile !== undefined) return config;
  const folder = env["DOCKER_CONFIG"] ?? join(env["HOME"] ?? homedir(), ".docker");
  const dockerConfigFile = join(folder, "config.json");
  if (!existsSync(dockerConfigFile)) return config;
  const withFile = { ...config, credentials: { ...config.credentials, dockerConfigFile, helpers: true } };
  try {
    checkCredentials(withFile);
    return withFile;
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    print(err, `assaygate: warning: ${cause.message}`);
    return config;
  }
}

/** An artifact's source, and the configuration behind it. */
export interface Reading extends AsyncDisposable {
  readonly source: Source;
  readonly config: AccessConfig;
}

/** Where a target is read: its registry, as {@link readAccess} says, or its layout. Throws ConfigError. */
export function openTarget(
  { repository, layout }: Pick<Target, "repository" | "layout">,
  asked: AccessOptions,
  io: Pick<Io, "cwd" | "env" | "err">,
): Reading {
  // A layout is asked without any network.
  const config = readAccess(layout === undefined ? asked : { config: asked.config }, repository, io);
  const source = createSource(layout === undefined ? config : { ...config, layout }, io.env);
  return { source, config, [Symbol.asyncDispose]: () => source.close() };
}
