import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { configSchema, type Config } from "../webhook/config.ts";
import { readConfig } from "./config.ts";
import type { Io } from "./io.ts";

/** The option of every command that may speak to a registry without TLS. */
export const plainHttpOption = {
  type: "boolean",
  help: "speak HTTP without TLS to the registry of REF",
} as const;

interface Asked {
  readonly config: string | undefined;
  readonly plainHttp: boolean | undefined;
  /** `host[:port]/path`; undefined for a layout. */
  readonly repository: string | undefined;
}

/**
 * The configuration as a person means it who uses a registry by hand: with the logins of `docker login`, where it names no
 * others. Throws ConfigError.
 */
export function readAccess({ config: file, plainHttp, repository }: Asked, io: Pick<Io, "cwd" | "env">): Config {
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

/** https://docs.docker.com/reference/cli/docker/#environment-variables */
function withLogins(config: Config, { env }: Pick<Io, "env">): Config {
  if (config.credentials.dockerConfigFile !== undefined) return config;
  const folder = env["DOCKER_CONFIG"] ?? join(env["HOME"] ?? homedir(), ".docker");
  const dockerConfigFile = join(folder, "config.json");
  if (!existsSync(dockerConfigFile)) return config;
  return { ...config, credentials: { ...config.credentials, dockerConfigFile, helpers: true } };
}
