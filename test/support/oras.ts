import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Digest } from "../../policies/digest.ts";
import type { BuiltArtifact } from "./artifacts.ts";
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

type Registry = Pick<DockerRegistry, "host" | "url">;

/** Pushes with the real oras and returns the digest of the manifest, as oras prints it. */
export function orasPush(registry: Registry, artifact: OrasArtifact, access: OrasAccess = {}): Promise<string> {
  return inFolder(async (folder) => {
    const files = Object.entries(artifact.files ?? {});
    await Promise.all(files.map(async ([name, { content }]) => writeFile(join(folder, name), content)));
    const args = ["push", ...(await accessArgs(folder, registry, access))];
    if (artifact.artifactType !== undefined) args.push("--artifact-type", artifact.artifactType);
    for (const [key, value] of Object.entries(artifact.annotations ?? {})) args.push("--annotation", `${key}=${value}`);
    const tag = artifact.tag === undefined ? "" : `:${artifact.tag}`;
    args.push(`${registry.host}/${artifact.repository}${tag}`);
    args.push(...files.map(([name, { mediaType }]) => `${name}:${mediaType}`));
    return digestIn(await oras(folder, args));
  });
}

/** Stores an artifact that was built already, byte for byte, under a tag too if there is one. */
export function orasPut(
  registry: Registry,
  repository: string,
  { blobs, manifest, mediaType, digest }: BuiltArtifact,
  access: OrasAccess = {},
  tag?: string,
): Promise<Digest> {
  return inFolder(async (folder) => {
    const how = await accessArgs(folder, registry, access);
    const to = `${registry.host}/${repository}`;
    for (const [blob, bytes] of blobs) {
      await writeFile(join(folder, "content"), bytes);
      await oras(folder, ["blob", "push", ...how, `${to}@${blob}`, "content"]);
    }
    await writeFile(join(folder, "content"), manifest);
    for (const reference of [`@${digest}`, ...(tag === undefined ? [] : [`:${tag}`])]) {
      await oras(folder, ["manifest", "push", ...how, "--media-type", mediaType, `${to}${reference}`, "content"]);
    }
    return digest;
  });
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-oras-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How oras reaches the registry. The user's own logins stay out of it. */
async function accessArgs(folder: string, { url }: Registry, { user, password, ca }: OrasAccess): Promise<string[]> {
  const args = ["--registry-config", join(folder, "no-logins.json")];
  if (url.startsWith("http:")) args.push("--plain-http");
  if (ca !== undefined) {
    await writeFile(join(folder, "ca.pem"), ca);
    args.push("--ca-file", "ca.pem");
  }
  if (user !== undefined) args.push("--username", user, "--password", password ?? "");
  return args;
}

async function oras(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(componentPath("oras"), args, { cwd: folder, timeout: 60_000 });
  return stdout;
}

function digestIn(stdout: string): string {
  const digest = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(stdout)?.[1];
  if (digest === undefined) throw new Error(`oras push printed no digest:\n${stdout}`);
  return digest;
}
