import type { UnreadValue } from "../archive/skim-json.ts";

/**
 * What evaluators write beside their results and no format reads, such as each request, sample or test: most of a large file. It is found by its place alone, so that no format may read anything at these places.
 */
export const unreadValues: readonly UnreadValue[] = [
  // GuideLLM: some 230 values for each request, whatever its options say; and numbers over other requests than successful ones.
  { path: ["benchmarks", "*", "requests"], opens: "{" },
  ...["errored", "incomplete", "total"].map((name): UnreadValue => {
    return { path: ["benchmarks", "*", "metrics", "*", name], opens: "{" };
  }),
  { path: ["benchmarks", "*", "metrics", "text"], opens: "{" },
  // promptfoo: each test with its prompt and answer.
  { path: ["results", "results"], opens: "[" },
  // Inspect, where it logs as JSON: each sample with all of its messages.
  { path: ["samples"], opens: "[" },
];
