import { describe, expect, it, test } from "@jest/globals";
import * as fc from "fast-check";
import { Budget, readingLimits, type BudgetItem } from "../../workload/budget.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { outlineWorkload, readObject, readWorkload, type WorkloadInput } from "../../workload/read.ts";
import { WorkloadError } from "../../workload/shape.ts";
import { isSameReading } from "../../workload/unchanged.ts";
import type { Json } from "../support/builders/json.ts";
import { aPod, jsonOf } from "../support/hostile-shapes/shape.ts";
import { hostileShapes } from "../support/hostile-shapes/shapes.ts";
import { inputFor } from "../support/builders/workload.ts";

const counts = Object.keys(readingLimits) as BudgetItem[];

interface Reading {
  /** What became of it. Anything else that is thrown fails the test. */
  readonly outcome: "read" | "too large" | "not of its kind's shape";
  /** What is said of the limit that was passed. */
  readonly message?: string | undefined;
  readonly spent: Budget["spent"];
  /** Bytes of what was made of it, as JSON. */
  readonly resultBytes: number;
}

function readingOf(input: WorkloadInput): Reading {
  const budget = new Budget();
  try {
    const workload = readWorkload(input, outlineWorkload(input), budget);
    const { metadata: _, ...result } = workload;
    const outcome = workload.tooLarge === undefined ? "read" : "too large";
    const message = workload.tooLarge?.message;
    return { outcome, message, spent: budget.spent, resultBytes: JSON.stringify(result).length };
  } catch (cause) {
    if (!(cause instanceof WorkloadError)) throw cause;
    return { outcome: "not of its kind's shape", spent: budget.spent, resultBytes: 0 };
  }
}

/** Which limits were passed: one at most, and then the reading stops. That of the entries of one list is no sum. */
function passed({ spent, message }: Reading): BudgetItem[] {
  const sums = counts.filter((counted) => spent[counted] > readingLimits[counted]);
  return message === `more than ${readingLimits.entries} entries of one list` ? [...sums, "entries"] : sums;
}

/**
 * How long the JSON of a value is. What is in it many times is measured once: of lists that repeat themselves within others
 * the JSON is of hundreds of megabytes.
 */
function measureJson(value: unknown, known = new Map<object, number>()): number {
  if (typeof value !== "object" || value === null) return JSON.stringify(value).length;
  const before = known.get(value);
  if (before !== undefined) return before;
  const parts = Array.isArray(value)
    ? value.map((one) => measureJson(one, known))
    : Object.entries(value).map(([key, one]) => measureJson(key) + 1 + measureJson(one, known));
  const length = parts.reduce((sum, part) => sum + part, 2 + Math.max(0, parts.length - 1));
  known.set(value, length);
  return length;
}

/** As the gate gets it: from JSON. */
function received(object: Json): WorkloadInput {
  return inputFor(JSON.parse(jsonOf(object)) as Json);
}

describe("a hostile object is read within the limits, or is too large", () => {
  it.each(hostileShapes.map(({ name, make }) => [name, make] as const))("%s", (_name, make) => {
    for (const bytes of [8 * 1024, 100 * 1024]) {
      const { object, oldObject } = make(bytes);
      const input = received(object);
      const reading = readingOf(input);
      expect(passed(reading).length).toBe(reading.outcome === "too large" ? 1 : 0);
      expect(reading.resultBytes).toBeLessThan(4 * jsonOf(object).length + 64 * 1024);
      if (oldObject === undefined || reading.outcome === "not of its kind's shape") continue;
      const none: ReadonlySet<string> = new Set();
      const keys = {
        labels: none,
        annotations: none,
        own: { labels: none, annotations: none },
        flags: none,
        namespaceLabels: none,
      };
      const same = isSameReading(readObject(received(oldObject)), readObject(input), keys);
      expect(typeof same).toBe("boolean");
    }
  });

  it("of 3 MiB, where a list was once given as arguments of a call", () => {
    const shape = hostileShapes.find(({ name }) => name === "kind: LLMInferenceService, adapters within adapters");
    const { object } = shape?.make(3_000_000) ?? { object: {} };
    expect(readingOf(received(object)).outcome).toBe("too large");
  });
});

