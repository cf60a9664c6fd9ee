import { isIPv4 } from "node:net";
import { resolve } from "node:path";
import { getErrorCode } from "../runtime/error-code.ts";
import { anonymous } from "../registry/remote/authorization/credentials.ts";
import type { RegistryDirectory } from "../registry/remote/directory.ts";
import { createRegistryProxy } from "../registry/proxy/server.ts";
import { isRegistryHost, isRepositoryPath } from "../policies/language/repository.ts";
import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { close, listen } from "../webhook/server/listen.ts";
import { createDirectory } from "../config/sources.ts";
import type { Command } from "./command.ts";
import { configOption, readConfig } from "./config.ts";
import { CliError, UsageError } from "./failure.ts";
import { exit, print, type Io } from "./io.ts";
import { parseOptions } from "./options.ts";
import { accessOptions, applyAccess } from "./registry-access.ts";
import { parsePort } from "./values.ts";

const options = {
  repository: { type: "string", value: "HOST/PATH", help: "the only repository that is served; required" },
  listen: { type: "string", value: "ADDRESS:PORT", help: "loopback address and port; default 127.0.0.1:8080" },
  "docker-config": { type: "string", value: "FILE", help: "Docker config with the credentials for the repository" },
  ...accessOptions,
  "plain-http": { type: "boolean", help: "speak HTTP without TLS to that registry" },
  config: configOption,
} as const;

/** A registry takes its time to store what was uploaded, and no review waits for it. */
const requestTimeoutMs = 60_000;
/** How long requests under way may go on after SIGTERM: within the 30 seconds that a pod has by default. */
const graceMs = 20_000;

/** Lets the containers of a pod push to one repository without its credentials. */
export const registryProxy: Command = {
  name: "registry-proxy",
  summary: "Serves one repository on loopback, and signs in to its registry for those who push",
  operands: "",
  options,
  details: `For a sidecar of an evaluation: the evaluation pushes to localhost by plain HTTP and without credentials, and this command
passes it on to the registry over TLS. It serves one repository, for pushing and pulling, and refuses everything else.
It listens on loopback addresses only; port 0 takes a free one. --docker-config takes the place of the configuration's own.
One line for each request goes to standard error. It ends on SIGTERM, when requests under way are answered.

Example:
  assaygate registry-proxy --repository quay.io/acme/evals --docker-config /etc/assaygate/docker/config.json`,
  async run(args, io) {
    const { config, repository, address } = parse(args, io);
    const directory = openDirectory(config, io);
    try {
      const source = showIdentity(directory, repository, config);
      const log = (line: string): void => print(io.err, line);
      const server = createRegistryProxy({ directory, repository, log });
      const bound = await listen(server, address).catch((cause: unknown) => {
        throw new CliError(`the proxy cannot listen: ${String(cause)}`, { cause });
      });
      const stopped = io.untilStopped();
      print(io.err, `ready: http://${bound}/v2/ stands for ${repository}, with ${source}`);
      await stopped;
      await close(server, graceMs);
    } finally {
      await directory.close();
    }
    return exit.ok;
  },
};

interface ProxyOptions {
  readonly config: Config;
  readonly repository: string;
  readonly address: { readonly host: string; readonly port: number };
}

function parse(args: readonly string[], io: Io): ProxyOptions {
  const { values, positionals } = parseOptions(options, args);
  if (positionals[0] !== undefined) throw new UsageError(`registry-proxy takes no operand, found ${positionals[0]}`);
  const repository = parseRepository(values.repository);
  const address = parseAddress(values.listen ?? "127.0.0.1:8080");
  const config = applyAccess(readConfig(values.config, io, "client"), values, repository, io);
  const file = values["docker-config"];
  if (file === undefined) return { config, repository, address };
  const credentials = { ...config.credentials, dockerConfigFile: resolve(io.cwd, file) };
  return { config: { ...config, credentials }, repository, address };
}

function parseRepository(text: string | undefined): string {
  if (text === undefined)
    throw new UsageError("--repository is needed: the one that is served, such as quay.io/acme/evals");
  const slash = text.indexOf("/");
  if (!isRegistryHost(text.slice(0, Math.max(slash, 0))) || !isRepositoryPath(text.slice(slash + 1)))
    throw new UsageError(
      `--repository ${text}: expected a host and a path, such as quay.io/acme/evals, without tag or digest`,
    );
  return text;
}

/** Whoever can connect may push with the proxy's credentials, so no other machine may be able to. */
function parseAddress(text: string): { host: string; port: number } {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]+)$/.exec(text) ?? [];
  const host = plain === "localhost" ? "127.0.0.1" : (bracketed ?? plain ?? "");
  const isLoopback = bracketed === undefined ? isIPv4(host) && host.startsWith("127.") : host === "::1";
  if (!isLoopback)
    throw new UsageError(
      `--listen ${text}: expected a loopback address and a port, such as 127.0.0.1:8080 or [::1]:8080, because whoever can connect may push`,
    );
  return { host, port: parsePort("--listen", port) };
}

/** The Docker config is read here for the first time. Its errors hold no secret. */
function openDirectory(config: Config, io: Io): RegistryDirectory {
  try {
    return createDirectory(config, io.env, requestTimeoutMs);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const file = config.credentials.dockerConfigFile;
    const reason = getErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new CliError(`${file ?? "the configuration"} cannot be used: ${reason}`, { cause });
  }
}

/** Whom the registry will see. Credentials that were given but are not for this repository would fail after hours of evaluation. */
function showIdentity(
  directory: RegistryDirectory,
  repository: string,
  { credentials, layout, registries }: Config,
): string {
  const host = repository.slice(0, repository.indexOf("/"));
  if (layout !== undefined || registries.some((registry) => registry.host === host && registry.layout !== undefined))
    throw new CliError(
      `${repository}: the configuration answers for it from an image layout, where nothing can be pushed`,
    );
  const identity = directory.endpoints(repository).at(-1)?.identity ?? anonymous;
  const { dockerConfigFile } = credentials;
  if (identity.problem !== undefined) throw new CliError(`${repository}: ${identity.problem}`);
  if (!identity.hasCredentials && dockerConfigFile !== undefined)
    throw new CliError(`${dockerConfigFile}: holds no credentials for ${repository}: this would be ${identity.source}`);
  return identity.source;
}
