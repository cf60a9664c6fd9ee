import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { componentPath } from "./components.ts";
import type { DockerRegistry } from "./docker-registry.ts";

export interface OrasArtifact {
  readonly repository: string;
  /** Without a tag the artifact can be had by its digest only. */
  readonly tag?: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** By file name. */
  readonly files?: Readonly<Record<string, { readonly mediaType: string; readonly content: string | Uint8Array }>>;
}

export interface OrasAccess {
  readonly user?: string;
  readonly password?: string;
  /** PEM text of the authority behind an https registry's certificate. */
  readonly ca?: string;
}

/** Pushes with the real oras and returns the digest of the manifest, as oras prints it. */
export async function orasPush(
  registry: Pick<DockerRegistry, "host" | "url">,
  artifact: OrasArtifact,
  access: OrasAccess = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-oras-"));
  try {
    const files = Object.entries(artifact.files ?? {});
    await Promise.all(files.map(async ([name, { content }]) => writeFile(join(folder, name), content)));
    // The user's own registry logins stay out of it.
    const args = ["push", "--registry-config", join(folder, "no-logins.json")];
    if (registry.url.startsWith("http:")) args.push("--plain-http");
    if (access.ca !== undefined) {
      await writeFile(join(folder, "ca.pem"), access.ca);
      args.push("--ca-file", "ca.pem");
    }
    if (access.user !== undefined) args.push("--username", access.user, "--password", access.password ?? "");
    if (artifact.artifactType !== undefined) args.push("--artifact-type", artifact.artifactType);
    for (const [key, value] of Object.entries(artifact.annotations ?? {})) args.push("--annotation", `${key}=${value}`);
    const tag = artifact.tag === undefined ? "" : `:${artifact.tag}`;
    args.push(`${registry.host}/${artifact.repository}${tag}`);
    args.push(...files.map(([name, { mediaType }]) => `${name}:${mediaType}`));
    const { stdout } = await promisify(execFile)(componentPath("oras"), args, { cwd: folder, timeout: 60_000 });
    const digest = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(stdout)?.[1];
    if (digest === undefined) throw new Error(`oras push printed no digest:\n${stdout}`);
    return digest;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
