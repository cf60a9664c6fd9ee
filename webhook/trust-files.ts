import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../evidence/error-code.ts";
import { noTrust, parseTrustedRoot, type Trust } from "../evidence/signature/trust.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./load-config.ts";

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
export function watchTrust({ trustedRoot, keysDirectory, reloadMs }: Config["signatures"]): LiveTrust {
  if (trustedRoot === undefined && keysDirectory === undefined)
    return { current: () => noTrust, problem: () => undefined, stop: () => undefined };
  let seen = "";
  let trust = noTrust;
  let problem: string | undefined;
  const look = (): void => {
    const root = trustedRoot === undefined ? undefined : readText(trustedRoot);
    const keys = keysDirectory === undefined ? [] : readKeys(keysDirectory);
    const state = JSON.stringify([root, keys]);
    if (state === seen) return;
    trust = { root: root === undefined ? undefined : parse(trustedRoot ?? "", root), keys: new Map(keys) };
    seen = state;
  };
  look();
  const timer = setInterval(() => {
    try {
      look();
      problem = undefined;
    } catch (cause) {
      problem = cause instanceof ConfigError ? cause.message : "signatures: the files cannot be read";
    }
  }, reloadMs);
  timer.unref();
  return { current: () => trust, problem: () => problem, stop: () => clearInterval(timer) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ConfigError(`${file}: cannot be read (${codeOf(cause) ?? "unknown error"})`, { cause });
  }
}

/** Names that begin with a dot are Kubernetes' own, under a mounted Secret or ConfigMap. */
function readKeys(folder: string): [name: string, pem: string][] {
  try {
    const names = readdirSync(folder).filter((name) => !name.startsWith("."));
    return names.toSorted().map((name) => [name, readFileSync(join(folder, name), "utf8")]);
  } catch (cause) {
    throw new ConfigError(`${folder}: the keys cannot be read (${codeOf(cause) ?? "unknown error"})`, { cause });
  }
}

function parse(file: string, text: string): Trust["root"] {
  try {
    return parseTrustedRoot(text);
  } catch (cause) {
    throw new ConfigError(`${file}: is not a trusted_root.json of Sigstore`, { cause });
  }
}
