import type { Json } from "../artifacts.ts";

/**
 * Files as these evaluators write them, each reduced to what the tool always writes. The tools' own files are made and judged
 * in test/webhook/evaluators.
 */

/** `benchmarks.json` of GuideLLM: two streams, ten requests that were answered. */
export function guidellmFile(over: Json = {}, metrics: Json = {}): Json {
  return {
    metadata: { version: 2, guidellm_version: "0.8.1" },
    config: { metadata: { labels: {} } },
    benchmarks: [guidellmBenchmark(over, metrics)],
    conclusions: [],
  };
}

export function guidellmBenchmark(over: Json = {}, metrics: Json = {}): Json {
  return {
    type_: "generative_benchmark",
    config: { strategy: { type_: "concurrent", streams: 2 }, backend: { kind: "openai_http", model: "acme/granite" } },
    scheduler_metrics: { requests_made: guidellmRequests(10) },
    metrics: {
      request_totals: guidellmRequests(10),
      time_to_first_token_ms: {
        successful: distribution(10, 120),
        errored: distribution(0, 0),
        total: distribution(10, 120),
      },
      request_dispatch_delay: null,
      slo_determined_requests: 0,
      ...metrics,
    },
    end_time: 1_795_949_356.25,
    ...over,
  };
}

export function guidellmRequests(successful: number, errored = 0, incomplete = 0): Json {
  return { successful, errored, incomplete, total: successful + errored + incomplete };
}

/** One of GuideLLM's, over `count` values that are all the same. */
export function distribution(count: number, value: number): Json {
  const percentiles = { p50: value, p95: value, p99: value };
  return { mean: value, median: value, min: value, max: value, std_dev: 0, count, percentiles, pdf: null };
}

/** What `promptfoo eval -o` writes: one prompt, one provider, four tests of which three pass. */
export function promptfooFile(metrics: Json = {}, over: Json = {}, config: Json = {}): Json {
  return {
    evalId: "eval-abc-2026-11-29T10:00:00",
    results: {
      version: 3,
      timestamp: "2026-11-29T10:00:00.000Z",
      prompts: [promptfooPrompt(metrics)],
      results: [],
      stats: { successes: 3, failures: 1, errors: 0 },
    },
    config: {
      description: "speaks of hazel",
      prompts: ["Say {{word}}"],
      providers: ["openai:chat:acme/granite"],
      tests: [{}, {}, {}, {}].map(() => ({ vars: { word: "hazel" } })),
      ...config,
    },
    shareableUrl: null,
    metadata: { promptfooVersion: "0.121.20" },
    runtimeOptions: { repeat: 1 },
    ...over,
  };
}

export function promptfooPrompt(metrics: Json = {}, over: Json = {}): Json {
  return {
    label: "Say {{word}}",
    raw: "Say {{word}}",
    provider: "openai:chat:acme/granite",
    metrics: {
      score: 3,
      testPassCount: 3,
      testFailCount: 1,
      testErrorCount: 0,
      namedScores: { "says-it": 4 },
      namedScoresCount: { "says-it": 3 },
      namedScoreWeights: { "says-it": 5 },
      ...metrics,
    },
    ...over,
  };
}

/** `test_run_*.json` of DeepEval: two of three test cases pass. */
export function deepevalFile(over: Json = {}, scores: Json = {}): Json {
  return {
    testFile: "test_words.py",
    testCases: [{ name: "a" }, { name: "b" }, { name: "c" }],
    conversationalTestCases: [],
    metricsScores: [{ metric: "Answer Relevancy", scores: [1, 0.5, 0], passes: 2, fails: 1, errors: 0, ...scores }],
    testPassed: 2,
    testFailed: 1,
    runDuration: 1.5,
    official: false,
    ...over,
  };
}

/** `*_eval_results.json` of EvalPlus: three tasks, right on the base tests and on all, on the base tests alone, and not at all. */
export function evalplusFile(over: Json = {}, tasks: Json = {}): Json {
  return {
    date: "2026-11-29 10:00",
    hash: "1ef8454455a1f143251fd873b607b442",
    eval: {
      "HumanEval/0": [evalplusAttempt("pass", "pass")],
      "HumanEval/1": [evalplusAttempt("pass", "fail")],
      "HumanEval/2": [evalplusAttempt("fail", "fail")],
      ...tasks,
    },
    ...over,
  };
}

export function evalplusAttempt(base: unknown, plus: unknown): Json {
  return { task_id: "HumanEval/0", solution: "", base_status: base, plus_status: plus, base_fail_tests: [] };
}

/** `results_*.json` of lighteval: one task, and the average of all. */
export function lightevalFile(general: Json = {}, over: Json = {}): Json {
  return {
    config_general: {
      lighteval_sha: "?",
      max_samples: null,
      start_time: 1.5,
      end_time: 2.5,
      model_name: "acme/granite",
      ...general,
    },
    results: { "gsm8k|0": { em: 0.4, em_stderr: 0.2 }, all: { em: 0.4, em_stderr: 0.2 } },
    versions: {},
    config_tasks: { "gsm8k|0": { name: "gsm8k", version: 2, original_num_docs: -1, effective_num_docs: -1 } },
    summary_tasks: {},
    summary_general: {},
    ...over,
  };
}
