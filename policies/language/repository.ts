import type { RepositoryPattern } from "../patterns.ts";

const segment = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const hostWithPort = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?$/;

/**
 * True for `host` as a reference may name it: it has a dot or a port, or is `localhost`, so that it cannot be mistaken for
 * the first segment of a path. https://github.com/distribution/reference
 */
export function isRegistryHost(host: string): boolean {
  return hostWithPort.test(host) && (host.includes(".") || host.includes(":") || host === "localhost");
}

/** True for a repository path: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
export function isRepositoryPath(path: string): boolean {
  return path !== "" && path.length <= 255 && path.split("/").every((part) => segment.test(part));
}

/** The pattern, or a sentence that says what is wrong with it. */
export function compileRepositoryPattern(text: string): RepositoryPattern | string {
  const [host = "", ...path] = text.split("/");
  if (!isRegistryHost(host)) return `"${text}" must begin with a registry host, such as quay.io/`;
  if (path.length === 0) return `"${text}" names a host but no repository: add a path, or ${text}/** for all of it`;
  const wrong = path.find(
    (part, at) => !segment.test(part) && part !== "*" && !(part === "**" && at === path.length - 1),
  );
  if (wrong === "**") return `"${text}": ** may stand only at the end`;
  if (wrong !== undefined)
    return `"${text}": "${wrong}" is not a whole path segment (lower-case letters, digits, separators; * or ** alone)`;
  const open = path.at(-1) === "**";
  const fixed = open ? path.slice(0, -1) : path;
  return {
    text,
    exact: !path.includes("*") && !open,
    matches(repository) {
      const [otherHost, ...other] = repository.split("/");
      if (otherHost !== host) return false;
      if (open ? other.length <= fixed.length : other.length !== fixed.length) return false;
      return fixed.every((part, at) => part === "*" || part === other[at]);
    },
  };
}
