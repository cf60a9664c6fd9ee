import { describe, expect, it } from "@jest/globals";
import {
  array,
  assert,
  boolean,
  constantFrom,
  dictionary,
  jsonValue,
  letrec,
  nat,
  oneof,
  property,
  string,
} from "fast-check";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { readWorkload } from "../../workload/read.ts";
import { WorkloadError } from "../../workload/shape.ts";
import type { Json } from "../support/builders/json.ts";
import { aContainer, aDeployment, inputFor, productionLabels, read } from "../support/builders/workload.ts";
import { examples } from "../support/workload-examples.ts";

const pathOf = (object: Json): string | undefined => {
  try {
    read(object);
    return undefined;
  } catch (error) {
    if (!(error instanceof WorkloadError)) throw error;
    expect(error.code).toBe("REVIEW_INVALID");
    return error.path;
  }
};

describe("an object that is not of the shape its kind promises", () => {
  const pod = "spec.template.spec";
  it.each<[string, Json]>([
    ["spec", aDeploymentWith({ spec: [] })],
    ["spec.template.spec", aDeploymentWith({ spec: {} })],
    ["metadata.annotations[a]", aDeployment({ metadata: { annotations: { a: 1 } } })],
    ["metadata.labels", aDeployment({ metadata: { labels: ["a"] } })],
    [`${pod}.containers`, aDeployment({ podSpec: { containers: {} } })],
    [`${pod}.containers[0]`, aDeployment({ podSpec: { containers: ["x"] } })],
    [`${pod}.initContainers`, aDeployment({ podSpec: { initContainers: 1 } })],
    [`${pod}.containers[0].args[1]`, aDeployment({ container: { args: ["--model", 1] } })],
    [`${pod}.containers[0].command`, aDeployment({ container: { command: "vllm" } })],
    [`${pod}.containers[0].env[0].value`, aDeployment({ container: { env: [{ name: "A", value: 1 }] } })],
    [`${pod}.containers[0].env`, aDeployment({ container: { env: "A=1" } })],
    [`${pod}.containers[0].resources.limits`, aDeployment({ container: { resources: { limits: [] } } })],
    [`${pod}.containers[0].volumeMounts`, aDeployment({ container: { args: ["--model", "/m"], volumeMounts: {} } })],
    [`${pod}.volumes`, aDeployment({ podSpec: { volumes: {} } })],
    [`${pod}.nodeSelector[a]`, aDeployment({ podSpec: { nodeSelector: { a: 1 } } })],
    [`${pod}.affinity.nodeAffinity`, aDeployment({ podSpec: { affinity: { nodeAffinity: [] } } })],
    ["spec.replicatedJobs", { ...examples["JobSet.jobset.x-k8s.io"], spec: { replicatedJobs: "a" } }],
    [
      "spec.predictor.model.storageUri",
      { ...examples["InferenceService.serving.kserve.io"], spec: { predictor: { model: { storageUri: 1 } } } },
    ],
  ])("is refused at %s", (path, object) => {
    expect(pathOf(object)).toBe(path);
  });

  it("says what was expected there", () => {
    expect(() => read(aDeployment({ podSpec: { containers: {} } }))).toThrow(
      "spec.template.spec.containers: expected a list",
    );
  });

  it("is refused when its kind is not in the table", () => {
    expect(() => readWorkload({ ...inputFor(aDeployment()), kind: "Widget" })).toThrow(WorkloadError);
  });

  it("may have null where something is absent", () => {
    const nothing = {
      metadata: { annotations: null, labels: null, creationTimestamp: null },
      podSpec: { nodeSelector: null, volumes: null },
    };
    expect(
      pathOf(aDeployment({ ...nothing, container: { env: null, resources: null, command: null } })),
    ).toBeUndefined();
  });
});

describe("identity", () => {
  it.each([
    ["the request's name", "given", { name: "own" }, "given"],
    ["the object's name", "", { name: "own" }, "own"],
    ["the name to be made up", "", { name: undefined, generateName: "own-" }, "own-"],
    ["nothing", "", { name: undefined }, ""],
  ])("%s", (_what, name, metadata, expected) => {
    expect(read(aDeployment({ metadata }), { name }).object).toEqual({
      group: "apps",
      version: "v1",
      kind: "Deployment",
      namespace: "prod-chat",
      name: expected,
    });
  });

  it.each([productionLabels, undefined])("hands on namespace labels as they are: %j", (namespaceLabels) => {
    expect(read(aDeployment(), { namespaceLabels }).namespaceLabels).toBe(namespaceLabels);
  });
});

const kindKeys = [...builtinKinds.keys()];

/** JSON that has the words of real objects in it, so that it gets past the first accessor. */
const json = letrec((tie) => ({
  value: oneof(
    { maxDepth: 8 },
    constantFrom<unknown>(
      null,
      0,
      true,
      "",
      "--model",
      "--model=a/b",
      "/m",
      "$(A)",
      "oci://a/b@c",
      "sh",
      "-c",
      "vllm serve 'a",
      "vllm",
      "serve",
    ),
    string(),
    array(tie("value"), { maxLength: 3 }),
    dictionary(
      constantFrom(
        ..."spec template metadata annotations labels containers initContainers args command env name value valueFrom volumes volumeMounts image reference".split(
          " ",
        ),
        ..."resources limits nvidia.com/gpu nodeSelector nvidia.com/gpu.product affinity predictor model storageUri serveConfigV2 __proto__ constructor".split(
          " ",
        ),
        ..."jobTemplate leaderWorkerTemplate workerTemplate replicatedJobs url adapters assaygate.dev/evaluation".split(
          " ",
        ),
      ),
      tie("value"),
      { maxKeys: 5 },
    ),
  ),
})).value;

