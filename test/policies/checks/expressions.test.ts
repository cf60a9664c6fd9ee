import type { Content } from "../../../policies/artifact.ts";
import { goodBenchmarks } from "../../support/builders/evidence.ts";
import { declares, environment, hardware, hardwareKey, model, results, scored, testCheck } from "./case.ts";

const cel = (...texts: string[]): Record<string, unknown> => ({
  expressions: texts.map((text) => ({ cel: text, message: "as the policy says" })),
});

const lmEval = { name: "lm_evaluation_harness", version: "0.4.13" };
const byLmEval: Content = {
  ...results({ ...scored(0.642), version: "1", evaluator: lmEval, samples: { scored: 100, total: 100 }, gaps: [] }),
  evaluators: [lmEval],
};

testCheck("expressions", [
  {
    says: "over the tool that ran, in its version, and its samples",
    asks: cel(
      "evaluation.evaluator.name == 'lm_evaluation_harness' && evaluation.evaluator.version == '0.4.13'",
      "evaluation.benchmarks.all(b, b.evaluator.version == '0.4.13' && b.version == '1' && b.samples >= 100 && b.complete)",
    ),
    content: byLmEval,
  },
  {
    says: "over a tool that the results do not name",
    asks: cel("evaluation.evaluator.name == 'lm_evaluation_harness'"),
    content: results(...goodBenchmarks),
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "over the tool, where two ran",
    asks: cel("evaluation.evaluator.name == 'lm_evaluation_harness'"),
    content: { ...byLmEval, evaluators: [lmEval, { name: "garak", version: "0.17.1" }] },
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "over samples of which the results say nothing",
    asks: cel("evaluation.benchmarks.all(b, b.samples > 0)"),
    content: results(...goodBenchmarks),
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "over adapters that nobody knows",
    asks: cel("workload.model.adapters.all(a, a == 'sql-lora')"),
    workload: { models: [] },
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "over adapters to which others may be added",
    asks: cel("workload.model.adapters.size() == 0"),
    workload: model({ adapters: [], hiddenAdapters: "the serving runtime may load some" }),
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "about the name of what cannot be read",
    asks: cel("workload.model.name != 'evil'"),
    workload: model({ unreadable: "a script" }),
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "about the name of a place that the policy lets nobody declare",
    asks: cel("workload.model.name == 'ibm-granite/granite-3.1-8b-instruct'"),
    workload: { ...model({ name: undefined }), ...declares },
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "that ask first whether the model is known",
    asks: cel("!has(workload.model.name) && !has(workload.model.adapters)"),
    workload: { models: [] },
  },
  {
    says: "over hardware of which the evaluation says nothing",
    asks: cel("evaluation.hardwareClasses.all(c, c == 'nvidia-h100')"),
    annotations: { [hardwareKey]: undefined },
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "over all three variables",
    asks: cel(
      'evaluation.model.name == workload.model.name && "nvidia-h100" in workload.hardwareClasses',
      'now - duration("720h") < evaluation.createdAt',
      'evaluation.benchmarks.exists(b, b.id == "mmlu" && b.metrics["acc,none"] > 0.6)',
      'workload.environment == evaluation.environment && evaluation.collection.version.startsWith("2.")',
    ),
    content: results(...goodBenchmarks),
  },
  { says: "false", asks: cel("evaluation.environment == 'staging'"), reason: "EXPRESSION_FALSE" },
  {
    says: "about what the evaluation does not say",
    asks: cel("evaluation.environment == 'production'"),
    annotations: { [environment]: undefined },
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "that ask first whether the evaluation says it",
    asks: cel("!has(evaluation.environment)"),
    annotations: { [environment]: undefined },
  },
  {
    says: "about all results, where there is no content",
    asks: cel("evaluation.benchmarks.all(b, b.passed)"),
    content: { kind: "none" },
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "about a verdict that is not there",
    asks: cel("evaluation.benchmarks.all(b, b.passed)"),
    content: results(scored(0.7)),
    reason: "EXPRESSION_ERROR",
  },
  {
    says: "about content that is refused",
    asks: cel("evaluation.benchmarks.size() > 0"),
    content: { kind: "refused", reason: "ARTIFACT_INVALID", message: "no" },
    reason: "ARTIFACT_INVALID",
  },
  {
    says: "about content that cannot be had",
    asks: cel("evaluation.benchmarks.size() > 0"),
    content: { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" },
    reason: "REGISTRY_UNAVAILABLE",
  },
  {
    says: "about a namespace that could not be looked up",
    asks: cel("workload.environment == 'production'"),
    workload: { namespaceLabels: undefined },
    reason: "NAMESPACE_UNKNOWN",
  },
  {
    says: "about hardware that could not be looked up",
    asks: cel("'nvidia-h100' in workload.hardwareClasses"),
    workload: hardware({ couldNotLook: true }),
    reason: "CLUSTER_UNAVAILABLE",
  },
  {
    says: "that would take long on what the evaluation holds (T33)",
    asks: cel("evaluation.benchmarks.all(a, evaluation.benchmarks.exists(b, a.id == b.id))"),
    content: results(...Array.from({ length: 400 }, () => scored(0.7))),
    reason: "EXPRESSION_ERROR",
  },
]);
