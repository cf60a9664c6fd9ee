import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { configSchema, type Config } from "../config/config.ts";
import { readConfig } from "./config.ts";
import type { Source } from "../registry/source.ts";
import { ConfigError } from "../config/load-config.ts";
import { checkCredentials, createSource } from "../config/sources.ts";
import { print, type Io } from "./io.ts";
import type { Target } from "./target.ts";

/** The option of every command that may speak to a registry without TLS. */
export const plainHttpOption = {
  type: "boolean",
  help: "speak HTTP without TLS to the registry of REF",
} as const;

interface AccessOptions {
  readonly config: string | undefined;
  readonly plainHttp: boolean | undefined;
  /** `host[:port]/path`; undefined for a layout. */
  readonly repository: string | undefined;
}

/**
 * The configuration as a person means it who uses a registry by hand: with the logins of `docker login`, where it names no
 * others. Throws ConfigError.
 */
export function readAccess(
  { config: file, plainHttp, repository }: AccessOptions,
  io: Pick<Io, "cwd" | "env" | "err">,
): Config {
  const config = withLogins(readConfig(file, io), io);
  if (plainHttp !== true || repository === undefined) return config;
  const host = repository.slice(0, repository.indexOf("/"));
  const listed = config.registries.find((one) => one.host === host);
  const others = config.registries.filter((one) => one.host !== host);
  const { registries } = configSchema.parse({
    policies: config.policies,
    registries: [{ ...listed, host, plainHttp: true }],
  });
  return { ...config, registries: [...others, ...registries] };
}

/**
 * A file that nobody named, and that cannot be read, ends no command: it may not be needed.
 * https://docs.docker.com/reference/cli/docker/#environment-variables
 */
function withLogins(config: Config, { env, err }: Pick<Io, "env" | "err">): Config {
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
  readonly config: Config;
}

/** Where a target is read: its registry, as {@link readAccess} says, or its layout. Throws ConfigError. */
export function openTarget(
  { repository, layout }: Pick<Target, "repository" | "layout">,
  asked: Omit<AccessOptions, "repository">,
  io: Pick<Io, "cwd" | "env" | "err">,
): Reading {
  const config = readAccess({ ...asked, repository: layout === undefined ? repository : undefined }, io);
  const source = createSource(layout === undefined ? config : { ...config, layout }, io.env);
  return { source, config, [Symbol.asyncDispose]: () => source.close() };
}
