import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Json } from "../support/builders/json.ts";
import { aDeployment, anObject } from "../support/builders/workload.ts";
import { createProgram, type Program } from "./program.ts";

let program: Program;
beforeEach(async () => {
  program = await createProgram();
});
afterEach(() => program.remove());

async function describeJson(...objects: Json[]): Promise<Json[]> {
  await program.write("all.json", { apiVersion: "v1", kind: "List", items: objects });
  const { out, code } = await program.run("describe", "-f", "all.json", "-o", "json");
  expect(code).toBe(0);
  return JSON.parse(out) as Json[];
}

const gpu = { limits: { "nvidia.com/gpu": "1" } };

test("says what was read, and where", async () => {
  const annotations = { "assaygate.dev/evaluation": `quay.io/acme/evals@sha256:${"a".repeat(64)}` };
  const [one] = await describeJson(aDeployment({ metadata: { annotations }, container: { resources: gpu } }));
  expect(one).toEqual({
    object: { apiVersion: "apps/v1", kind: "Deployment", namespace: "prod-chat", name: "granite" },
    file: "all.json",
    governed: true,
    models: [
      {
        name: "ibm-granite/granite-3.1-8b-instruct",
        adapters: [],
        from: "spec.template.spec.containers[0].args",
      },
    ],
    accelerator: "requested",
    hardware: [],
    hardwareFrom: "spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]",
    references: [`quay.io/acme/evals@sha256:${"a".repeat(64)}`],
  });
});

test.each<[string, Json, string]>([
  ["a place", { args: ["--model", "/models/x"] }, "it comes from a place"],
  ["an image that says nothing", { args: undefined, resources: gpu }, "it lies in the image"],
  ["a script in a file", { command: ["sh", "/start.sh"], resources: gpu }, "runs the script /start.sh"],
])("says why a model is unknown: %s", async (_what, container, why) => {
  const [one] = await describeJson(aDeployment({ container }));
  expect(one).toMatchObject({ models: [{ unknown: expect.stringContaining(why) }] });
});

describe("an image volume", () => {
  const volumes = [
    { name: "model", image: { reference: `quay.io/acme/granite@sha256:${"b".repeat(64)}` } },
    { name: "tmp", emptyDir: {} },
  ];
  const pod = (mount: Json): Json =>
    anObject("v1", "Pod", {
      volumes,
      containers: [
        {
          name: "a",
          image: "vllm/vllm-openai:v0.11.0",
          args: ["--model", "/models"],
          volumeMounts: [{ name: "model", mountPath: "/models", ...mount }],
        },
      ],
    });

  test("with a subPath, which containerd 2.1 ignores: says so, and where", async () => {
    for (const key of ["subPath", "subPathExpr"]) {
      const [one] = await describeJson(pod({ [key]: "granite" }));
      expect(one?.["notes"]).toEqual([
        expect.stringMatching(
          new RegExp(`^spec\\.containers\\[0\\]\\.volumeMounts\\[0\\]\\.${key}: containerd 2\\.1 ignores it`),
        ),
        expect.stringMatching(/^spec\.volumes\[0\]\.image: .*mounts an artifact whose layers are no tar archives/),
      ]);
    }
    await program.write("pod.json", pod({ subPath: "granite" }));
    expect((await program.run("describe", "-f", "pod.json")).out).toContain(
      "note: spec.containers[0].volumeMounts[0].subPath: ",
    );
  });

  test("that is mounted whole has the other note alone, and other volumes have none", async () => {
    const [whole, other] = await describeJson(pod({}), pod({ name: "tmp", subPath: "x" }));
    expect([whole?.["notes"], other?.["notes"]]).toEqual([[expect.stringContaining("as an empty folder")], undefined]);
  });
});

test("an element for every manifest, also for kinds that are not read", async () => {
  const described = await describeJson(aDeployment(), anObject("v1", "Service", {}));
  expect(described.map(({ governed }) => governed)).toEqual([true, false]);
});

test("an object that cannot be read is a problem of its own", async () => {
  const described = await describeJson(anObject("apps/v1", "Deployment", 1), aDeployment());
  expect(described).toMatchObject([{ problem: "spec: expected an object", models: [] }, { models: [{}] }]);
});

describe("objects that it refers to, in the same files", () => {
  const envFrom = [{ configMapRef: { name: "serving" } }];
  const server = aDeployment({ container: { command: ["vllm", "serve", "acme/otter"], args: undefined, envFrom } });
  const config = (data: Json): Json => ({ ...anObject("v1", "ConfigMap", undefined, { name: "serving" }), data });

  test("a config map's keys say what it cannot set", async () => {
    const [alone] = await describeJson(server);
    expect(alone).toMatchObject({ models: [{ unknown: expect.stringContaining("may be set by envFrom") }] });
    const [known] = await describeJson(server, config({ HF_TOKEN: "x" }));
    expect(known).toMatchObject({ models: [{ name: "acme/otter" }] });
    expect((known as { models: Json[] } | undefined)?.models[0]).not.toHaveProperty("unknown");
  });

  test("and what it may set", async () => {
    const [found] = await describeJson(server, config({ HF_ENDPOINT: "x" }));
    expect(found).toMatchObject({ models: [{ unknown: expect.stringContaining("HF_ENDPOINT") }] });
  });

  test("a claim's class", async () => {
    const podSpec = { resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "h100" }] };
    const expression = `device.attributes["gpu.nvidia.com"].productName == "NVIDIA H100 80GB HBM3" && device.attributes["gpu.nvidia.com"].type == "gpu"`;
    const request = {
      name: "gpu",
      exactly: { deviceClassName: "gpu.nvidia.com", selectors: [{ cel: { expression } }] },
    };
    const template = anObject(
      "resource.k8s.io/v1",
      "ResourceClaimTemplate",
      { spec: { devices: { requests: [request] } } },
      { name: "h100" },
    );
    const [found] = await describeJson(aDeployment({ podSpec }), template);
    expect(found).toMatchObject({ accelerator: "requested", hardware: ["nvidia-h100"] });
  });
});

test("draws a tree for people", async () => {
  await program.write("d.yaml", aDeployment({ container: { args: ["--model", "acme/otter", "--config", "/x"] } }));
  const { out } = await program.run("describe", "-f", "d.yaml");
  expect(out.split("\n").slice(0, 5)).toEqual([
    "Deployment prod-chat/granite (d.yaml)",
    "├─ model acme/otter (not certain)",
    "│    unknown      --config names a file that may override the command line",
    "│    from         spec.template.spec.containers[0].args",
    "├─ no accelerator",
  ]);
});

test.each([
  [["describe"], "describe needs at least one -f FILE"],
  [["describe", "d.yaml"], "give the manifest as -f d.yaml"],
  [["describe", "-f", "none.yaml"], "none.yaml: cannot be read (ENOENT)"],
])("%j is wrong usage", async (args, message) => {
  const { code, err } = await program.run(...args);
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) });
});
