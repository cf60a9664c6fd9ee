import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { fetch, type RequestInit } from "undici";
import { type Network, readNetwork } from "../config/network.ts";
import { getErrorCode } from "../runtime/error-code.ts";
import { fileBytes, readBoundedBytes, sayUnreadable } from "../runtime/read-text-file.ts";
import { parseTrustedRoot } from "../evidence/signature/trust.ts";
import { parseSigningConfig } from "../publish/sign/services.ts";
import { show } from "../policies/show.ts";
import { createDispatcher } from "../registry/remote/network/dispatcher.ts";
import { createTrust } from "../registry/remote/network/trust.ts";
import type { Command } from "./command.ts";
import { CliError, UsageError } from "./failure.ts";
import { exit, print, type Io } from "./io.ts";
import { parseOptions } from "./options.ts";

const publicGood = "https://tuf-repo-cdn.sigstore.dev";

const options = {
  out: { type: "string", value: "FILE", help: "The file to write; default trusted_root.json" },
  "signing-config": {
    type: "string",
    value: "FILE",
    help: "Another file to write: the services that sign, for assaygate sign",
  },
  mirror: { type: "string", value: "URL", help: `The TUF repository; default ${publicGood}` },
  root: { type: "string", value: "FILE", help: "The root.json to start from, for a private repository" },
  "ca-file": { type: "string", value: "FILE", help: "Trusts these certificate authorities, PEM, besides the system's" },
} as const;

const timeoutMs = 10_000;

/**
 * Fetches Sigstore's trusted root by TUF, so that the gate never has to. What is remembered of a repository keeps an older
 * state of it from being taken for a newer one. https://theupdateframework.github.io/specification/latest/
 */
export const trustedRoot: Command = {
  name: "trusted-root",
  summary: "Fetches the file that the gate checks certificates and transparency logs with",
  operands: "",
  options,
  details: `The file is replaced only by one that the repository's keys vouch for. Run it on a machine that may reach the
repository, and mount the file into the gate: signatures.trustedRoot in its configuration.

Example:
  assaygate trusted-root --out trusted_root.json`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    if (positionals.length > 0) throw new UsageError(`trusted-root takes no operand, found ${positionals.join(" ")}`);
    const mirror = parseMirror(values.mirror ?? publicGood);
    const root = values.root === undefined ? undefined : await readableFile(resolve(io.cwd, values.root));
    const out = resolve(io.cwd, values.out ?? "trusted_root.json");
    const config = values["signing-config"];
    const caFile = values["ca-file"] && resolve(io.cwd, values["ca-file"]);
    const network = readNetwork({ proxy: undefined, caFile }, io.env);
    const fetched = await throughNetwork(network, () => fetchFiles(mirror, root, config !== undefined, io));
    if (typeof fetched === "string") {
      print(io.err, `the trusted root could not be refreshed: ${show(fetched)}`, `${out} is unchanged`);
      return exit.couldNotLook;
    }
    const text = `${JSON.stringify(TrustedRoot.toJSON(fetched.root), undefined, 2)}\n`;
    print(io.out, `${await replace(out, text)}: ${describe(fetched.root)}`);
    if (config !== undefined) print(io.out, await replace(resolve(io.cwd, config), fetched.signingConfig));
    return exit.ok;
  },
};

/**
 * Runs what asks servers by the global `fetch`, as TUF's client does and cannot be told otherwise, with one that knows proxies and
 * authorities. The address is the user's own, so it may be any.
 */
async function throughNetwork<T>({ chooseProxy, ca }: Network, run: () => Promise<T>): Promise<T> {
  const rules = { forbidden: [], listedHosts: [], secureContext: createTrust(ca), chooseProxy, timeoutMs };
  const dispatcher = createDispatcher(rules, {});
  const own = globalThis.fetch;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same standard, declared twice
  globalThis.fetch = ((url: string, init: RequestInit) => fetch(url, { ...init, dispatcher })) as unknown as typeof own;
  try {
    return await run();
  } finally {
    globalThis.fetch = own;
    await dispatcher.destroy();
  }
}

function parseMirror(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.search !== "")
    throw new UsageError("--mirror: expected the URL of a TUF repository, such as https://host/path");
  return url.href.replace(/\/$/, "");
}

async function readableFile(path: string): Promise<string> {
  try {
    await readBoundedBytes(path, fileBytes);
    return path;
  } catch (cause) {
    throw new CliError(sayUnreadable(path, cause), { cause });
  }
}

/** By their names in the repository. */
const targets = { root: "trusted_root.json", signingConfig: "signing_config.v0.2.json" } as const;

interface Fetched {
  readonly root: TrustedRoot;
  /** Empty where nobody asked for it. */
  readonly signingConfig: string;
}

/** What the repository vouches for, or why there is nothing. */
async function fetchFiles(
  mirrorURL: string,
  rootPath: string | undefined,
  withConfig: boolean,
  { env, now }: Io,
): Promise<Fetched | string> {
  // Loaded here, for no other command needs it.
  const { initTUF } = await import("@sigstore/tuf");
  const cachePath = join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "assaygate", "tuf");
  try {
    await mkdir(cachePath, { recursive: true });
    const start = rootPath === undefined ? {} : { rootPath };
    const client = await initTUF({ mirrorURL, cachePath, timeout: timeoutMs, retry: { retries: 1 }, ...start });
    const root = parseTrustedRoot(await client.getTarget(targets.root));
    const signingConfig = withConfig ? await client.getTarget(targets.signingConfig) : "";
    if (withConfig) parseSigningConfig(signingConfig, now());
    return { root, signingConfig };
  } catch (cause) {
    return toMessage(cause);
  }
}

function toMessage(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return error.cause === undefined ? error.message : `${error.message}: ${toMessage(error.cause)}`;
}

/** Never half a file, and no new one where nothing is new. */
async function replace(path: string, text: string): Promise<string> {
  const before = await readBoundedBytes(path, fileBytes).catch(() => undefined);
  if (before?.toString("utf8") === text) return `${path} is up to date`;
  const next = join(dirname(path), `.${process.pid}.${basename(path)}`);
  try {
    await writeFile(next, text, { flag: "wx", mode: 0o644 });
    await rename(next, path);
  } catch (cause) {
    await rm(next, { force: true });
    throw new CliError(`${path}: cannot be written: ${getErrorCode(cause) ?? "unknown"}`, { cause });
  }
  return `wrote ${path}`;
}

function describe({ certificateAuthorities, tlogs, ctlogs, timestampAuthorities }: TrustedRoot): string {
  const counts = [
    `${certificateAuthorities.length} certificate authorities`,
    `${tlogs.length} transparency logs`,
    `${ctlogs.length} certificate transparency logs`,
    `${timestampAuthorities.length} timestamp authorities`,
  ];
  return counts.join(", ");
}
