import { describe, expect, it } from "@jest/globals";
import { distribution, guidellmBenchmark, guidellmFile, guidellmRequests } from "../../../support/evaluators/files.ts";
import { readOne } from "./read-files.ts";

const read = (over = {}, metrics = {}): ReturnType<typeof readOne> =>
  readOne("benchmarks.json", guidellmFile(over, metrics));

describe("results of GuideLLM", () => {
  it("are read by the names that it prints, latencies and requests", async () => {
    const evaluator = { name: "guidellm", version: "0.8.1" };
    const statistics = ["mean", "median", "min", "max", "p50", "p95", "p99"].map((name) => [name, 120] as const);
    expect(await read()).toMatchObject({
      kind: "read",
      benchmarks: [
        {
          provider: "guidellm",
          id: "concurrent@2",
          passed: undefined,
          metrics: new Map([
            ["request_totals.successful", 10],
            ["request_totals.errored", 0],
            ["request_totals.incomplete", 0],
            ["request_totals.total", 10],
            ...[...statistics, ["std_dev", 0] as const].map(([name, value]): [string, number] => [
              `time_to_first_token_ms.${name}`,
              value,
            ]),
          ]),
          samples: { scored: 10, total: 10 },
          gaps: [],
          evaluator,
        },
      ],
      stated: { modelName: "acme/granite" },
      completedAt: "2026-11-29T10:49:16.250Z",
      passedOver: [],
    });
  });

  it.each([
    [{ type_: "synchronous" }, "synchronous"],
    [{ type_: "throughput", max_concurrency: null }, "throughput@unlimited"],
    [{ type_: "throughput", max_concurrency: 8 }, "throughput@8"],
    [{ type_: "constant", rate: 2.5 }, "constant@2.50"],
    [{ type_: "poisson", rate: 10 }, "poisson@10.00"],
  ])("are named as it names %j", async (strategy, id) => {
    const config = { strategy, backend: { model: "acme/granite" } };
    expect(await read({ config })).toMatchObject({ benchmarks: [{ id }] });
  });

  it("have no latency over no request, which is 0.0 in the file", async () => {
    const metrics = {
      request_totals: guidellmRequests(0, 12),
      time_to_first_token_ms: { successful: distribution(0, 0) },
    };
    const content = await read({ scheduler_metrics: { requests_made: guidellmRequests(0, 12) } }, metrics);
    expect(content).toMatchObject({
      benchmarks: [
        {
          metrics: new Map(Object.entries(guidellmRequests(0, 12)).map(([name, n]) => [`request_totals.${name}`, n])),
          samples: { scored: 0, total: 12 },
          gaps: [{ kind: "failed", message: "12 of 12 requests failed" }],
        },
      ],
      passedOver: ["concurrent@2 time_to_first_token_ms: it is over no successful request"],
    });
  });

  it.each([
    ["failed", guidellmRequests(9, 1), guidellmRequests(9, 1), "1 of 10 requests failed"],
    ["failed outside of what is measured", guidellmRequests(9), guidellmRequests(9, 1), "1 of 10 requests failed"],
    ["did not end", guidellmRequests(9, 0, 2), null, "2 of 11 requests did not end"],
  ])("say which requests %s", async (_, request_totals, made, message) => {
    const scheduler = made === null ? null : { requests_made: made };
    expect(await read({ scheduler_metrics: scheduler }, { request_totals })).toMatchObject({
      benchmarks: [{ gaps: [{ message }] }],
    });
  });

  it.each([
    ["of the tokens of an answer that came in one piece", "inter_token_latency_ms", distribution(245, 0)],
    ["of a connection that the server's protocol does not have", "avg_round_trip_time_ms", distribution(10, 0)],
    ["of most requests", "time_to_first_token_ms", { ...distribution(10, 0), mean: 3, max: 30 }],
    ["that is a latency in seconds", "request_latency", distribution(10, 0)],
  ])("have no time that was not measured, which is 0.0 in the file: one %s", async (_, name, successful) => {
    const content = await read({}, { time_to_first_token_ms: null, [name]: { successful } });
    expect(content).toMatchObject({
      benchmarks: [
        { metrics: new Map(Object.entries(guidellmRequests(10)).map(([of, n]) => [`request_totals.${of}`, n])) },
      ],
      passedOver: [`concurrent@2 ${name}: it is 0 for most of what it is over, which is not a time`],
    });
  });

  it("have a time that a few requests lack, but for the statistics that are 0, and a delay of 0", async () => {
    const measured = { ...distribution(245, 20), min: 0, percentiles: { p01: 0, p95: 20 } };
    const content = await read(
      {},
      {
        time_to_first_token_ms: null,
        inter_token_latency_ms: { successful: measured },
        request_dispatch_delay: { successful: { ...distribution(2, 0), percentiles: {} } },
      },
    );
    const [first] = content.kind === "read" ? content.benchmarks : [];
    const times = [...(first?.metrics ?? [])].filter(([name]) => !name.startsWith("request_totals"));
    expect(Object.fromEntries(times)).toEqual({
      "inter_token_latency_ms.mean": 20,
      "inter_token_latency_ms.median": 20,
      "inter_token_latency_ms.max": 20,
      "inter_token_latency_ms.std_dev": 0,
      "inter_token_latency_ms.p95": 20,
      "request_dispatch_delay.mean": 0,
      "request_dispatch_delay.median": 0,
      "request_dispatch_delay.min": 0,
      "request_dispatch_delay.max": 0,
      "request_dispatch_delay.std_dev": 0,
    });
  });

  it("hold nothing where nothing was asked", async () => {
    const content = await read({}, { request_totals: guidellmRequests(0) });
    expect(content).toMatchObject({ reason: "ARTIFACT_INVALID", message: expect.stringContaining("over no requests") });
  });

  it("are as old as the oldest run in the file, and have no time where one has none", async () => {
    const two = (end_time: unknown): object => ({
      ...guidellmFile(),
      benchmarks: [guidellmBenchmark(), guidellmBenchmark({ end_time })],
    });
    expect(await readOne("b.json", two(1000))).toMatchObject({ completedAt: "1970-01-01T00:16:40.000Z" });
    expect(await readOne("b.json", two(null))).toMatchObject({ completedAt: undefined, stated: { isUntimed: true } });
  });

  it("are refused where they are of several models", async () => {
    const config = { strategy: { type_: "synchronous" }, backend: { model: "acme/other" } };
    const benchmarks = [guidellmBenchmark(), guidellmBenchmark({ config })];
    expect(await readOne("b.json", { ...guidellmFile(), benchmarks })).toMatchObject({
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining("of several models: acme/granite and acme/other"),
    });
  });

  it.each([
    ["metadata.version", { metadata: { version: 3, guidellm_version: "1.0.0" } }],
    ["metadata.guidellm_version", { metadata: { version: 2, guidellm_version: 8 } }],
    ["benchmarks.0", { benchmarks: [7] }],
    [
      "benchmarks.0.config.strategy.type_",
      { benchmarks: [guidellmBenchmark({ config: { strategy: {}, backend: {} } })] },
    ],
    ["benchmarks.0.end_time", { benchmarks: [guidellmBenchmark({ end_time: "2026-11-29" })] }],
    ["benchmarks.0.metrics", { benchmarks: [guidellmBenchmark({ metrics: [] })] }],
    ["benchmarks.0.metrics.request_totals", { benchmarks: [guidellmBenchmark({}, { request_totals: null })] }],
    [
      "benchmarks.0.metrics.request_totals.errored",
      { benchmarks: [guidellmBenchmark({}, { request_totals: { ...guidellmRequests(1), errored: -1 } })] },
    ],
    [
      "benchmarks.0.metrics.m.successful.count",
      { benchmarks: [guidellmBenchmark({}, { m: { successful: { ...distribution(1, 1), count: "1" } } })] },
    ],
  ])("are refused where %s is malformed", async (place, over) => {
    expect(await readOne("b.json", { ...guidellmFile(), ...over })).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(`the results of GuideLLM: its results are malformed at ${place}: `),
    });
  });

  it("pass over a statistic that is no number, and say so", async () => {
    const odd = { successful: { ...distribution(3, 1), mean: "fast" } };
    expect(await read({}, { odd })).toMatchObject({
      passedOver: ["concurrent@2 odd.mean: fast is not a finite number"],
    });
  });
});
