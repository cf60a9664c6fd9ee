import { describe, expect, it } from "@jest/globals";
import type { ClaimReference } from "../../../policies/workload.ts";
import { createClaimResolver, type ObjectReader } from "../../../webhook/cluster/claims.ts";
import { explainStatus } from "../../../webhook/cluster/kube-error.ts";

const h100 = `device.attributes["gpu.nvidia.com"].productName == "NVIDIA H100 80GB HBM3"`;
const api = "/apis/resource.k8s.io/v1";
const templatePath = `${api}/namespaces/prod-chat/resourceclaimtemplates/single-h100`;
const claimPath = `${api}/namespaces/prod-chat/resourceclaims/shared`;
const classPath = `${api}/deviceclasses/gpu.nvidia.com`;

const template: ClaimReference = { object: "ResourceClaimTemplate", name: "single-h100", field: "spec" };
const claim: ClaimReference = { object: "ResourceClaim", name: "shared", field: "spec" };
const spec = { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu.nvidia.com" } }] } };
const cluster: Readonly<Record<string, unknown>> = {
  [templatePath]: { spec: { spec } },
  [claimPath]: { spec },
  [classPath]: { spec: { selectors: [{ cel: { expression: h100 } }] } },
};

/** A cluster of these objects, and the paths that were asked for. */
function reading(objects: Readonly<Record<string, unknown>>, otherwise: () => never = notFound) {
  const asked: string[] = [];
  const reader: ObjectReader = {
    get(path) {
      asked.push(path);
      return Promise.resolve().then(() => objects[path] ?? otherwise());
    },
  };
  return { asked, resolver: createClaimResolver(reader) };
}
function notFound(): never {
  throw explainStatus(404, "");
}
const refusing = (status: number) => (): never => {
  throw explainStatus(status, "");
};
const unreachable = (): never => {
  throw new Error("connect ECONNREFUSED");
};
/** Nothing here waits for it. */
const signal = new AbortController().signal;

describe("a claim in the cluster", () => {
  it.each([
    ["of a template", template],
    ["by name", claim],
  ])("%s is found, with its device class", async (_what, reference) => {
    expect(await reading(cluster).resolver.resolve("prod-chat", reference, signal)).toEqual({
      kind: "found",
      requests: [[{ deviceClass: "gpu.nvidia.com", expressions: [h100] }]],
    });
  });

  it("is asked for once in a while, and once by many", async () => {
    const { asked, resolver } = reading(cluster);
    await Promise.all([1, 2, 3].map(() => resolver.resolve("prod-chat", template, signal)));
    await resolver.resolve("prod-chat", template, signal);
    expect(asked).toEqual([templatePath, classPath]);
  });

  it("is another one in another namespace (T60)", async () => {
    const { resolver } = reading(cluster);
    await resolver.resolve("prod-chat", template, signal);
    expect(await resolver.resolve("other", template, signal)).toMatchObject({ kind: "unknown" });
  });

  it("is found though its device class is not", async () => {
    const { resolver } = reading({ [templatePath]: cluster[templatePath] }, refusing(403));
    expect(await resolver.resolve("prod-chat", template, signal)).toMatchObject({ kind: "found" });
  });

  it("cannot lead elsewhere by its name", async () => {
    const { asked, resolver } = reading({});
    await resolver.resolve("prod-chat", { ...template, name: "../../secrets/a?x=" }, signal);
    expect(asked).toEqual([`${api}/namespaces/prod-chat/resourceclaimtemplates/..%2F..%2Fsecrets%2Fa%3Fx%3D`]);
  });
});

describe("a claim that is not found", () => {
  it.each<[string, () => never, string, string]>([
    ["403", refusing(403), "unknown", "resourceclaimtemplates"],
    ["404", refusing(404), "unknown", "create it before"],
    ["401", refusing(401), "unavailable", "401"],
    ["503", refusing(503), "unavailable", "503"],
    ["no answer", unreachable, "unavailable", "no answer"],
  ])("%s", async (_what, otherwise, kind, words) => {
    const { asked, resolver } = reading({}, otherwise);
    expect(await resolver.resolve("prod-chat", template, signal)).toEqual({
      kind,
      why: expect.stringContaining(words),
    });
    await resolver.resolve("prod-chat", template, signal);
    expect(asked).toHaveLength(2);
  });

  it("is unavailable where its device class is", async () => {
    const { resolver } = reading({ [templatePath]: cluster[templatePath] }, refusing(500));
    expect(await resolver.resolve("prod-chat", template, signal)).toMatchObject({ kind: "unavailable" });
  });

  it("is unknown where it is not of its shape", async () => {
    const { resolver } = reading({ [templatePath]: { spec: { spec: { devices: { requests: {} } } } } });
    expect(await resolver.resolve("prod-chat", template, signal)).toMatchObject({ kind: "unknown" });
  });
});
