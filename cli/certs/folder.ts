import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { joinBundle } from "../../certs/bundle.ts";
import { readStored, storedKeys, type Content } from "../../certs/stored.ts";
import { getErrorCode } from "../../runtime/error-code.ts";
import { readTextFile } from "../../runtime/read-text-file.ts";
import { CliError } from "../failure.ts";

/** What a caBundle should hold now: the authority, and previous ones while they are to be trusted. */
export const bundleName = "ca-bundle.crt";

const names = Object.values(storedKeys);

/** The certificates in a folder, by file name. Throws CliError. */
export function readFolder(folder: string): Content {
  const found = names.filter((name) => existsSync(join(folder, name)));
  if (found.length === 0) throw new CliError(`${folder}: holds no certificates; assaygate certs make makes some`);
  return Object.fromEntries(found.map((name) => [name, readText(join(folder, name))]));
}

/** Whether something would be overwritten. */
export function isOccupied(folder: string): boolean {
  return [...names, bundleName].some((name) => existsSync(join(folder, name)));
}

/** Writes the certificates and their bundle, keys for their owner only; each file is exchanged as a whole. Throws CliError. */
export function writeFolder(folder: string, content: Content): void {
  const { trusted } = readStored(content, { dns: [], ip: [] });
  const bundle = joinBundle(trusted.map(({ pem }) => pem));
  const files = { ...content, [bundleName]: bundle };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [name, text] of Object.entries(files)) {
      const temporary = join(folder, `.${name}.new`);
      writeFileSync(temporary, text, { mode: name.endsWith(".key") ? 0o600 : 0o644 });
      renameSync(temporary, join(folder, name));
    }
    for (const name of names) if (content[name] === undefined) rmSync(join(folder, name), { force: true });
  } catch (cause) {
    throw new CliError(`${folder}: cannot be written (${getErrorCode(cause) ?? "unknown error"})`, { cause });
  }
}

/** The text of a file. Throws CliError. */
export function readText(file: string): string {
  return readTextFile(file, (message, cause) => new CliError(message, { cause }));
}
