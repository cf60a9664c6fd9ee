import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { toKindKey } from "../../../../workload/kinds/kinds.ts";
import { builtinKinds } from "../../../../workload/kinds/builtin-kinds.ts";
import { WorkloadError } from "../../../../workload/shape.ts";
import { createReadingMemory, type ReadingMemory } from "../../../../webhook/admission/readings/reading-memory.ts";
import type { Review } from "../../../../webhook/admission/review.ts";
import type { EarlyAnswer } from "../../../../webhook/admission/triage.ts";
import { triageWorkload, type JudgeableWorkload } from "../../../../webhook/admission/triage-workload.ts";
import { aPolicy, now } from "../../../support/builders/decision.ts";
import { goldenWorkloads } from "../../../support/workload-examples.ts";
import { aDeployment, inputFor, productionLabels } from "../../../support/builders/workload.ts";
import { type Json } from "../../../support/builders/json.ts";
import type { StringMap } from "../../../../policies/workload.ts";

const set = { policies: [aPolicy()], exceptions: [], digest: "" };

function reviewOf(object: Json, change: Partial<Review> = {}): Review {
  const { group, version, kind, namespace, name } = inputFor(object);
  const user = { username: "jane", groups: [] };
  const kinds = { group, version, kind };
  const request = { uid: "1", operation: "CREATE", kind: kinds, name, namespace, user, dryRun: false } as const;
  return { ...request, object, oldObject: null, ...change };
}

type Triaged = EarlyAnswer | JudgeableWorkload;

function triage(review: Review, readings: ReadingMemory | undefined, labels: StringMap | undefined): Triaged {
  const kind = builtinKinds.get(toKindKey(review.kind.group, review.kind.kind));
  if (kind === undefined) throw new TypeError(review.kind.kind);
  const settings = { noMatch: "Admit", maxExceptionMs: 1 } as const;
  const parts = { kinds: builtinKinds, controllers: [], settings, now: () => now, ...(readings && { readings }) };
  return triageWorkload(parts, set, { review, kind }, labels);
}

/** What comes of an object that was shown before, and is kept now. */
function triageAgain(review: Review, readings: ReadingMemory): JudgeableWorkload {
  triage(review, readings, productionLabels);
  return triage(review, readings, productionLabels) as JudgeableWorkload;
}

/** All that comes of a review's object: a workload with the config maps it asked for, an answer, or what was thrown. */
function outcomeOf(review: Review, readings: ReadingMemory | undefined, labels: StringMap | undefined): unknown {
  try {
    const triaged = triage(review, readings, labels);
    return "decision" in triaged ? triaged : { workload: triaged.workload, configMaps: [...triaged.configMaps] };
  } catch (cause) {
    if (cause instanceof WorkloadError) return cause.message;
    throw cause;
  }
}

type Key = string | number;

function listPaths(value: unknown, path: readonly Key[] = []): (readonly Key[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const parts = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...parts.flatMap(([key, part]) => listPaths(part, [...path, key]))];
}

const values: readonly unknown[] = [undefined, null, "", "other", 0, 2, true, [], {}, ["--model", "other/model"]];

/** The object with the value at one of its paths replaced, left out, or, for a map, written in another order. */
function alter(object: Json, at: number, how: number): Json {
  const copy: Json = JSON.parse(JSON.stringify(object));
  const paths = listPaths(copy).filter((path) => path.length > 0);
  const path = paths[at % paths.length] ?? [];
  let place: object = copy;
  for (const key of path.slice(0, -1)) place = Reflect.get(place, key) as object;
  const key = path.at(-1) ?? "";
  const before: unknown = Reflect.get(place, key);
  const isMap = typeof before === "object" && before !== null && !Array.isArray(before);
  const after =
    isMap && how % 2 === 0 ? Object.fromEntries(Object.entries(before).toReversed()) : values[how % values.length];
  Reflect.set(place, key, after);
  return JSON.parse(JSON.stringify(copy)) as Json;
}