describe("a list of more entries than are read", () => {
  const jobs: Json[] = Array.from({ length: readingLimits.entries }, () => ({}));
  const last = { template: { spec: { template: { metadata: { labels: { team: "ml" } }, spec: { containers: [] } } } } };
  const jobSet = (replicatedJobs: Json[]): WorkloadInput =>
    received({ apiVersion: "jobset.x-k8s.io/v1alpha2", kind: "JobSet", metadata: {}, spec: { replicatedJobs } });

  it("is named", () => {
    const { tooLarge } = readWorkload(jobSet([...jobs, last]));
    expect(tooLarge).toEqual({ message: "more than 16384 entries of one list", field: "spec.replicatedJobs" });
  });

  it("hides no label that a policy may select by", () => {
    const found = outlineWorkload(jobSet([...jobs, last])).metadata;
    expect(found.map(({ path, labels }) => [path, labels])).toEqual([
      ["metadata", {}],
      ["spec.replicatedJobs[16384].template.spec.template.metadata", { team: "ml" }],
    ]);
  });

  it.each(["containers", "initContainers", "volumes", "hostAliases"])("is refused among %s", (key) => {
    const spec = { containers: [], [key]: Array.from({ length: readingLimits.entries + 1 }, () => ({})) };
    const { tooLarge } = readWorkload(received({ apiVersion: "v1", kind: "Pod", metadata: {}, spec }));
    expect(tooLarge).toEqual({ message: "more than 16384 entries of one list", field: `spec.${key}` });
  });
});

describe("shapes that ended or blocked the gate", () => {
  const doubling = Array.from({ length: 26 }, (_, at) => ({
    name: `A${at}`,
    value: at === 0 ? "aaaaaaaaaaaa" : `$(A${at - 1})$(A${at - 1})`,
  }));
  const commands = "vllm serve /x\n".repeat(4_600);
  const pods = (spec: Json): Json => ({ apiVersion: "v1", kind: "Pod", metadata: {}, spec });
  it.each<[string, Json, BudgetItem]>([
    ["variables that double", aPod({ args: ["$(A25)", "$(A25)", "$(A25)"], env: doubling }), "expandedCharacters"],
    [
      "YAML of tags",
      {
        apiVersion: "ray.io/v1",
        kind: "RayService",
        metadata: {},
        spec: { serveConfigV2: "!a ".repeat(84_000), rayClusterConfig: {} },
      },
      "embeddedCharacters",
    ],
    [
      "YAML of maps",
      {
        apiVersion: "ray.io/v1",
        kind: "RayService",
        metadata: {},
        spec: { serveConfigV2: "{a: ".repeat(63_000), rayClusterConfig: {} },
      },
      "embeddedCharacters",
    ],
    [
      "10,000 mounts and a script of 4,600 lines",
      aPod({
        command: ["sh", "-c", commands],
        volumeMounts: Array.from({ length: 10_000 }, (_, at) => ({ name: "v", mountPath: `/v/${at}` })),
      }),
      "mounts",
    ],
    [
      "1,000 volumes in caches",
      aPod({
        command: ["sh", "-c", "echo > /srv/x; vllm serve acme/otter"],
        volumeMounts: [
          { name: "w", mountPath: "/srv" },
          ...Array.from({ length: 1_000 }, (_, at) => ({ name: "v", mountPath: `/root/.cache/${at}` })),
        ],
      }),
      "expandedCharacters",
    ],
    ["a script of 4,600 lines", aPod({ command: ["sh", "-c", commands] }), "shellParts"],
    [
      "8,000 storageUris and 8,000 containers",
      {
        apiVersion: "serving.kserve.io/v1beta1",
        kind: "InferenceService",
        metadata: {},
        spec: {
          predictor: {
            storageUris: Array.from({ length: 8_000 }, (_, at) => ({ uri: `hf://acme/m${at}` })),
            containers: Array.from({ length: 8_000 }, (_, at) => ({ name: `c${at}` })),
          },
        },
      },
      "containers",
    ],
    [
      "10,000 containers with models",
      pods({ containers: Array.from({ length: 10_000 }, (_, at) => ({ name: `c${at}`, args: [`--model=m${at}`] })) }),
      "containers",
    ],
  ])("%s", (_what, object, counted) => {
    const reading = readingOf(inputFor(object));
    expect([reading.outcome, passed(reading)]).toEqual(["too large", [counted]]);
  });
});

