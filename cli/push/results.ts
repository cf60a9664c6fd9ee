import type { Content } from "../../policies/artifact.ts";
import { show } from "../../policies/show.ts";

/** One benchmark as the gate will read it, for programs. */
export interface PushedResult {
  readonly benchmark: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** How many samples the metrics are over; undefined where the files do not say it. */
  readonly samples: number | undefined;
  readonly passed: boolean | undefined;
}

/** More than a person reads at once. */
const shownLines = 20;

/** Every benchmark in the content. */
export function listResults(content: Content): PushedResult[] {
  if (content.kind !== "read") return [];
  return content.benchmarks.map(({ id, metrics, samples, passed }) => ({
    benchmark: id,
    metrics: Object.fromEntries(metrics),
    samples: samples?.scored,
    passed,
  }));
}

/** The same for a person: a line for each metric and verdict, such as `mmlu acc,none = 0.642 over 14,042 samples`. */
export function showResults(results: readonly PushedResult[]): string[] {
  const lines = results.flatMap(toLines);
  const more = lines.length - shownLines;
  return [...lines.slice(0, shownLines), ...(more > 0 ? [`and ${more} more`] : [])];
}

function toLines({ benchmark, metrics, samples, passed }: PushedResult): string[] {
  const over = samples === undefined ? "" : ` over ${samples.toLocaleString("en-US")} samples`;
  const verdict = passed === undefined ? [] : [`${show(benchmark)} ${passed ? "passed" : "did not pass"}`];
  const values = Object.entries(metrics).map(([name, value]) => `${show(benchmark)} ${show(name)} = ${value}${over}`);
  return [...verdict, ...values];
}