const labelsOf = [productionLabels, { "assaygate.dev/environment": "staging" }, undefined];
const anyChange = fc.record({ at: fc.nat(), how: fc.nat(), labels: fc.constantFrom(...labelsOf), keep: fc.boolean() });

describe("a remembered reading", () => {
  it.each([...goldenWorkloads])("is what a new one is, whatever changes of %s", (_, object) => {
    fc.assert(
      fc.property(fc.array(anyChange, { minLength: 1, maxLength: 12 }), (changes) => {
        const readings = createReadingMemory();
        let current = object;
        for (const { at, how, labels, keep } of [...changes, ...changes]) {
          const changed = alter(current, at, how);
          if (keep) current = changed;
          const review = reviewOf(object, { object: changed });
          const fresh = outcomeOf(review, undefined, labels);
          expect(outcomeOf(review, readings, labels)).toEqual(fresh);
          const again = reviewOf(object, { object: JSON.parse(JSON.stringify(changed)) });
          expect(outcomeOf(again, readings, labels)).toEqual(fresh);
        }
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  it.each<[string, Json]>([
    ["the uid and the version that the API server gives", { uid: "2", resourceVersion: "7", generation: 3 }],
    ["who owns which field", { managedFields: [{ manager: "kubectl" }] }],
  ])("is used again whatever is in %s", (_, metadata) => {
    const readings = createReadingMemory();
    const first = triageAgain(reviewOf(aDeployment()), readings);
    const second = triage(reviewOf(aDeployment({ metadata })), readings, productionLabels) as JudgeableWorkload;
    expect(second.workload).toBe(first.workload);
  });

  it.each<[string, Json, StringMap | undefined]>([
    ["a label", aDeployment({ metadata: { labels: { risk: "low" } } }), productionLabels],
    ["an annotation that nothing reads", aDeployment({ metadata: { annotations: { a: "b" } } }), productionLabels],
    ["a count", aDeployment({ spec: { replicas: 2 } }), productionLabels],
    ["the order of keys", aDeployment({ metadata: { namespace: "prod-chat", name: "granite" } }), productionLabels],
    ["a label of the namespace", aDeployment(), {}],
    ["the labels of the namespace, which are not known", aDeployment(), undefined],
  ])("is not used where another is %s", (what, object, labels) => {
    const readings = createReadingMemory();
    const ordered = what === "the order of keys" ? reversed(object) : object;
    const first = triageAgain(reviewOf(aDeployment()), readings);
    const second = triage(reviewOf(ordered), readings, labels) as JudgeableWorkload;
    expect(second.workload).not.toBe(first.workload);
  });

  it("is of the object's own place, whatever characters its names have", () => {
    const readings = createReadingMemory();
    const elsewhere = reviewOf(aDeployment(), { namespace: "dev\nprod", name: "granite" });
    const own = reviewOf(aDeployment(), { namespace: "dev", name: "prod\ngranite" });
    triageAgain(elsewhere, readings);
    expect(outcomeOf(own, readings, productionLabels)).toEqual(outcomeOf(own, undefined, productionLabels));
  });

  it("is not kept of an object that is not small", () => {
    const readings = createReadingMemory();
    const review = reviewOf(aDeployment({ metadata: { annotations: { long: "x".repeat(20_000) } } }));
    const first = triageAgain(review, readings);
    expect((triage(review, readings, productionLabels) as JudgeableWorkload).workload).not.toBe(first.workload);
  });

  it("is not kept of an object that is shown for the first time", () => {
    const readings = createReadingMemory();
    const first = triage(reviewOf(aDeployment()), readings, productionLabels) as JudgeableWorkload;
    expect(triageAgain(reviewOf(aDeployment()), readings).workload).not.toBe(first.workload);
  });

  it("cannot be changed by anybody", () => {
    const readings = createReadingMemory();
    const { workload } = triageAgain(reviewOf(aDeployment()), readings);
    expect(Object.isFrozen(workload) && Object.isFrozen(workload.models) && Object.isFrozen(workload.metadata[0])).toBe(
      true,
    );
  });
});

function reversed(object: Json): Json {
  return Object.fromEntries(Object.entries(object).toReversed());
}
