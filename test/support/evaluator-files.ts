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
