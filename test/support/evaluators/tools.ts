import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../artifacts.ts";
import { requirePath as componentPath } from "../../../scripts/components/locate.ts";
import { startModelServer } from "./model-server.ts";
import { expectCode, runTool } from "./run-tool.ts";

const here = import.meta.dirname;

/**
 * The real evaluators, small and without a network. Each runs in `work`, which is empty, and leaves its results alone in
 * `results` under it. Throws what the tool said where it ended otherwise than it should.
 */

/** GuideLLM: twelve requests, two at a time, of which those fail whose number `fails`. */
export async function runGuidellm(work: string, model: string, fails: (request: number) => boolean): Promise<void> {
  await mkdir(join(work, "results"), { recursive: true });
  await using server = await startModelServer(model, fails);
  const asks = Array.from({ length: 20 }, (_, at) => ({
    prompt: `Say hazel ${at}`,
    prompt_tokens_count: 3,
    output_tokens_count: 4,
  }));
  await writeFile(join(work, "asks.jsonl"), asks.map((ask) => `${JSON.stringify(ask)}\n`).join(""));
  const args = [
    ["--backend", `kind=openai_http,target=${server.url}`],
    ["--profile", "kind=concurrent,streams=2"],
    ["--constraint", "kind=max_requests,count=12"],
    ["--data", "kind=json_file,path=asks.jsonl"],
    ["--output", "kind=json,path=results/benchmarks.json"],
  ];
  const env = { PYTHONPATH: here };
  expectCode(await runTool(work, componentPath("guidellm"), ["-m", "guidellm", "run", ...args.flat()], env), 0);
}

/** promptfoo with a config. Its exit code is 100 where a test failed, and the file is there all the same. */
export async function runPromptfoo(work: string, config: Json, code: number, ...options: string[]): Promise<void> {
  await mkdir(join(work, "results"), { recursive: true });
  await writeFile(join(work, "config.json"), JSON.stringify(config));
  const args = ["eval", "-c", "config.json", "-o", "results/results.json", "--no-cache", "--no-table", ...options];
  const env = {
    PROMPTFOO_CONFIG_DIR: join(work, ".promptfoo"),
    PROMPTFOO_DISABLE_TELEMETRY: "1",
    PROMPTFOO_DISABLE_UPDATE: "1",
    PROMPTFOO_DISABLE_REMOTE_GENERATION: "1",
  };
  expectCode(await runTool(work, componentPath("promptfoo"), args, env), code);
}

/** DeepEval over words: `hazel` passes, `rowan` fails, and on `aspen` its metric raises an error. */
export async function runDeepeval(work: string, words: readonly string[], code: number): Promise<void> {
  await mkdir(work, { recursive: true });
  await cp(join(here, "deepeval_words.py"), join(work, "test_words.py"));
  const args = ["-c", "from deepeval.cli.main import app; app()", "test", "run", "test_words.py"];
  const env = {
    WORDS: words.join(","),
    DEEPEVAL_TELEMETRY_OPT_OUT: "YES",
    DEEPEVAL_RESULTS_FOLDER: join(work, "results"),
  };
  expectCode(await runTool(work, componentPath("deepeval"), args, env), code);
  await rm(join(work, "results", ".test_run.lock"), { force: true });
}

/** EvalPlus: programs for three tasks that the test brings. */
export async function runEvalplus(work: string, ...options: string[]): Promise<void> {
  await mkdir(join(work, "results"), { recursive: true });
  await writeFile(join(work, "tasks.jsonl"), tasks.map((task) => `${JSON.stringify(task)}\n`).join(""));
  const samples = programs.map((completion, at) => ({ task_id: `HumanEval/${at}`, completion }));
  const text = samples.map((sample) => `${JSON.stringify(sample)}\n`).join("");
  await writeFile(join(work, "results", "samples.jsonl"), text);
  const args = ["--dataset", "humaneval", "--samples", "results/samples.jsonl", "--parallel", "1", ...options];
  const env = { HUMANEVAL_OVERRIDE_PATH: join(work, "tasks.jsonl") };
  expectCode(await runTool(work, componentPath("evalplus"), ["-m", "evalplus.evaluate", ...args], env), 0);
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

/** lighteval: five questions, of which its dummy model answers the first two as wanted. */
export async function runLighteval(work: string, model: string, ...limit: string[]): Promise<void> {
  await mkdir(join(work, "data"), { recursive: true });
  const lines = [1, 2, 3, 4, 5].map((at) => `${JSON.stringify({ ask: `Say hazel ${at}`, right: at <= 2 })}\n`);
  await writeFile(join(work, "data", "test.jsonl"), lines.join(""));
  const args = [join(here, "lighteval_run.py"), join(here, "lighteval_task.py"), model, ...limit];
  expectCode(await runTool(work, componentPath("lighteval"), args, { PYTHONDONTWRITEBYTECODE: "1" }), 0);
  await readdir(join(work, "results"));
}
