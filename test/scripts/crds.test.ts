import { describe, expect, it } from "@jest/globals";
import { Environment } from "@marcbachmann/cel-js";
import { parse as parseYaml } from "yaml";
import { exceptionResource, policyResource, type Schema } from "../../scripts/crds.ts";
import { loadPolicySet } from "../../policies/language/load.ts";
import { policy } from "../support/builders/policy.ts";
import type { Json } from "../support/artifacts.ts";
import { sha256 } from "../../runtime/sha256.ts";

interface Definition {
  readonly spec: {
    readonly scope: string;
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

const definitions = [
  ["EvaluationPolicy", parseYaml(policyResource()) as Definition],
  ["EvaluationException", parseYaml(exceptionResource()) as Definition],
] as const;

/** Every schema inside a schema, itself too, with where it stands. */
function nodesOf(schema: Schema, path: string): [path: string, schema: Schema][] {
  const { properties = {}, items, additionalProperties } = schema;
  return [
    [path, schema],
    ...Object.entries(properties).flatMap(([name, inner]) => nodesOf(inner, `${path}.${name}`)),
    ...(items === undefined ? [] : nodesOf(items, `${path}[]`)),
    ...(typeof additionalProperties === "object" ? nodesOf(additionalProperties, `${path}{}`) : []),
  ];
}

describe.each(definitions)("the custom resource %s", (_, { spec }) => {
  const schema = spec.versions[0]?.schema.openAPIV3Schema ?? {};
  const nodes = nodesOf(schema, "");

  it("is cluster-scoped: who may write in a namespace must not write policies", () =>
    expect(spec.scope).toBe("Cluster"));

  // https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
  it("has a structural schema: one type for each node, and nothing that an API server refuses", () => {
    const known = new Set(
      "type description properties required items additionalProperties enum default pattern format nullable minLength maxLength minItems maxItems minimum maximum exclusiveMinimum exclusiveMaximum x-kubernetes-validations x-kubernetes-preserve-unknown-fields x-kubernetes-list-type x-kubernetes-list-map-keys".split(
        " ",
      ),
    );
    const strangers = nodes.flatMap(([path, node]) =>
      Object.keys(node)
        .filter((keyword) => !known.has(keyword))
        .map((keyword) => `${path}: ${keyword}`),
    );
    expect(strangers).toEqual([]);
    expect(nodes.filter(([, { type }]) => typeof type !== "string").map(([path]) => path)).toEqual([]);
    expect(
      nodes
        .filter(([, node]) => node.additionalProperties !== undefined && node.properties !== undefined)
        .map(([path]) => path),
    ).toEqual([]);
    expect(nodes.filter(([, node]) => node["type"] === "array" && node.items === undefined)).toEqual([]);
  });

  it("says nothing about metadata beyond its type", () =>
    expect(schema.properties?.["metadata"]).toEqual({ type: "object" }));

  it("keeps keys that it does not know wherever the loader would refuse them", () => {
    const dropping = nodes.filter(
      ([path, node]) =>
        path.startsWith(".spec") &&
        node.properties !== undefined &&
        node["x-kubernetes-preserve-unknown-fields"] !== true,
    );
    expect(dropping.map(([path]) => path)).toEqual([]);
  });

  it("has keys that exist, in every map list", () => {
    for (const [, node] of nodes) {
      const keys = (node["x-kubernetes-list-map-keys"] ?? []) as string[];
      for (const key of keys) expect(node.items?.["required"]).toContain(key);
    }
  });

  it("has rules whose CEL parses", () => {
    for (const { rule } of nodes.flatMap(([, node]) => rulesOf(node)))
      expect({ rule, ...cel.check(rule) }).toMatchObject({ rule, valid: true, type: "bool" });
  });
});

interface Rule {
  readonly rule: string;
  readonly message: string;
}

function rulesOf(node: Schema): readonly Rule[] {
  return (node["x-kubernetes-validations"] ?? []) as Rule[];
}

const cel = new Environment().registerVariable("self", "dyn");

/** What the rules of a schema say of a value that has its defaults: messages of those that do not hold. */
function violations(schema: Schema, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => violations(schema.items ?? {}, item));
  if (!isObject(value)) return [];
  const own = rulesOf(schema).flatMap(({ rule, message }) =>
    cel.evaluate(rule, { self: value }) === true ? [] : [message],
  );
  const inner = Object.entries(value).flatMap(([key, field]) => violations(schema.properties?.[key] ?? {}, field));
  return [...own, ...inner];
}

/** As the API server does it, before the rules are looked at. */
function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withDefaults(schema.items ?? {}, item));
  if (!isObject(value)) return value;
  const { properties = {} } = schema;
  const defaults = Object.entries(properties).flatMap(([name, inner]) =>
    inner["default"] === undefined ? [] : [[name, inner["default"]] as const],
  );
  const own = Object.entries(value).map(([key, field]) => [key, withDefaults(properties[key] ?? {}, field)] as const);
  return Object.fromEntries([...defaults, ...own]);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

