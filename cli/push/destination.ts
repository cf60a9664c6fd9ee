import { resolve } from "node:path";
import { isRegistryHost, isRepositoryPath } from "../../policies/language/repository.ts";
import { stripLogin } from "../../workload/references/evidence-reference.ts";
import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";

/** Where an artifact goes. */
export interface Destination {
  /** For a layout, which answers for every repository, what the user calls it. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** The folder of an OCI image layout; undefined for a registry. */
  readonly layout: string | undefined;
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const tagGrammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** `host/repository[:tag]`, or `oci-layout:PATH[:tag]`. Throws UsageError. */
export function parseDestination(text: string, { cwd }: Pick<Io, "cwd">): Destination {
  if (text.includes("@"))
    throw new UsageError(
      `--to ${stripLogin(text)}: takes no digest: what is pushed has its own. Write host/repository or host/repository:tag`,
    );
  const [, path, layoutTag] = /^oci-layout:(.+?)(?::([^:/]+))?$/s.exec(text) ?? [];
  if (path !== undefined)
    return { repository: `oci-layout:${path}`, tag: parseTag("--to", layoutTag), layout: resolve(cwd, path) };
  const slash = text.indexOf("/");
  const host = text.slice(0, Math.max(slash, 0));
  const [name = "", tag, ...more] = text.slice(slash + 1).split(":");
  if (!isRegistryHost(host))
    throw new UsageError(`--to ${text}: does not begin with a registry host, such as quay.io/ or docker.io/`);
  if (!isRepositoryPath(name) || more.length > 0)
    throw new UsageError(`--to ${text}: has a malformed repository path (lower-case letters, digits and separators)`);
  return { repository: `${host}/${name}`, tag: parseTag("--to", tag), layout: undefined };
}

/** A tag that OCI allows, or none. Throws a UsageError. */
export function parseTag(option: string, tag: string | undefined): string | undefined {
  if (tag === undefined || tagGrammar.test(tag)) return tag;
  throw new UsageError(`${option} ${tag}: a tag is made of letters, digits, _, . and -, at most 128 of them`);
}
