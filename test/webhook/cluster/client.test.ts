import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createKubeClient, type KubeClient } from "../../../webhook/cluster/client.ts";
import { hasStatus, KubeError } from "../../../webhook/cluster/kube-error.ts";
import { readKubeconfig } from "../../../webhook/cluster/kubeconfig.ts";
import { createLeaseApi, withHolder } from "../../../webhook/cluster/leader-election/lease.ts";
import { paths, startHostileCluster, type HostileCluster } from "../../support/hostile-cluster.ts";

let cluster: HostileCluster;
let client: KubeClient;
let connections: number;

beforeEach(async () => {
  cluster = await startHostileCluster();
  connections = 0;
  client = createKubeClient(() => {
    connections += 1;
    return readKubeconfig(cluster.kubeconfig, {});
  });
});
afterEach(async () => {
  client.close();
  await cluster[Symbol.asyncDispose]();
});

/** Nothing here waits for it. */
const signal = new AbortController().signal;
const prod = `${paths.namespaces}/prod`;

/** What a promise rejects with. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
}

async function readAll(documents: AsyncIterable<unknown>): Promise<unknown[]> {
  const all = [];
  for await (const document of documents) all.push(document);
  return all;
}

describe("an object", () => {
  it("is found, or is not there", async () => {
    expect(await client.find(prod, signal)).toBeUndefined();
    expect(await failureOf(client.get(prod, signal))).toMatchObject({ name: "KubeError", status: 404 });
    cluster.put(paths.namespaces, { metadata: { name: "prod" } });
    expect(await client.find(prod, signal)).toMatchObject({ metadata: { name: "prod" } });
  });

  it("that may not be read is not one that is not there", async () => {
    cluster.fault = () => ({ status: 403, message: "cannot get namespaces" });
    const failure = await failureOf(client.find(prod, signal));
    expect(failure).toMatchObject({
      message: "the API server forbids it (403): the role lacks a rule: cannot get namespaces",
    });
    expect([hasStatus(failure, 403), hasStatus(failure, 404, 409)]).toEqual([true, false]);
  });
});

describe("an answer without an end", () => {
  it.each([
    ["of an object", () => client.get(prod, signal)],
    ["to what is written", () => client.apply(prod, {}, signal)],
    ["in one line of a watch", async () => readAll(await client.watch(paths.namespaces, signal))],
  ])("%s is read up to the size of an object", async (_, ask) => {
    cluster.fault = () => ({ endless: " " });
    expect(await failureOf(ask())).toMatchObject({
      name: "KubeError",
      message: "the API server's answer takes more than 16777216 bytes",
    });
  });

  it("that refuses is a refusal", async () => {
    cluster.fault = () => ({ endless: " ", status: 403 });
    expect(await failureOf(client.get(prod, signal))).toMatchObject({
      message: "the API server forbids it (403): the role lacks a rule",
    });
  });
});

describe("an apply", () => {
  it("is a patch of its own kind, as the gate's field manager, over whatever others have written", async () => {
    cluster.fault = (method, path) =>
      method === "PATCH" && path === prod ? { body: '{"kind":"Namespace"}' } : undefined;
    expect(await client.apply(prod, { kind: "Namespace" }, signal)).toEqual({ kind: "Namespace" });
    expect(cluster.requests).toEqual([`PATCH ${prod}?fieldManager=assaygate&force=true`]);
  });

  it("that is refused says why", async () => {
    cluster.fault = () => ({ status: 403, message: "cannot patch" });
    expect(await failureOf(client.apply(prod, {}, signal))).toMatchObject({ name: "KubeError", status: 403 });
  });
});

describe("a Lease", () => {
  const held = (holder: string) =>
    withHolder(holder, undefined, { durationMs: 15_000, transitions: 0, now: new Date("2026-11-29T06:00:00.123Z") });

  it("is made once, read as it is, and written over only by whoever read it last", async () => {
    const lease = createLeaseApi(client, undefined, "gate");
    expect(await lease.read(signal)).toBeUndefined();
    await lease.create(held("a"), signal);
    expect(hasStatus(await failureOf(lease.create(held("b"), signal)), 409)).toBe(true);
    const first = await lease.read(signal);
    expect(first?.spec).toEqual({
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: "2026-11-29T06:00:00.123000Z",
      renewTime: "2026-11-29T06:00:00.123000Z",
    });
    await lease.replace({ ...first, ...held("b"), metadata: first?.metadata }, signal);
    const late = await failureOf(lease.replace({ ...first, metadata: first?.metadata }, signal));
    expect([hasStatus(late, 409), (await lease.read(signal))?.spec?.holderIdentity]).toEqual([true, "b"]);
  });

  it("is one in the client's own namespace, or in the one that is named", async () => {
    await createLeaseApi(client, undefined, "gate").read(signal);
    await failureOf(createLeaseApi(client, "other/../ns", "a b").read(signal));
    expect(cluster.requests).toEqual([
      "GET /apis/coordination.k8s.io/v1/namespaces/default/leases/gate",
      "GET /apis/coordination.k8s.io/v1/namespaces/other%2F..%2Fns/leases/a%20b",
    ]);
  });

  it("that is none is said so", async () => {
    cluster.fault = () => ({ body: JSON.stringify({ spec: { leaseDurationSeconds: "long" } }) });
    const failure = await failureOf(createLeaseApi(client, undefined, "gate").read(signal));
    expect(failure).toMatchObject({ name: "KubeError", message: "the API server sent something that is not a Lease" });
  });
});

describe("the connection", () => {
  it("is made when it is first needed, kept, and made anew after credentials were refused or it broke", async () => {
    expect(connections).toBe(0);
    await client.find(prod, signal);
    await client.find(prod, signal);
    expect(connections).toBe(1);
    cluster.fault = () => ({ status: 401 });
    await failureOf(client.get(prod, signal));
    cluster.fault = undefined;
    await client.find(prod, signal);
    expect(connections).toBe(2);
    cluster.halt();
    expect(await failureOf(client.get(prod, signal))).toBeInstanceOf(KubeError);
    cluster.start();
    await client.find(prod, signal);
    expect(connections).toBe(3);
  });

  it("ends with the signal", async () => {
    cluster.fault = () => ({ silent: true });
    const failure = await failureOf(client.get(prod, AbortSignal.timeout(20)));
    expect(failure).toMatchObject({ name: "KubeError", message: expect.stringContaining("no answer in time") });
  });

  it("tells how far this machine's clock is ahead, also by a refusal", async () => {
    expect(client.clockAheadMs()).toBeUndefined();
    await client.find(prod, signal);
    expect(Math.abs(client.clockAheadMs() ?? Infinity)).toBeLessThan(5_000);
  });
});
