/**
 * A small evaluation, the same each time: how many of a hundred sums a model gets right. Writes the results as EvalHub's
 * adapters do, and a log of what was asked, into the folder.
 *
 *   node test/e2e/chain/evaluate.ts FOLDER JOB MODEL WRONG_ANSWERS
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder = "results", job = "job", model = "model", wrong = "0"] = process.argv.slice(2);
const questions = Array.from({ length: 100 }, (_, at) => ({ a: at * 7, b: at * 13 + 1 }));

/** Stands in for a model: adds, and errs in as many answers as it is told to. */
const answerOf = ({ a, b }: { a: number; b: number }, at: number): number => a + b + (at < Number(wrong) ? 1 : 0);

const samples = questions.map((question, at) => {
  const answer = answerOf(question, at);
  return { ...question, answer, correct: answer === question.a + question.b };
});
const accuracy = samples.filter(({ correct }) => correct).length / samples.length;

mkdirSync(join(folder, "logs"), { recursive: true });
writeFileSync(join(folder, "logs", "samples.jsonl"), samples.map((sample) => `${JSON.stringify(sample)}\n`).join(""));
writeFileSync(
  join(folder, "results.json"),
  JSON.stringify({
    id: job,
    benchmark_id: "sums",
    benchmark_index: 0,
    model_name: model,
    results: [{ metric_name: "acc", metric_value: accuracy, metric_type: "float" }],
    num_examples_evaluated: samples.length,
    completed_at: new Date().toISOString(),
    evaluation_metadata: { framework: "chain" },
  }),
);
process.stdout.write(`accuracy ${accuracy}\n`);
