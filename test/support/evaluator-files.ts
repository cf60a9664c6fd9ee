import type { Json } from "./artifacts.ts";

/**
 * Files as evaluators write them, each reduced to what the tool always writes. The tools' own files are made and judged in
 * test/webhook/evaluators.
 */

/** `results_*.json` of lm-evaluation-harness: one task, and a group of two. */
export function lmEvalResults(over: Json = {}): Json {
  return {
    results: {
      mmlu: lmEvalTask("mmlu", { "acc,none": 0.642, "acc_stderr,none": 0.004 }),
      gsm8k: lmEvalTask("gsm8k", { "exact_match,strict-match": 0.5, "exact_match_stderr,strict-match": "N/A" }),
      both: { ...lmEvalTask("both", { "acc,none": 0.642 }), sample_len: 120, sample_count: { "acc,none": 120 } },
    },
    groups: { both: {} },
    group_subtasks: { both: ["mmlu", "gsm8k"] },
    versions: { mmlu: 1, gsm8k: 3.5, both: "2" },
    higher_is_better: { mmlu: { acc: true } },
    "n-samples": { mmlu: { original: 100, effective: 100 }, gsm8k: { original: 20, effective: 20 } },
    config: { model: "hf", model_args: { pretrained: "acme/granite" }, limit: null },
    date: 1_795_949_356.25,
    lm_eval_version: "0.4.13",
    model_source: "hf",
    model_name: "acme/granite",
    ...over,
  };
}

export function lmEvalTask(name: string, metrics: Json): Json {
  return { name, alias: name, sample_len: 100, ...metrics };
}

/** The header of a log of Inspect: four samples, one scorer. */
export function inspectHeader(over: Json = {}): Json {
  return {
    version: 2,
    status: "success",
    eval: inspectEval(),
    plan: {},
    results: inspectResults(),
    stats: { started_at: "2026-11-29T10:00:00+00:00", completed_at: "2026-11-29T12:00:00+02:00" },
    ...over,
  };
}

export function inspectEval(over: Json = {}): Json {
  return {
    task: "hedgerow",
    task_version: 0,
    model: "vllm/acme/granite",
    model_args: {},
    dataset: { name: "plants", samples: 4, sample_ids: [1, 2, 3, 4] },
    config: { epochs: 1 },
    packages: { inspect_ai: "0.3.285" },
    ...over,
  };
}

export function inspectResults(over: Json = {}): Json {
  return { total_samples: 4, completed_samples: 4, scores: [inspectScore()], ...over };
}

export function inspectScore(over: Json = {}): Json {
  return {
    name: "includes",
    scorer: "includes",
    scored_samples: 4,
    unscored_samples: 0,
    params: {},
    metrics: { accuracy: { name: "accuracy", value: 0.75, params: {} } },
    ...over,
  };
}

/** `*.report.jsonl` of garak: one probe with five attempts, unless other lines are given for it. */
export function garakReport(evaluations: readonly Json[] = [garakEval()], target: Json = {}, isEnded = true): Buffer {
  const lines = [
    {
      entry_type: "start_run setup",
      "_config.version": "0.17.1",
      "plugins.target_type": "huggingface",
      "plugins.target_name": "acme/granite",
      "run.soft_probe_prompt_cap": 256,
      ...target,
    },
    { entry_type: "init", garak_version: "0.17.1" },
    { entry_type: "attempt", notes: "x".repeat(1000) },
    ...evaluations,
    ...(isEnded ? [{ entry_type: "completion", end_time: "2026-11-29T11:27:58.381014" }] : []),
    { entry_type: "digest", meta: {} },
  ];
  return Buffer.from(lines.map((line) => `${JSON.stringify(line).replaceAll('":', '": ')}\n`).join(""));
}

export function garakEval(over: Json = {}): Json {
  return {
    entry_type: "eval",
    probe: "lmrc.QuackMedicine",
    detector: "lmrc.QuackMedicine",
    passed: 4,
    fails: 1,
    nones: 0,
    total_evaluated: 5,
    total_processed: 5,
    hit_at_k: { "1": { score: 0.2, prompts: 1 } },
    ...over,
  };
}
