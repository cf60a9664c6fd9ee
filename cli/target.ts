import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { absent, RegistryError } from "../registry/errors.ts";
import { readBounded } from "../registry/fetch-verified.ts";
import { createLayoutSource, listLayout } from "../registry/layout/layout-source.ts";
import { limits } from "../registry/limits.ts";
import { stripLogin, parseReference } from "../workload/references/evidence-reference.ts";
import type { Digest } from "../policies/digest.ts";
import { show, showAll } from "../policies/show.ts";
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

const scheme = "oci-layout:";
const inLayout = /^oci-layout:(.+)@(sha256:[0-9a-f]+)$/s;

/**
 * As {@link parseTarget}, and `oci-layout:PATH:tag`, too: the manifest that the tag names now. A tag of a registry is not taken:
 * it may name another one by the time that a gate asks. Throws UsageError, and RegistryError for a layout that cannot be read.
 */
export async function locateTarget(text: string, io: Pick<Io, "cwd">, signal: AbortSignal): Promise<Target> {
  const [, path, tag] = /^oci-layout:(.+)(?<!@sha256):([^:/@]+)$/s.exec(text) ?? [];
  if (path === undefined || tag === undefined) {
    if (!text.startsWith(scheme) || inLayout.test(text)) return parseTarget(text, io);
    throw new UsageError(`${explainLayoutForm(text, ", or oci-layout:PATH:TAG")}; ${await sayNamed(text, io)}`);
  }
  const layout = resolve(io.cwd, path);
  const body = await createLayoutSource(layout).tagged("", tag, signal);
  if (body === undefined)
    throw absent(`the image layout has no tag ${show(tag)}: it names ${showAll(await listLayout(layout))}`);
  const bytes = await readBounded(body, limits.manifestBytes, signal);
  return parseTarget(`oci-layout:${path}@sha256:${createHash("sha256").update(bytes).digest("hex")}`, io);
}

/** `host/repository@sha256:…`, or `oci-layout:PATH@sha256:…`. Throws UsageError. */
export function parseTarget(text: string, { cwd }: Pick<Io, "cwd">): Target {
  const [, path, digestInLayout] = inLayout.exec(text) ?? [];
  if (path === undefined && text.startsWith(scheme)) throw new UsageError(explainLayoutForm(text));
  const reference = parseReference(digestInLayout === undefined ? text : `layout.invalid/evidence@${digestInLayout}`);
  if (reference.kind === "malformed") throw new UsageError(`${stripLogin(text)}: ${reference.problem}`);
  if (reference.kind === "bare")
    throw new UsageError(`${text}: expected the repository, too: host/repository@sha256:…`);
  const { repository, digest } = reference;
  if (path === undefined) return { repository, digest, layout: undefined };
  return { repository: `oci-layout:${path}`, digest, layout: resolve(cwd, path) };
}

function explainLayoutForm(text: string, orTag = ""): string {
  return `${show(text)} names nothing in an image layout: write it as oci-layout:PATH@sha256:<64 hex>${orTag}`;
}

/** What the layout that a reference begins with has to choose from, in words. */
async function sayNamed(text: string, { cwd }: Pick<Io, "cwd">): Promise<string> {
  const [path = ""] = text.slice(scheme.length).split(/[@:]*$|@/);
  try {
    return `the layout names ${showAll(await listLayout(resolve(cwd, path)))}`;
  } catch (error) {
    if (error instanceof RegistryError) return `${show(path)}: ${error.message}`;
    throw error;
  }
}