describe("what one schema cannot say, the API server and the loader say alike", () => {
  const schema = definitions[0][1].spec.versions[0]?.schema.openAPIV3Schema ?? {};
  const document = (spec: Json): Json => policy({}, spec, "p");
  const requiring = (requirement: Json): Json => ({ require: [{ name: "safety", ...requirement }] });
  const benchmark = (fields: Json): Json => requiring({ benchmarks: [{ id: "mmlu", ...fields }] });
  const any = { name: "Any", version: "Any" };
  const selecting = (expression: Json): Json => ({
    match: { namespaceSelector: { matchExpressions: [{ key: "tier", ...expression }] } },
  });

  it.each<[string, Json, string | undefined]>([
    ["a requirement with the defaults", {}, undefined],
    ["a model of any name and version alone", requiring({ model: any }), "asks for nothing"],
    ["a model of any name and version, and a date", requiring({ model: any, maxAge: "30d" }), undefined],
    ["a model of any name and version, of a family", requiring({ model: { ...any, family: ["granite"] } }), undefined],
    ["a model of any name", requiring({ model: { name: "Any" } }), undefined],
    ["a benchmark that asks for nothing", benchmark({}), "asks for nothing: give a metric"],
    ["a benchmark with a metric and no bound", benchmark({ metric: "acc" }), "metric goes with min or max"],
    ["a benchmark with a bound and no metric", benchmark({ min: 0.5, passed: true }), "metric goes with min or max"],
    ["a benchmark with bounds the wrong way round", benchmark({ metric: "acc", min: 0.9, max: 0.1 }), "min is greater"],
    ["a benchmark with bounds", benchmark({ metric: "acc", min: 0.1, max: 0.9 }), undefined],
    ["a source without a place", { workload: { modelName: [{}] } }, "needs exactly one of annotation"],
    [
      "a source with two places",
      { workload: { modelName: [{ label: "a", annotation: "b" }] } },
      "needs exactly one of annotation",
    ],
    ["a source with one place", { workload: { modelName: [{ label: "a" }] } }, undefined],
    ["an empty exclusion", { exclude: {} }, "leaves out every workload"],
    ["an exclusion of any accelerator", { exclude: { accelerator: "Any" } }, "leaves out every workload"],
    ["an exclusion", { exclude: { namespaces: ["dev-*"] } }, undefined],
    ["In without values", selecting({ operator: "In" }), "In and NotIn need values"],
    ["In with no value", selecting({ operator: "In", values: [] }), "In and NotIn need values"],
    ["Exists with values", selecting({ operator: "Exists", values: ["gold"] }), "In and NotIn need values"],
    ["In with a value", selecting({ operator: "In", values: ["gold"] }), undefined],
  ])("%s", (_, spec, message) => {
    const one = document(spec);
    const loaded = loadPolicySet([{ path: "p.yaml", text: JSON.stringify(one) }], sha256);
    const said = loaded.ok ? [] : loaded.problems.map((problem) => problem.message);
    const ruled = violations(schema, withDefaults(schema, one));
    if (message === undefined) {
      expect({ said, ruled }).toEqual({ said: [], ruled: [] });
    } else {
      expect(said.join("\n")).toContain(message);
      expect(ruled.join("\n")).toContain(message);
    }
  });
});
