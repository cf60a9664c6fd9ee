import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { absent } from "../registry/errors.ts";
import { readBounded } from "../registry/fetch-verified.ts";
import { createLayoutSource } from "../registry/layout/layout-source.ts";
import { limits } from "../registry/limits.ts";
import { stripLogin, parseReference } from "../workload/references/evidence-reference.ts";
import type { Digest } from "../policies/digest.ts";
import { show } from "../policies/show.ts";
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

/**
 * As {@link parseTarget}, and `oci-layout:PATH:tag`, too: the manifest that the tag names now. A tag of a registry is not taken:
 * it may name another one by the time that a gate asks. Throws UsageError, and RegistryError for a layout that cannot be read.
 */
export async function locateTarget(text: string, io: Pick<Io, "cwd">, signal: AbortSignal): Promise<Target> {
  const [, path, tag] = /^oci-layout:(.+)(?<!@sha256):([^:/@]+)$/s.exec(text) ?? [];
  if (path === undefined || tag === undefined) return parseTarget(text, io);
  const layout = resolve(io.cwd, path);
  const body = await createLayoutSource(layout).tagged("", tag, signal);
  if (body === undefined) throw absent(`the image layout has no tag ${show(tag)}`);
  const bytes = await readBounded(body, limits.manifestBytes, signal);
  return parseTarget(`oci-layout:${path}@sha256:${createHash("sha256").update(bytes).digest("hex")}`, io);
}

/** `host/repository@sha256:…`, or `oci-layout:PATH@sha256:…`. Throws UsageError. */
export function parseTarget(text: string, { cwd }: Pick<Io, "cwd">): Target {
  const [, path, inLayout] = /^oci-layout:(.+)@(sha256:[0-9a-f]+)$/s.exec(text) ?? [];
  const reference = parseReference(inLayout === undefined ? text : `layout.invalid/evidence@${inLayout}`);
  if (reference.kind === "malformed") throw new UsageError(`${stripLogin(text)}: ${reference.problem}`);
  if (reference.kind === "bare")
    throw new UsageError(`${text}: expected the repository, too: host/repository@sha256:…`);
  const { repository, digest } = reference;
  if (path === undefined) return { repository, digest, layout: undefined };
  return { repository: `oci-layout:${path}`, digest, layout: resolve(cwd, path) };
}
