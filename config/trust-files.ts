import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readBoundedText, readTextFile, sayWhyUnreadable } from "../runtime/read-text-file.ts";
import { sha256 } from "../runtime/sha256.ts";
import { watchUsableContent } from "../runtime/watch-content.ts";
import type { NotationTrustStore } from "../evidence/signature/notation/verify.ts";
import { noTrust, parseTrustedRoot, type Trust } from "../evidence/signature/trust.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";

/** What the gate trusts, kept in step with its files. */
export interface LiveTrust {
  current(): Trust;
  /** Why a newer state of the files is not in force, in one line. */
  problem(): string | undefined;
  stop(): void;
}

/**
 * The trusted root and the keys that the configuration names, looked at every `reloadMs`, by content. Throws ConfigError where
 * they cannot be used at the start; later ones that cannot leave the last good ones in force.
 */
export function watchTrust({
  trustedRoot,
  keysDirectory,
  trustStoresDirectory,
  reloadMs,
}: Config["signatures"]): LiveTrust {
  if ([trustedRoot, keysDirectory, trustStoresDirectory].every((path) => path === undefined))
    return { current: () => noTrust, problem: () => undefined, stop: () => undefined };
  let trust = noTrust;
  const watch = watchUsableContent(
    {
      read: () => ({
        root: trustedRoot === undefined ? undefined : readText(trustedRoot),
        keys: keysDirectory === undefined ? [] : readKeys(keysDirectory),
        stores: trustStoresDirectory === undefined ? [] : readStores(trustStoresDirectory),
      }),
      apply({ root, keys, stores }) {
        trust = {
          digest: `sha256:${sha256(JSON.stringify({ root, keys, stores }))}`,
          root: root === undefined ? undefined : parse(trustedRoot ?? "", root),
          keys: new Map(keys),
          stores: new Map(stores),
        };
      },
      refused: () => undefined,
    },
    reloadMs,
  );
  return { current: () => trust, problem: () => describe(watch.problem()), stop: watch.stop };
}

function describe(problem: Error | undefined): string | undefined {
  if (problem === undefined) return undefined;
  return problem instanceof ConfigError ? problem.message : "signatures: the files cannot be read";
}

function readText(file: string): string {
  return readTextFile(file, (message, cause) => new ConfigError(message, { cause }));
}

/** Names that begin with a dot are Kubernetes' own, under a mounted Secret or ConfigMap. */
function readKeys(folder: string): [name: string, pem: string][] {
  try {
    const names = readdirSync(folder).filter((name) => !name.startsWith("."));
    return names.toSorted().map((name) => [name, readBoundedText(join(folder, name))]);
  } catch (cause) {
    throw new ConfigError(`${folder}: the keys ${sayWhyUnreadable(cause)}`, { cause });
  }
}

/** A store's name counts once: one of each type by the same name would leave open which one a policy means. */
function readStores(folder: string): [name: string, store: NotationTrustStore][] {
  const stores = new Map<string, NotationTrustStore>();
  try {
    for (const type of ["ca", "signingAuthority"] as const) {
      for (const name of listNames(join(folder, type))) {
        if (stores.has(name)) throw new ConfigError(`${folder}: there are two trust stores named ${name}`);
        const files = listNames(join(folder, type, name));
        const certificates = files.map((file) => readBoundedText(join(folder, type, name, file))).join("\n");
        stores.set(name, { type, certificates });
      }
    }
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`${folder}: the trust stores ${sayWhyUnreadable(cause)}`, { cause });
  }
  return [...stores];
}

/** Sorted; none where there is no such folder. */
function listNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .toSorted();
}

function parse(file: string, text: string): Trust["root"] {
  try {
    return parseTrustedRoot(text);
  } catch (cause) {
    throw new ConfigError(`${file}: is not a trusted_root.json of Sigstore`, { cause });
  }
}