describe("fuzz: what reading costs", () => {
  const name = fc.integer({ min: 0, max: 5 }).map((at) => `A${at}`);
  const text = fc.oneof(
    name.map((one) => `$(${one})`),
    name.map((one) => `$${one}`),
    fc.constantFrom(
      "--model=",
      "vllm serve ",
      "acme/m",
      " ",
      ";",
      "'",
      '"',
      "(",
      ")",
      "\n",
      "&&",
      "|",
      "{",
      "}",
      "`",
      "$((",
      "<<A",
      "if ",
      "then ",
      "fi ",
      "while ",
      "do ",
      "done ",
      "/..",
      "eval ",
      "[",
      "=",
      ":",
      ",",
      "@",
    ),
  );
  const line = fc.array(text, { maxLength: 12 }).map((parts) => parts.join(""));
  const words = fc.array(line, { maxLength: 6 });
  const repeated = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc
      .tuple(fc.array(one, { minLength: 1, maxLength: 3 }), fc.constantFrom(1, 2, 40, 300))
      .map(([ones, times]) => Array.from({ length: times }, () => ones).flat());
  const container = fc.record(
    {
      name,
      image: line,
      command: fc.oneof(
        words,
        line.map((script) => ["bash", "-c", script.repeat(50)]),
        fc.constant(["vllm", "serve", "m"]),
      ),
      args: fc.oneof(words, repeated(line)),
      env: repeated(fc.record({ name, value: line })),
      envFrom: repeated(fc.record({ prefix: name, configMapRef: fc.record({ name }) })),
      volumeMounts: repeated(fc.record({ name, mountPath: line.map((one) => `/${one}`) })),
      workingDir: line,
      resources: fc.record({ limits: fc.dictionary(line, fc.constant("1")) }),
    },
    { requiredKeys: [] },
  );
  const podSpec = fc.record(
    {
      containers: repeated(container),
      initContainers: fc.array(container, { maxLength: 2 }),
      volumes: repeated(fc.record({ name, emptyDir: fc.constant({}) })),
      nodeSelector: fc.dictionary(fc.constantFrom("nvidia.com/gpu.product", "acme.com/gpu", "a"), line),
    },
    { requiredKeys: ["containers"] },
  );
  const annotations = fc.dictionary(fc.constantFrom("assaygate.dev/evaluation", "a"), line);
  const object = fc
    .tuple(podSpec, annotations, fc.constantFrom(...builtinKinds.values()), line)
    .map(([spec, marks, kind, embedded]): Json => {
      const template = { metadata: { annotations: marks }, spec };
      const apiVersion = kind.group === "" ? "v1" : `${kind.group}/v1`;
      const whole =
        kind.kind === "Pod" ? spec : { template, serveConfigV2: embedded, predictor: spec, model: { uri: embedded } };
      return { apiVersion, kind: kind.kind, metadata: { annotations: marks }, spec: whole };
    });

  test("no more than a few steps a byte, but for what expansion doubles, which has a limit", () => {
    fc.assert(
      fc.property(object, (one) => {
        const bytes = measureJson(one);
        const reading = readingOf(inputFor(one));
        const { spent } = reading;
        const steps = counts.filter((counted) => counted !== "expandedCharacters" && counted !== "words");
        for (const counted of steps) {
          const cost = Math.min(spent[counted], readingLimits[counted]);
          expect([counted, cost <= 8 * bytes + 64]).toEqual([counted, true]);
        }
        expect(reading.outcome === "too large" || passed(reading).length === 0).toBe(true);
        expect(reading.resultBytes).toBeLessThan(4 * bytes + readingLimits.expandedCharacters);
      }),
      { numRuns: 300, seed: 20_261_128 },
    );
  });
});
