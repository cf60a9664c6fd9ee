import { resolve } from "node:path";
import { configSchema, type Config } from "../config/config.ts";
import { type ConfigReader, loadConfig } from "../config/load-config.ts";
import { UsageError } from "./failure.ts";
import type { Io } from "./io.ts";

/** The option of every command that judges or validates as a configured gate would. */
export const configOption = { type: "string", value: "FILE", help: "the gate's configuration" } as const;

/** The option that takes evidence from a folder instead of registries. */
export const evidenceOption = {
  type: "string",
  value: "oci-layout:PATH",
  help: "answers every repository from this OCI image layout, with no network",
} as const;

/** The configuration in the file, or the defaults. Throws ConfigError. */
export function readConfig(file: string | undefined, io: Pick<Io, "cwd">, reader?: ConfigReader): Config {
  return file === undefined ? findDefaultConfig(io.cwd) : loadConfig(resolve(io.cwd, file), reader);
}

/** Every default, with this policy folder. */
export function findDefaultConfig(directory: string): Config {
  return configSchema.parse({ policies: { directory } });
}

/** The folder in `oci-layout:PATH`. */
export function parseLayout(text: string | undefined, { cwd }: Pick<Io, "cwd">): string | undefined {
  if (text === undefined) return undefined;
  const [, path] = /^oci-layout:(.+)$/s.exec(text) ?? [];
  if (path === undefined)
    throw new UsageError(`--evidence ${text}: expected oci-layout:PATH, the folder of an OCI image layout`);
  return resolve(cwd, path);
}
