import { describe, expect, it } from "@jest/globals";
import type { Json } from "../../support/builders/json.ts";
import { anObject, read } from "../../support/builders/workload.ts";
import { evil, good } from "../good-server.ts";

/** Whether the one model that is read is the good one. An InferenceService's runtime may always add adapters. */
function isGood(object: Json): boolean {
  const { models } = read(object);
  return models.length === 1 && models[0]?.name === good && models[0].unreadable === undefined;
}

const storageUri = `hf://${good}`;
const inferenceService = (model: Json, predictor: Json): Json =>
  anObject("serving.kserve.io/v1beta1", "InferenceService", {
    predictor: { ...predictor, model: { modelFormat: { name: "huggingface" }, storageUri, ...model } },
  });
const llmInferenceService = (main: Json, template: Json): Json =>
  anObject("serving.kserve.io/v1alpha1", "LLMInferenceService", {
    model: { uri: storageUri },
    template: {
      ...template,
      containers: [{ name: "main", ...main }, ...((template["containers"] as Json[] | undefined) ?? [])],
    },
  });
const kinds: readonly (readonly [string, (main: Json, pod: Json) => Json])[] = [
  ["InferenceService", inferenceService],
  ["LLMInferenceService", llmInferenceService],
];

const provision = { name: "kserve-provision-location", mountPath: "/tmp/m" };
const beside = (container: Json): Json => ({ name: "x", image: "x", volumeMounts: [provision], ...container });
const claim = { persistentVolumeClaim: { claimName: "c" } };
const files = { configMap: { name: "c" } };

describe.each(kinds)("what an operator puts into the pod of an %s", (_kind, make) => {
  it("is what the object's field names", () => {
    expect(isGood(make({}, {}))).toBe(true);
    expect(isGood(make({}, { containers: [{ name: "x", image: "x", command: ["/x"] }] }))).toBe(true);
    expect(isGood(make({}, { initContainers: [beside({ volumeMounts: [{ ...provision, readOnly: true }] })] }))).toBe(
      true,
    );
  });

  it.each<[string, Json]>([
    ["an initializer that nobody knows", { initContainers: [beside({ command: ["/x"] })] }],
    ["a side-car that nobody knows", { containers: [beside({ command: ["/x"] })] }],
    ["a download", { initContainers: [beside({ command: ["hf", "download", evil, "--local-dir", "/tmp/m"] })] }],
    ["a script", { initContainers: [beside({ command: ["sh", "-c", "echo x > /tmp/m/adapter_config.json"] })] }],
    ["an initializer of the operator's name", { initContainers: [{ name: "storage-initializer", image: "x" }] }],
    ["a volume of the operator's name", { volumes: [{ name: provision.name, ...claim }] }],
  ])("may be changed by %s", (_what, pod) => expect(isGood(make({}, pod))).toBe(false));

  it.each(["/usr/local/bin", "/usr/lib/python3.12", "/entrypoint.sh"])("is served by the image: %s", (mountPath) => {
    const volumes = [{ name: "v", ...files }];
    const main = (at: string): Json => ({ volumeMounts: [{ name: "v", mountPath: at }] });
    expect(isGood(make(main("/prompts"), { volumes }))).toBe(true);
    expect(isGood(make(main(mountPath), { volumes }))).toBe(false);
  });
});

it("an image with the model shares its processes with containers that nobody knows", () => {
  const oci = (containers: Json[]): unknown =>
    read(inferenceService({ storageUri: "oci://quay.io/acme/otter:1" }, { containers })).models[0]?.unreadable;
  expect(oci([])).toBeUndefined();
  expect(oci([{ name: "x", image: "x", command: ["sleep", "1"] }])).toBeUndefined();
  expect(oci([{ name: "x", image: "x", command: ["/x"] }])).toEqual(expect.any(String));
});

it("KServe's storage beside a storageUri is not understood", () => {
  expect(isGood(inferenceService({ storage: { key: "k", path: "other" } }, {}))).toBe(false);
});
