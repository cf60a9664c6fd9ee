import { statSync } from "node:fs";
import { readBoundedText } from "../../../runtime/read-text-file.ts";
import {
  anonymous,
  explainAnonymous,
  makeBrokenIdentity,
  type CredentialsProvider,
  makeFixedIdentity,
  type Identity,
} from "./credentials.ts";
import { type HelperOptions, makeHelperIdentity } from "./credential-helper.ts";
import {
  toCanonicalHost,
  listComplaints,
  type DockerConfig,
  findEntry,
  type HelperName,
  findNearMiss,
  parseDockerConfig,
} from "./docker-config.ts";

/** What a Docker config may bring about. */
export interface DockerCredentialsOptions {
  /** Given: `credHelpers` and `credsStore` are run. Default: they are ignored, because running programs is a privilege. */
  readonly helpers?: HelperOptions | undefined;
}

/** Credentials from the text of a Docker config. Throws a plain Error that holds no secret. */
export function createDockerConfigCredentials(
  text: string,
  options: DockerCredentialsOptions = {},
): CredentialsProvider {
  const config = parseDockerConfig(text);
  return { identify: (host, path) => readIdentity(config, host, path, options) };
}

/**
 * Credentials from a Docker config file, read again when the file changes, because mounted secrets rotate. A change that
 * cannot be read leaves what was last read in force. Throws a plain Error if the first reading fails; an entry that cannot be
 * used is an error for those who need it.
 */
export function createDockerConfigFileCredentials(
  path: string,
  options: DockerCredentialsOptions = {},
): CredentialsProvider {
  let stamp = readStamp(path);
  let config = read(path);
  return {
    identify(host, repositoryPath) {
      const now = readStamp(path);
      if (now !== undefined && now !== stamp) {
        config = attempt(() => read(path)) ?? config;
        stamp = now;
      }
      return readIdentity(config, host, repositoryPath, options);
    },
  };
}

/** What in the file is passed over, or cannot be used, one sentence each. Throws as {@link createDockerConfigFileCredentials}. */
export function listComplaintsAboutFile(path: string): string[] {
  return listComplaints(read(path));
}

function read(path: string): DockerConfig {
  return parseDockerConfig(readBoundedText(path));
}

/** The helper for the host, then the entry, then the store: what is most specific wins. */
function readIdentity(config: DockerConfig, host: string, path: string, options: DockerCredentialsOptions): Identity {
  const own = config.helpers.get(toCanonicalHost(host));
  if (own !== undefined && options.helpers !== undefined) return helped(own, host, options.helpers);
  const entry = findEntry(config, host, path);
  if (entry !== undefined)
    return "problem" in entry.credentials
      ? broken(entry.credentials.problem)
      : makeFixedIdentity("docker-config", "the credentials in the Docker config", entry.credentials);
  if (config.store !== undefined && options.helpers !== undefined) return helped(config.store, host, options.helpers);
  const hint =
    own === undefined ? findNearMiss(config, host) : "its credential helper is not run: see credentials.helpers";
  return hint === undefined ? anonymous : explainAnonymous(`in the Docker config, ${hint}`);
}

function helped(helper: HelperName, host: string, options: HelperOptions): Identity {
  return "problem" in helper ? broken(helper.problem) : makeHelperIdentity(helper.name, host, options);
}

function broken(problem: string): Identity {
  return makeBrokenIdentity(`the Docker config cannot be used: ${problem}`);
}

/** Kubernetes swaps a symbolic link for the whole directory, which changes the inode. One stat costs microseconds. */
function readStamp(path: string): string | undefined {
  return attempt(() => {
    const { mtimeMs, ino, size } = statSync(path);
    return `${mtimeMs} ${ino} ${size}`;
  });
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
