import { describe, expect, it } from "@jest/globals";
import { resolveWorkload } from "../../../webhook/admission/gather.ts";
import type { ClaimResolver, ConfigMapResolver } from "../../../webhook/cluster/resolvers.ts";
import { createConfigMapResolver } from "../../../webhook/cluster/config-maps.ts";
import { readWorkload } from "../../../workload/read.ts";
import type { Json } from "../../support/builders/json.ts";
import { compiled, policy, strict } from "../../support/builders/policy.ts";
import { aDeployment, inputFor } from "../../support/builders/workload.ts";

const soon = () => ({ signal: () => AbortSignal.timeout(10_000) });
const minding = [compiled(policy())];
const accepting = [compiled(policy(strict, { workload: { openEnvironment: "Accept" } }))];

/** Config maps by name, and which were asked for. */
function answering(maps: Readonly<Record<string, readonly string[]>>): ConfigMapResolver & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    listKeys(namespace, name) {
      asked.push(`${namespace}/${name}`);
      return Promise.resolve(maps[name]);
    },
  };
}

async function openAfter(
  resolver: ConfigMapResolver | undefined,
  envFrom: readonly Json[],
  policies = minding,
): Promise<string | undefined> {
  const container = { command: ["vllm", "serve", "acme/otter"], args: undefined, envFrom };
  const asked = new Set<string>();
  const input = { ...inputFor(aDeployment({ container })), configMapKeys: (name: string) => void asked.add(name) };
  const read = { input, workload: readWorkload(input), configMaps: asked };
  expect(read.workload.models[0]?.openEnvironment).toEqual(expect.any(String));
  const workload = await resolveWorkload({ configMaps: resolver }, read, policies, soon());
  return workload.models[0]?.unreadable ?? workload.models[0]?.openEnvironment;
}

const map = (name: string, more: Json = {}): Json => ({ configMapRef: { name }, ...more });

describe("an environment that comes from config maps", () => {
  it("is closed by keys that change nothing", async () => {
    const resolver = answering({ serving: ["HF_TOKEN", "PORT"] });
    expect(await openAfter(resolver, [map("serving")])).toBeUndefined();
    expect(resolver.asked).toEqual(["prod-chat/serving"]);
  });

  it.each<[string, readonly Json[], Readonly<Record<string, readonly string[]>>, string]>([
    ["by a key that changes what is loaded", [map("a")], { a: ["HF_ENDPOINT"] }, "HF_ENDPOINT"],
    ["by a prefix that makes it one", [map("a", { prefix: "HF_" })], { a: ["ENDPOINT"] }, "HF_ENDPOINT"],
    ["by a config map that cannot be had", [map("a"), map("b")], { a: [] }, ""],
    ["by a secret beside it", [map("a"), { secretRef: { name: "s" } }], { a: [] }, ""],
  ])("stays unknown %s", async (_what, envFrom, maps, names) => {
    expect(await openAfter(answering(maps), envFrom)).toContain(names);
  });

  it("is looked at only where a policy minds, and where the gate may", async () => {
    const resolver = answering({ a: [] });
    expect(await openAfter(resolver, [map("a")], accepting)).toEqual(expect.any(String));
    expect(resolver.asked).toEqual([]);
    expect(await openAfter(undefined, [map("a")])).toEqual(expect.any(String));
  });
});

it("is asked about together with claims, and the workload has the answers to both", async () => {
  const names = new Set<string>();
  const container = { command: ["vllm", "serve", "acme/otter"], args: undefined, envFrom: [map("serving")] };
  const podSpec = { resourceClaims: [{ name: "gpu", resourceClaimName: "shared-gpu" }] };
  const object = inputFor(aDeployment({ container, podSpec }));
  const input = { ...object, configMapKeys: (name: string) => void names.add(name) };
  const asked = Promise.withResolvers<void>();
  const claims: ClaimResolver = {
    resolve() {
      asked.resolve();
      return Promise.resolve({ kind: "unknown", why: "there is none" });
    },
  };
  // Answers only when the claim has been asked for, too.
  const configMaps: ConfigMapResolver = { listKeys: () => asked.promise.then(() => ["PORT"]) };
  const judgeable = { input, workload: readWorkload(input), configMaps: names };
  const { models, hardware } = await resolveWorkload({ claims, configMaps }, judgeable, minding, soon());
  expect(models.map(({ openEnvironment }) => openEnvironment)).toEqual([undefined]);
  expect(hardware.problem).toBe("ResourceClaim shared-gpu: there is none");
});

describe("config maps of the cluster", () => {
  const path = "/api/v1/namespaces/prod-chat/configmaps/serving";

  it("give their keys, once for some seconds", async () => {
    const asked: string[] = [];
    const reader = {
      get(one: string) {
        asked.push(one);
        return Promise.resolve({ data: { A: "secret words" }, binaryData: { B: "" } });
      },
    };
    const resolver = createConfigMapResolver(reader);
    const ask = () => resolver.listKeys("prod-chat", "serving", AbortSignal.timeout(1_000));
    expect([await ask(), await ask()]).toEqual([
      ["A", "B"],
      ["A", "B"],
    ]);
    expect(asked).toEqual([path]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["forbidden", () => Promise.reject(new Error("403"))],
    ["not an object", () => Promise.resolve([])],
    [
      "too many",
      () => Promise.resolve({ data: Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [at, ""])) }),
    ],
  ])("are not known: %s", async (_what, get) => {
    const resolver = createConfigMapResolver({ get });
    expect(await resolver.listKeys("prod-chat", "serving", AbortSignal.timeout(1_000))).toBeUndefined();
  });
});
