import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { requirePath } from "../../../scripts/components/locate.ts";
import { examplesIn, read, stepsIn } from "../../docs/documents.ts";

/** A tool whose commands docs/evaluators.md shows. */
export type Tool = "guidellm" | "promptfoo" | "deepeval" | "evalplus" | "lighteval";

/** The commands that docs/evaluators.md shows for a tool: its own, where the tests can run it, and the last one pushes. */
export function listDocumentedCommands(tool: Tool): readonly string[] {
  const examples = examplesIn(read("docs/evaluators.md")).filter(({ mark }) => mark === `evaluator ${tool}`);
  return examples.flatMap(({ content }) => stepsIn(content)).map(({ command }) => command);
}

/** What each is called, and how it is started where it is a component. */
const programs: Readonly<Record<Exclude<Tool, "lighteval">, readonly [name: string, ...args: string[]]>> = {
  guidellm: ["guidellm", "-m", "guidellm"],
  promptfoo: ["promptfoo"],
  deepeval: ["deepeval", "-c", "'from deepeval.cli.main import app; app()'"],
  evalplus: ["evalplus.evaluate", "-m", "evalplus.evaluate"],
};

/** Puts the tool under the name that people call it by into a folder for the PATH, and returns the folder. */
export async function linkTool(work: string, tool: keyof typeof programs): Promise<string> {
  const [name, ...args] = programs[tool];
  const folder = join(work, ".bin");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\nexec ${[requirePath(tool), ...args].join(" ")} "$@"\n`);
  await chmod(join(folder, name), 0o755);
  return folder;
}
