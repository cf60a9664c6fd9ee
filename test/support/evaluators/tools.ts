import { readdirSync } from "node:fs";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../artifacts.ts";
import { requirePath } from "../../../scripts/components/locate.ts";
import { linkTool, listDocumentedCommands, type Tool } from "./documented.ts";
import { startModelServer } from "./model-server.ts";
import { keepRun } from "./kept-runs.ts";
import { expectCode, runTool } from "./run-tool.ts";

const here = import.meta.dirname;
/** Fills `results` in `work`: by `run`, or with what the same run wrote before. Whatever changes in this folder, it runs anew. */
function keepResults(tool: Tool, work: string, inputs: unknown, run: () => Promise<void>): Promise<void> {
  const files = readdirSync(here, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sources = files.map(({ parentPath, name }) => join(parentPath, name)).toSorted();
  const key = { program: requirePath(tool), sources, inputs: [listDocumentedCommands(tool), inputs] };
  return keepRun(key, join(work, "results"), run);
}

/** Runs the command that the documents show, with `options` behind it, and other text in the place of some. */
async function runDocumented(
  tool: Exclude<Tool, "lighteval">,
  work: string,
  code: number,
  { env, options = [], replace = [] }: Documented,
): Promise<void> {
  const [command = ""] = listDocumentedCommands(tool);
  const path = `${await linkTool(work, tool)}:${process.env["PATH"]}`;
  const adapted = replace.reduce((text, [shown, real]) => text.replace(shown, real), command);
  const script = [adapted, ...options].join(" ");
  expectCode(await runTool(work, "bash", ["-c", script], { ...env, PATH: path }), code);
}

interface Documented {
  readonly env: Readonly<Record<string, string>>;
  readonly options?: readonly string[];
  readonly replace?: readonly (readonly [shown: string, real: string])[];
}

/**
 * The real evaluators, small and without a network. Each runs in `work`, which is empty, and leaves its results alone in
 * `results` under it. Throws what the tool said where it ended otherwise than it should.
 */

/** GuideLLM: twelve requests, or as many, two at a time, of which those fail whose number `fails`. */
export function runGuidellm(
  work: string,
  model: string,
  fails: (request: number) => boolean,
  requests = 12,
): Promise<void> {
  const failing = Array.from({ length: requests }, (_, at) => fails(at + 1));
  return keepResults("guidellm", work, [model, failing], () => loadModel(work, model, fails, requests));
}

async function loadModel(
  work: string,
  model: string,
  fails: (request: number) => boolean,
  requests: number,
): Promise<void> {
  await mkdir(join(work, "results"), { recursive: true });
  await using server = await startModelServer(model, fails);
  const asks = Array.from({ length: requests + 8 }, (_, at) => ({
    prompt: `Say hazel ${at}`,
    prompt_tokens_count: 3,
    output_tokens_count: 4,
  }));
  await writeFile(join(work, "asks.jsonl"), asks.map((ask) => `${JSON.stringify(ask)}\n`).join(""));
  const replace = [["http://localhost:8000", server.url] as const, ["count=12", `count=${requests}`] as const];
  await runDocumented("guidellm", work, 0, { env: { PYTHONPATH: here }, replace });
}

/** promptfoo with a config. Its exit code is 100 where a test failed, and the file is there all the same. */
export function runPromptfoo(work: string, config: Json, code: number, ...options: string[]): Promise<void> {
  const env = {
    PROMPTFOO_CONFIG_DIR: join(work, ".promptfoo"),
    PROMPTFOO_DISABLE_TELEMETRY: "1",
    PROMPTFOO_DISABLE_UPDATE: "1",
    PROMPTFOO_DISABLE_REMOTE_GENERATION: "1",
  };
  return keepResults("promptfoo", work, [config, code, options], async () => {
    await mkdir(join(work, "results"), { recursive: true });
    await writeFile(join(work, "config.json"), JSON.stringify(config));
    await runDocumented("promptfoo", work, code, { env, options });
  });
}

/** DeepEval over words: `hazel` passes, `rowan` fails, and on `aspen` its metric raises an error. */
export function runDeepeval(work: string, words: readonly string[], code: number): Promise<void> {
  const env = { WORDS: words.join(","), DEEPEVAL_TELEMETRY_OPT_OUT: "YES" };
  return keepResults("deepeval", work, [words, code], async () => {
    await mkdir(work, { recursive: true });
    await cp(join(here, "deepeval_words.py"), join(work, "test_words.py"));
    await runDocumented("deepeval", work, code, { env });
    await rm(join(work, "results", ".test_run.lock"), { force: true });
  });
}

/** EvalPlus: programs for three tasks that the test brings. */
export function runEvalplus(work: string, ...options: string[]): Promise<void> {
  const samples = programs.map((completion, at) => ({ task_id: `HumanEval/${at}`, completion }));
  const text = samples.map((sample) => `${JSON.stringify(sample)}\n`).join("");
  return keepResults("evalplus", work, options, async () => {
    await mkdir(join(work, "results"), { recursive: true });
    await writeFile(join(work, "tasks.jsonl"), tasks.map((task) => `${JSON.stringify(task)}\n`).join(""));
    await writeFile(join(work, "results", "samples.jsonl"), text);
    await runDocumented("evalplus", work, 0, { env: { HUMANEVAL_OVERRIDE_PATH: join(work, "tasks.jsonl") }, options });
  });
}

const tasks = [
  { entry_point: "twig", canonical_solution: "    return n + 1\n", base_input: [[1], [2]] },
  { entry_point: "bark", canonical_solution: "    return abs(n)\n", base_input: [[1], [2]] },
  { entry_point: "cone", canonical_solution: "    return n + n\n", base_input: [[3], [5]] },
].map((task, at) => ({
  ...task,
  task_id: `HumanEval/${at}`,
  prompt: `def ${task.entry_point}(n):\n    """a number made of n"""\n`,
  plus_input: [[-4], [70]],
  atol: 0,
  contract: "",
  test: "",
}));
/** The first is right, the second on the base tests alone, and the third is wrong. */
const programs = ["    return 1 + n\n", "    return n\n", "    return n * n\n"];

/** lighteval: five questions in each task, of which its dummy model answers the first two as wanted. */
export function runLighteval(
  work: string,
  model: string,
  run: { readonly limit?: string | undefined; readonly tasks?: string } = {},
): Promise<void> {
  const lines = [1, 2, 3, 4, 5].map((at) => `${JSON.stringify({ ask: `Say hazel ${at}`, right: at <= 2 })}\n`);
  const args = [
    join(here, "lighteval_run.py"),
    join(here, "lighteval_task.py"),
    model,
    ...(run.limit ? [run.limit] : []),
  ];
  const env = { PYTHONDONTWRITEBYTECODE: "1", TASKS: run.tasks ?? "quill" };
  return keepResults("lighteval", work, [model, run], async () => {
    await mkdir(join(work, "data"), { recursive: true });
    await writeFile(join(work, "data", "test.jsonl"), lines.join(""));
    expectCode(await runTool(work, requirePath("lighteval"), args, env), 0);
    await readdir(join(work, "results"));
  });
}
