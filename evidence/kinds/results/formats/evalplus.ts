import * as z from "zod";
import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
import { refused } from "../../../errors.ts";
import { parseField } from "../fields.ts";
import type { BenchmarkResults, FileResults, Format } from "../format.ts";

/** What is in it is looked at where it is read. */
const map = z.custom<Readonly<Record<string, unknown>>>(isObject, "expected an object");
const list = z.custom<readonly unknown[]>(Array.isArray, "expected a list");
const status = z.enum(["pass", "fail", "timeout"]);
const attempt = z.object({ base_status: status, plus_status: status.nullable() });

/** One task: how many programs were judged, and how many were right. */
interface Task {
  readonly judged: number;
  readonly base: number;
  /** Undefined where the extra tests were not run. */
  readonly plus: number | undefined;
}

/** What a task's name begins with, and what the data set is called. HumanEval always has all its tasks in a file. */
const datasets = [
  { prefix: "HumanEval/", id: "humaneval", tasks: 164 },
  { prefix: "Mbpp/", id: "mbpp", tasks: undefined },
] as const;

/** `*_eval_results.json` of EvalPlus, which holds verdicts and no score. https://github.com/evalplus/evalplus */
export const evalplus: Format = {
  name: "EvalPlus",

  recognises: (file) =>
    file.kind === "json" &&
    isObject(file.value) &&
    isObject(file.value["eval"]) &&
    typeof file.value["hash"] === "string" &&
    Object.hasOwn(file.value, "date"),

  async read(file, { budget, pause }): Promise<FileResults> {
    const value = parseField([], map, file.kind === "json" ? file.value : undefined);
    const entries = Object.entries(parseField(["eval"], map, value["eval"]));
    const dataset = findDataset(entries.map(([id]) => id));
    const tasks: Task[] = [];
    for (const [id, attempts] of entries) {
      await pause();
      const each = parseField(["eval", id], list, attempts);
      budget.spend("metrics", each.length);
      tasks.push(countAttempts(each.map((one, at) => parseField(["eval", id, String(at)], attempt, one))));
    }
    return {
      evaluator: { name: "evalplus", version: undefined },
      benchmarks: listBenchmarks(dataset, tasks),
      model: { unnamed: "it names no model" },
      ended: { untimed: "its time has no zone" },
      passedOver: [],
    };
  },
};

type Dataset = (typeof datasets)[number];

function findDataset(ids: readonly string[]): Dataset {
  const dataset = datasets.find(({ prefix }) => ids[0]?.startsWith(prefix));
  const stranger = ids.find((id) => dataset === undefined || !id.startsWith(dataset.prefix));
  if (dataset !== undefined && stranger === undefined) return dataset;
  if (stranger === undefined) throw refused("ARTIFACT_INVALID", "its results are empty");
  throw refused("ARTIFACT_INVALID", `the task ${show(stranger)} is of no data set that EvalPlus has`);
}

function countAttempts(attempts: readonly z.infer<typeof attempt>[]): Task {
  const right = attempts.filter(({ base_status: base }) => base === "pass");
  const isBaseOnly = attempts.some(({ plus_status: plus }) => plus === null);
  return {
    judged: attempts.length,
    base: right.length,
    plus: isBaseOnly ? undefined : right.filter(({ plus_status: plus }) => plus === "pass").length,
  };
}

/**
 * The base tests, and the base and extra tests under the name with a plus, as EvalPlus prints them. Whether the extra tests
 * were all of them, which options can change, is not in the file.
 */
function listBenchmarks({ id, tasks: total }: Dataset, tasks: readonly Task[]): BenchmarkResults[] {
  const facts = { version: undefined, samples: { scored: tasks.length, total } };
  const gaps =
    total !== undefined && tasks.length < total
      ? [{ kind: "limited", message: `${tasks.length} of ${total} tasks` } as const]
      : undefined;
  const base = { ...facts, id, metrics: estimate(tasks, ({ base: right }) => right) };
  const results = [{ ...base, gaps: tasks.length === total ? [] : gaps }];
  if (tasks.some(({ plus }) => plus === undefined)) return results;
  return [...results, { ...facts, id: `${id}+`, metrics: estimate(tasks, ({ plus }) => plus ?? 0), gaps }];
}

/** Where each task has as many programs as the number says. */
function estimate(tasks: readonly Task[], countRight: (task: Task) => number): ReadonlyMap<string, number> {
  const fewest = tasks.reduce((least, { judged }) => Math.min(least, judged), Infinity);
  const known = [1, 10, 100].filter((k) => fewest >= k);
  return new Map(
    known.map((k) => {
      const sum = tasks.reduce((total, task) => total + estimatePass(task.judged, countRight(task), k), 0);
      return [`pass@${k}`, sum / tasks.length];
    }),
  );
}

/**
 * How likely one of k programs is right, where `right` of all are: 1 - C(all - right, k) / C(all, k).
 * https://arxiv.org/abs/2107.03374
 */
function estimatePass(all: number, right: number, k: number): number {
  if (k === 1) return right / all;
  if (all - right < k) return 1;
  let allWrong = 1;
  for (let drawn = 0; drawn < k; drawn += 1) allWrong *= (all - right - drawn) / (all - drawn);
  return 1 - allWrong;
}
