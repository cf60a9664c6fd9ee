import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { readDocuments, type PolicyFile } from "../../policies/language/document.ts";
import { showProblem } from "../../config/load-config.ts";
import { getErrorCode } from "../../runtime/error-code.ts";
import { FileTooLarge, readBoundedText, sayUnreadable } from "../../runtime/read-text-file.ts";
import { isObject } from "../../policies/is-object.ts";
import { CliError } from "../failure.ts";
import type { Io } from "../io.ts";
import { shortenPath } from "../paths.ts";

/** The option of every command that reads manifests. */
export const manifestsOption = {
  type: "string",
  short: "f",
  multiple: true,
  value: "FILE",
  help: "manifests: a file, a folder, or - for standard input",
} as const;

/** One Kubernetes object, as a file holds it. */
export interface Manifest {
  readonly file: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Empty where the manifest names none. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly object: unknown;
}

/** The objects of files, folders (not below them) and, for `-`, of standard input; a List is its items. Throws CliError. */
export async function readManifests(paths: readonly string[], io: Pick<Io, "in" | "cwd">): Promise<Manifest[]> {
  const files: PolicyFile[] = [];
  for (const path of paths) {
    if (path === "-") files.push({ path: "standard input", text: await readInput(io) });
    else files.push(...readFiles(resolve(io.cwd, path), io));
  }
  return files.flatMap(readObjects);
}

/** Objects of a whole cluster have some megabytes. */
const manifestBytes = 64 * 1024 * 1024;

async function readInput(io: Pick<Io, "in">): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const input: AsyncIterable<Uint8Array | string> = io.in;
  for await (const chunk of input) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > manifestBytes) {
      const cause = new FileTooLarge(manifestBytes);
      throw new CliError(sayUnreadable("standard input", cause), { cause });
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readFiles(path: string, io: Pick<Io, "cwd">): PolicyFile[] {
  try {
    return listFiles(path).map((file) => ({ path: shortenPath(file, io), text: readBoundedText(file, manifestBytes) }));
  } catch (cause) {
    throw new CliError(sayUnreadable(shortenPath(path, io), cause), { cause });
  }
}

function listFiles(path: string): string[] {
  try {
    const names = readdirSync(path).filter((name) => !name.startsWith(".") && /\.(?:ya?ml|json)$/.test(name));
    return names.toSorted().map((name) => join(path, name));
  } catch (cause) {
    if (getErrorCode(cause) === "ENOTDIR") return [path];
    throw cause;
  }
}

function readObjects(file: PolicyFile): Manifest[] {
  return readDocuments(file).flatMap((document) => {
    if (Array.isArray(document)) throw new CliError(document.map(showProblem).join("\n"));
    const fail = (message: string): never => {
      throw new CliError(showProblem(document.locateProblem([], message)));
    };
    return flatten(document.value).map((object) => toManifest(object, file.path, fail));
  });
}

/** The items of `kind: List`, and of the typed lists that the API answers with. Between two `---` there may be nothing. */
function flatten(value: unknown): unknown[] {
  if (value === null) return [];
  if (!isObject(value) || typeof value["kind"] !== "string") return [value];
  const { kind, items } = value;
  return typeof kind === "string" && kind.endsWith("List") && Array.isArray(items) ? items.flatMap(flatten) : [value];
}

/** The object, and what names it. `fail` says what is wrong with one that is none. */
export function toManifest(object: unknown, file: string, fail: (message: string) => never): Manifest {
  if (!isObject(object)) return fail("expected a Kubernetes object");
  const { apiVersion, kind, metadata } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || kind === "") {
    return fail("expected a Kubernetes object, with apiVersion and kind");
  }
  const { namespace, name, generateName, labels } = isObject(metadata) ? metadata : {};
  const slash = apiVersion.indexOf("/");
  return {
    file,
    group: apiVersion.slice(0, Math.max(slash, 0)),
    version: apiVersion.slice(slash + 1),
    kind,
    namespace: textOr(namespace, ""),
    name: textOr(name, textOr(generateName, "")),
    labels: isObject(labels) ? labels : {},
    object,
  };
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