describe("laws", () => {
  it("any JSON is read, or refused with a path", () => {
    assert(
      property(oneof(json, jsonValue()), constantFrom(...kindKeys), (value, key) => {
        const { group = "", kind = "" } = builtinKinds.get(key) ?? {};
        try {
          readWorkload({
            object: value,
            group,
            version: "v1",
            kind,
            namespace: "n",
            name: "",
            namespaceLabels: {},
            kinds: builtinKinds,
          });
        } catch (error) {
          expect(error).toBeInstanceOf(WorkloadError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("any one value of a real object may be anything", () => {
    assert(
      property(constantFrom(...kindKeys), nat(), json, (key, at, value) => {
        const example = structuredClone(examples[key] ?? {});
        replaceOne(example, at, value);
        try {
          read({ ...example, apiVersion: examples[key]?.["apiVersion"], kind: examples[key]?.["kind"], metadata: {} });
        } catch (error) {
          expect(error).toBeInstanceOf(WorkloadError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  const shapes: [string, unknown][] = [
    ["an object that cannot become text", { toString: "x", valueOf: "x" }],
    ["a list of such objects", [{ toString: "x", valueOf: "x" }]],
    ["an object that holds one", { a: { toString: "x", valueOf: "x" } }],
    ["names of the prototype", { constructor: "x", hasOwnProperty: "x", length: "x" }],
    ["null", null],
    ["a list of nulls", [null]],
  ];
  it.each(shapes)("every value of every kind may be %s", (_, value) => {
    for (const key of kindKeys)
      for (let at = 0; at < countPlaces(examples[key] ?? {}); at += 1) {
        const example = structuredClone(examples[key] ?? {});
        replaceOne(example, at, value);
        try {
          read({ ...example, apiVersion: examples[key]?.["apiVersion"], kind: examples[key]?.["kind"] });
        } catch (error) {
          if (!(error instanceof WorkloadError)) throw new Error(`${key}, place ${at}`, { cause: error });
        }
      }
  });

  it.each(shapes)("every value of a configuration of Ray Serve may be %s", (_, value) => {
    const config = {
      applications: [
        {
          name: "a",
          import_path: "ray.serve.llm:build_openai_app",
          runtime_env: { env_vars: { HF_HOME: "/cache" }, working_dir: "." },
          args: {
            llm_configs: [
              {
                model_loading_config: { model_id: "a", model_source: "acme/granite" },
                engine_kwargs: {
                  quantization: "fp8",
                  tensor_parallel_size: 2,
                  speculative_config: { model: "acme/x" },
                },
                runtime_env: { env_vars: { VLLM_USE_V1: "1" } },
                accelerator_type: "H100",
                lora_config: { dynamic_lora_loading_path: "s3://b/l" },
                deployment_config: { autoscaling_config: { min_replicas: 1 } },
              },
            ],
          },
          deployments: [{ name: "d", ray_actor_options: { num_gpus: 1, runtime_env: { env_vars: { A: "b" } } } }],
        },
      ],
    };
    // Place 0 is the list of applications itself: null there is none.
    for (let at = 1; at < countPlaces(config); at += 1) {
      const changed = structuredClone(config);
      replaceOne(changed, at, value);
      const example = structuredClone(examples["RayService.ray.io"] ?? {});
      Object.assign(example["spec"] as Json, { serveConfigV2: JSON.stringify(changed) });
      expect(read(example).models).not.toEqual([]);
    }
  });

  it("any arguments make at most one model of one command, and never throw", () => {
    const words = array(
      oneof(
        constantFrom("vllm", "serve", "--model", "-q", "--", "a/b", "--lora-modules", "x=y", "{", "--config"),
        string(),
      ),
    );
    assert(
      property(words, boolean(), (args, isCommand) => {
        const { models } = read(
          aDeployment({ podSpec: { containers: [aContainer({ args: [], [isCommand ? "command" : "args"]: args })] } }),
        );
        return models.length <= 1;
      }),
      { numRuns: 2000 },
    );
  });

  it("an adapter list and classes are sorted and without repetition", () => {
    const names = array(constantFrom("a", "b", "c", "d"), { minLength: 1 });
    assert(
      property(names, (list) => {
        const args = ["--model", "a/b", "--lora-modules", ...list.map((name) => `${name}=/l/${name}`)];
        expect(read(aDeployment({ container: { args } })).models[0]?.adapters).toEqual([...new Set(list)].toSorted());
      }),
    );
  });
});

function aDeploymentWith(fields: Json): Json {
  return { ...aDeployment(), ...fields };
}

/** Replaces the n-th value, counted through the tree. */
function replaceOne(root: Json, at: number, value: unknown): void {
  const places = placesOf(root);
  const place = places[at % places.length];
  if (place !== undefined) Object.assign(place.node, { [place.key]: value });
}

function countPlaces(root: Json): number {
  return placesOf(root).length;
}

function placesOf(node: unknown): { node: object; key: string }[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, child]) => [{ node, key }, ...placesOf(child)]);
}
