import { readFileSync, statSync } from "node:fs";
import { anonymous, type CredentialsProvider, fixedIdentity, type Identity } from "./credentials.ts";
import { type HelperOptions, helperIdentity } from "./credential-helper.ts";
import { canonicalHost, type DockerConfig, findEntry, parseDockerConfig } from "./docker-config.ts";

export interface DockerCredentialsOptions {
  /** Given: `credHelpers` and `credsStore` are run. Default: they are ignored, because running programs is a privilege. */
  readonly helpers?: HelperOptions | undefined;
}

/** Credentials from the text of a Docker config. Throws a plain Error that holds no secret. */
export function dockerConfigCredentials(text: string, options: DockerCredentialsOptions = {}): CredentialsProvider {
  const config = parseDockerConfig(text);
  return { identify: (host, path) => identityIn(config, host, path, options) };
}

/**
 * Credentials from a Docker config file, read again when the file changes, because mounted secrets rotate. A change that
 * cannot be read leaves what was last read in force. Throws a plain Error if the first reading fails.
 */
export function dockerConfigFileCredentials(path: string, options: DockerCredentialsOptions = {}): CredentialsProvider {
  const read = (): DockerConfig => parseDockerConfig(readFileSync(path, "utf8"));
  let stamp = stampOf(path);
  let config = read();
  return {
    identify(host, repositoryPath) {
      const now = stampOf(path);
      if (now !== undefined && now !== stamp) {
        config = attempt(read) ?? config;
        stamp = now;
      }
      return identityIn(config, host, repositoryPath, options);
    },
  };
}

/** The helper for the host, then the entry, then the store: what is most specific wins. */
function identityIn(config: DockerConfig, host: string, path: string, options: DockerCredentialsOptions): Identity {
  const own = config.helpers.get(canonicalHost(host));
  if (own !== undefined && options.helpers !== undefined) return helperIdentity(own, host, options.helpers);
  const entry = findEntry(config, host, path);
  if (entry !== undefined)
    return fixedIdentity("docker-config", "the credentials in the Docker config", entry.credentials);
  if (config.store !== undefined && options.helpers !== undefined)
    return helperIdentity(config.store, host, options.helpers);
  return anonymous;
}

/** Kubernetes swaps a symbolic link for the whole directory, which changes the inode. One stat costs microseconds. */
function stampOf(path: string): string | undefined {
  return attempt(() => {
    const { mtimeMs, ino, size } = statSync(path);
    return `${mtimeMs} ${ino} ${size}`;
  });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
