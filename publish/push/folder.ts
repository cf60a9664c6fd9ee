import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { NonEmpty } from "../../policies/non-empty.ts";
import { show } from "../../policies/show.ts";
import { sayUnreadable } from "../../runtime/read-text-file.ts";
import { PublishError } from "../../registry/publish-error.ts";
import { findSecret } from "./secrets.ts";

/** A regular file to be published. */
export interface ResultFile {
  /** Relative to the folder, with `/` between its parts. */
  readonly name: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly modified: Date;
}

/** More problems than a person reads at once. */
const shownProblems = 10;

/**
 * Every file in a folder and below, in the order of their names. A link counts as the file that it leads to, if that is inside
 * the folder; one to a folder inside is passed over, because what is in there has a name of its own. Throws PublishError for
 * an empty folder, for links that leave it, for what is not a file, and for what looks like a secret unless `allowSecrets`.
 */
export async function listFolder(folder: string, allowSecrets: boolean): Promise<NonEmpty<ResultFile>> {
  const listing: Listing = { root: await resolveRoot(folder), allowSecrets, files: [], problems: [] };
  try {
    await walk(listing, "");
  } catch (cause) {
    throw new PublishError(sayUnreadable(folder, cause), { cause });
  }
  const { files, problems } = listing;
  if (problems.length > 0) throw new PublishError(summary(folder, problems));
  const [first, ...rest] = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (first === undefined) throw new PublishError(`${folder}: holds no files`);
  return [first, ...rest];
}

/** What is found on the way through a folder. */
interface Listing {
  readonly root: string;
  readonly allowSecrets: boolean;
  readonly files: ResultFile[];
  readonly problems: string[];
}

async function walk(listing: Listing, prefix: string): Promise<void> {
  const { root } = listing;
  for (const entry of await readdir(join(root, prefix), { withFileTypes: true })) {
    const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== "lost+found") await walk(listing, name);
      continue;
    }
    const path = entry.isSymbolicLink() ? await followLink(listing, name) : join(root, name);
    if (path !== undefined) await addFile(listing, name, path);
  }
}

async function followLink({ root, problems }: Listing, name: string): Promise<string | undefined> {
  const path = await realpath(join(root, name)).catch(() => undefined);
  if (path === undefined) problems.push(`${show(name)} is a link that leads nowhere`);
  else if (path !== root && !path.startsWith(root + sep))
    problems.push(`${show(name)} is a link that leaves the folder`);
  else return path;
  return undefined;
}

async function addFile({ allowSecrets, files, problems }: Listing, name: string, path: string): Promise<void> {
  const facts = await stat(path);
  if (facts.isDirectory()) return;
  if (!facts.isFile()) return void problems.push(`${show(name)} is not a regular file`);
  const secret = allowSecrets ? undefined : await findSecret(name, path, facts.size);
  if (secret !== undefined) problems.push(`${show(name)} ${secret}: remove it, or say --allow-secrets`);
  files.push({ name, path, size: facts.size, modified: facts.mtime });
}

async function resolveRoot(folder: string): Promise<string> {
  try {
    if ((await stat(folder)).isDirectory()) return await realpath(folder);
  } catch (cause) {
    throw new PublishError(sayUnreadable(folder, cause), { cause });
  }
  throw new PublishError(`${folder}: is not a folder`);
}

function summary(folder: string, problems: readonly string[]): string {
  const more = problems.length - shownProblems;
  const lines = problems.slice(0, shownProblems).map((problem) => `${folder}: ${problem}`);
  return [...lines, ...(more > 0 ? [`${folder}: ${more} more problems`] : [])].join("\n");
}
