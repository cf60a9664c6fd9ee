import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const root = join(import.meta.dirname, "..", "..");

/** A Markdown document of the project, by its path from the root. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** Every document that people write: those at the root, and those under docs that are not made from the code. */
export function documents(): Document[] {
  const inDocs = readdirSync(join(root, "docs"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  return [...readdirSync(root), ...inDocs]
    .filter((path) => path.endsWith(".md"))
    .toSorted()
    .map((path) => ({ path, text: read(path) }));
}

export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** A fenced block that a comment `<!-- example: … -->` before it marks. */
export interface Example {
  /** What follows `example:`, such as `run, exit 1` or `file docs/examples/config.yaml`. */
  readonly mark: string;
  readonly content: string;
}

const example = /^<!-- example: (.+) -->\n\n?```\w+\n([^]*?)^```$/gm;

export function examplesIn(text: string): Example[] {
  return [...text.matchAll(example)].map(([, mark = "", content = ""]) => ({ mark, content }));
}

/** A command of a console block, and the lines that it prints. */
export interface Step {
  readonly command: string;
  readonly output: readonly string[];
}

export function stepsIn(content: string): Step[] {
  return content
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...output] = part.trimEnd().split("\n");
      return { command, output };
    });
}

/** Whether the text is what the lines say: `…` stands for any text, and alone on its line for any lines. */
export function isOutput(lines: readonly string[], text: string): boolean {
  const parts = lines.map((line) => (line === "…" ? "(?:.*\n)*?" : `${line.split("…").map(escape).join(".*")}\n`));
  return new RegExp(`^${parts.join("")}$`).test(text === "" || text.endsWith("\n") ? text : `${text}\n`);
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
