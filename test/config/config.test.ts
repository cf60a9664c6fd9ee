import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, test } from "@jest/globals";
import { stringify } from "yaml";
import { resolveSettings } from "../../registry/remote/registry.ts";
import { configSchema } from "../../config/config.ts";
import { readConfiguredDevices } from "../../config/hardware-config.ts";
import { loadConfig } from "../../config/load-config.ts";
import { ConfigError } from "../../config/config-error.ts";

test("a registry that is configured has the defaults of one that is not", () => {
  const config = configSchema.parse({ policies: { directory: "p" }, registries: [{ host: "quay.io" }] });
  const { connectTimeoutMs, requestTimeoutMs, maxRetries } = resolveSettings({});
  expect(config.registries).toMatchObject([{ connectTimeoutMs, requestTimeoutMs, retries: maxRetries }]);
});

function loading(config: object): () => unknown {
  return () => {
    const folder = mkdtempSync(join(tmpdir(), "assaygate-config-"));
    try {
      const file = join(folder, "config.yaml");
      writeFileSync(file, stringify({ policies: { directory: "p" }, ...config }));
      return loadConfig(file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

describe("a controller in the configuration", () => {
  const username = "system:serviceaccount:knative-serving:controller";
  const revision = { group: "serving.knative.dev", kind: "Revision", podSpecs: ["spec"] };

  it("may act for a kind that is judged", () => {
    expect(loading({ controllers: [{ username, owner: "Rollout.argoproj.io" }] })).not.toThrow();
    const owner = "Revision.serving.knative.dev";
    expect(loading({ controllers: [{ username, owner }], kinds: [revision] })).not.toThrow();
  });

  it("is refused where nobody would judge its children (T44)", () => {
    const load = loading({ controllers: [{ username, owner: "Revision.serving.knative.dev" }] });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/does not read Revision\.serving\.knative\.dev/);
  });
});

describe("accelerators in the configuration", () => {
  it.each<[string, object, RegExp]>([
    ["no domain", { resources: ["npu"] }, /accelerators\.resources.*expected an extended resource as domain\/name/],
    [
      "a wildcard in the middle",
      { otherResources: ["acme.example/n*c"] },
      /accelerators\.otherResources.*\* stands for/,
    ],
    [
      "both",
      { resources: ["acme.example/x"], otherResources: ["acme.example/x"] },
      /accelerators\.otherResources\[0\].*stands in resources, too/,
    ],
    ["an unknown key", { resource: [] }, /accelerators.*resource/],
  ])("are refused with %s", (_what, accelerators, message) => {
    expect(loading({ accelerators })).toThrow(message);
  });

  it("say what resources and runtime classes are", () => {
    const { names } = readConfiguredDevices(
      configSchema.parse({
        accelerators: {
          resources: ["acme.example/npu*", "rdma/gpu"],
          otherResources: ["acme.example/*"],
          otherRuntimeClasses: ["fast"],
        },
        deviceClasses: [
          { name: "h100.acme.example", hardwareClass: "nvidia-h100", extendedResourceName: "acme.example/h100" },
          { name: "nic.acme.example", extendedResourceName: "acme2.example/nic" },
        ],
      }),
    );
    const meanings = ["acme.example/npu-2", "acme.example/nic", "rdma/gpu", "rdma/ib", "acme.example/h100"];
    expect(meanings.map((name) => names?.resources(name))).toEqual([
      "accelerator",
      "other",
      "accelerator",
      "other",
      "accelerator",
    ]);
    expect(names?.resources("acme2.example/nic")).toBe("other");
    expect(names?.resources("deviceclass.resource.kubernetes.io/nic.acme.example")).toBe("other");
    expect(names?.toClass("deviceclass.resource.kubernetes.io/h100.acme.example")).toBe("nvidia-h100");
    expect(names?.isOtherRuntimeClass("fast")).toBe(true);
  });
});

test("a path that is none is refused with its words", () => {
  const kinds = [{ group: "acme.example", kind: "Chat", models: ["spec..model"] }];
  expect(loading({ kinds })).toThrow(/is not a path/);
});

describe("an audit in the configuration", () => {
  it("is gentle where nothing is said, and there is none without its setting", () => {
    expect(configSchema.parse({}).audit).toBeUndefined();
    expect(configSchema.parse({ audit: {} }).audit).toEqual({
      intervalMs: 3_600_000,
      objectsPerSecond: 10,
      excludedNamespaces: ["kube-system", "kube-public", "kube-node-lease"],
      reports: true,
      lease: { name: "assaygate-audit" },
    });
  });

  it.each<[string, object, RegExp]>([
    ["no pause", { intervalMs: 0 }, /audit\.intervalMs.*>=1000/],
    ["a pause in words", { intervalMs: "1h" }, /audit\.intervalMs.*expected number/],
    ["no object a second", { objectsPerSecond: 0 }, /audit\.objectsPerSecond.*>=1/],
    ["too many objects a second", { objectsPerSecond: 1_001 }, /audit\.objectsPerSecond.*<=1000/],
    ["half an object a second", { objectsPerSecond: 0.5 }, /audit\.objectsPerSecond.*expected int/],
    ["a namespace without a name", { excludedNamespaces: [""] }, /audit\.excludedNamespaces\[0\]/],
    ["namespaces that are no list", { excludedNamespaces: "kube-system" }, /audit\.excludedNamespaces/],
    ["reports that are no flag", { reports: "Auto" }, /audit\.reports.*expected boolean/],
    ["a Lease without a name", { lease: { name: "" } }, /audit\.lease\.name/],
    ["an unknown key", { interval: 5 }, /audit\.interval: unknown key interval: did you mean intervalMs\?/],
  ])("is refused with %s", (_what, audit, message) => {
    expect(loading({ cluster: {}, audit })).toThrow(message);
  });

  it("is refused without a cluster to look at", () => {
    expect(loading({ audit: {} })).toThrow(/audit: needs a cluster to look at: set cluster/);
    expect(loading({ audit: {}, cluster: {} })).not.toThrow();
  });
});

test("Events are raised unless the configuration says otherwise, and it says so by a flag", () => {
  expect(configSchema.parse({ cluster: {} }).cluster?.events).toBe(true);
  expect(loading({ cluster: { events: "denials" } })).toThrow(/cluster\.events.*expected boolean/);
});
