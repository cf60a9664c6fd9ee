import { resolve } from "node:path";
import { parseReference } from "../evidence/reference.ts";
import type { Digest } from "../policies/digest.ts";
import { UsageError } from "./failure.ts";
import type { Io } from "./io.ts";

/** One artifact that a command is about. */
export interface Target {
  /** For a layout, which answers for every repository, what the user calls it. */
  readonly repository: string;
  readonly digest: Digest;
  /** The folder of an OCI image layout; undefined for a registry. */
  readonly layout: string | undefined;
}

/** `host/repository@sha256:…`, or `oci-layout:PATH@sha256:…`. Throws UsageError. */
export function parseTarget(text: string, { cwd }: Pick<Io, "cwd">): Target {
  const [, path, inLayout] = /^oci-layout:(.+)@(sha256:[0-9a-f]+)$/s.exec(text) ?? [];
  const reference = parseReference(inLayout === undefined ? text : `layout.invalid/evidence@${inLayout}`);
  if (reference.kind === "malformed") throw new UsageError(`${text}: ${reference.problem}`);
  if (reference.kind === "bare")
    throw new UsageError(`${text}: expected the repository, too: host/repository@sha256:…`);
  const { repository, digest } = reference;
  if (path === undefined) return { repository, digest, layout: undefined };
  return { repository: `oci-layout:${path}`, digest, layout: resolve(cwd, path) };
}
