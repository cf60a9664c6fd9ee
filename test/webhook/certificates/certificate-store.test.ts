import { describe, expect, it } from "@jest/globals";
import { createCertificateStore } from "../../../webhook/certificates/certificate-store.ts";
import type { KubeClient } from "../../../webhook/cluster/client.ts";
import { KubeError } from "../../../webhook/cluster/kube-error.ts";

/** Nothing here waits for it. */
const signal = new AbortController().signal;
const secretPath = "/api/v1/namespaces/assaygate-system/secrets/assaygate-tls";
const configurationPath = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/assaygate";
const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "assaygate-tls", resourceVersion: "7", labels: { app: "x" } },
  type: "Opaque",
  data: { "tls.crt": "YQ==" },
};

/** A store over a client that answers from `objects`, and what was written, in order. */
function storeOver(objects: Readonly<Record<string, unknown>>, aheadMs?: number) {
  const written: unknown[] = [];
  const note =
    (verb: string) =>
    async (path: string, body: unknown): Promise<void> =>
      void written.push([verb, path, body]);
  const unused = (): never => {
    throw new Error("not used");
  };
  const client: KubeClient = {
    get: unused,
    find: async (path) => objects[path],
    list: unused,
    watch: unused,
    post: note("post"),
    put: note("put"),
    mergePatch: unused,
    jsonPatch: note("jsonPatch"),
    apply: unused,
    ownNamespace: unused,
    clockAheadMs: () => aheadMs,
    close: () => undefined,
  };
  return { written, store: createCertificateStore(client, "assaygate-system", "assaygate-tls") };
}

describe("the Secret", () => {
  it("is read with everything that it has, and with the API server's time", async () => {
    const { store } = storeOver({ [secretPath]: secret }, 600_000);
    const found = await store.readSecret(signal);
    expect(found.secret).toEqual(secret);
    const behindMs = Date.now() - (found.serverTime?.getTime() ?? 0);
    expect(Math.abs(behindMs - 600_000)).toBeLessThan(5_000);
  });

  it("may not be there, and the time may not be known", async () => {
    expect(await storeOver({}).store.readSecret(signal)).toEqual({ secret: undefined, serverTime: undefined });
  });

  it("that is none is refused", async () => {
    const { store } = storeOver({ [secretPath]: { data: { "tls.crt": 1 } } });
    await expect(store.readSecret(signal)).rejects.toThrow(KubeError);
  });

  it("is made where none was read, and replaced, as the version that was read, where one was", async () => {
    const { store, written } = storeOver({});
    const { metadata: _, ...fresh } = secret;
    await store.writeSecret(fresh, signal);
    await store.writeSecret(secret, signal);
    const here = { namespace: "assaygate-system", name: "assaygate-tls" };
    expect(written).toEqual([
      ["post", "/api/v1/namespaces/assaygate-system/secrets", { ...fresh, metadata: here }],
      ["put", secretPath, { ...secret, metadata: { ...secret.metadata, ...here } }],
    ]);
  });
});

describe("a webhook configuration", () => {
  const configuration = {
    metadata: { name: "assaygate", resourceVersion: "9" },
    webhooks: [
      { name: "a.assaygate.dev", clientConfig: { caBundle: "YQ==" } },
      { name: "b.assaygate.dev", clientConfig: { service: { name: "assaygate" } } },
    ],
  };

  it("is read as it is, or is not there", async () => {
    const { store } = storeOver({ [configurationPath]: configuration });
    expect(await store.readConfiguration("assaygate", signal)).toEqual(configuration);
    expect(await store.readConfiguration("other", signal)).toBeUndefined();
  });

  it("gets the bundle in each of its webhooks, of the version that was read, and nothing else", async () => {
    const { store, written } = storeOver({});
    await store.publish(configuration, "PEM", signal);
    const value = Buffer.from("PEM").toString("base64");
    expect(written).toEqual([
      [
        "jsonPatch",
        configurationPath,
        [
          { op: "replace", path: "/metadata/resourceVersion", value: "9" },
          { op: "add", path: "/webhooks/0/clientConfig/caBundle", value },
          { op: "add", path: "/webhooks/1/clientConfig/caBundle", value },
        ],
      ],
    ]);
  });
});
