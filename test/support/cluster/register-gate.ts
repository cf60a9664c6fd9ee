import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Json } from "../artifacts.ts";
import type { ClusterClient } from "./client.ts";
import { manifestOf } from "./client.ts";
import { eventually } from "./eventually.ts";
import type { GateProcess } from "./gate-process.ts";

const manifest = join(import.meta.dirname, "../../../docs/examples/webhook-configuration.yaml");

export interface Registration extends AsyncDisposable {
  /** The name of the ValidatingWebhookConfiguration. */
  readonly name: string;
}

interface WebhookConfiguration extends Json {
  readonly metadata: Json;
  readonly webhooks: readonly (Json & { readonly namespaceSelector: { readonly matchExpressions: readonly Json[] } })[];
}

/**
 * Registers the gate as docs/examples/webhook-configuration.yaml does, but by its URL and only for these namespaces, which
 * must exist, so that suites share a cluster. `change` replaces fields of the webhook. Resolves when reviews arrive.
 */
export async function registerGate(
  cluster: ClusterClient,
  gate: GateProcess,
  namespaces: readonly [string, ...string[]],
  change: Json = {},
): Promise<Registration> {
  const document = parse(await readFile(manifest, "utf8")) as WebhookConfiguration;
  const name = `assaygate-${namespaces[0]}`;
  const here = { key: "kubernetes.io/metadata.name", operator: "In", values: namespaces };
  const clientConfig = { url: `${gate.url}/validate`, caBundle: Buffer.from(gate.ca).toString("base64") };
  const webhooks = document.webhooks.map((webhook) => ({
    ...webhook,
    clientConfig,
    namespaceSelector: { matchExpressions: [...webhook.namespaceSelector.matchExpressions, here] },
    ...change,
  }));
  const configuration = { ...document, metadata: { ...document.metadata, name }, webhooks };
  await cluster.admin(["create", "-f", "-"], { stdin: manifestOf([configuration]) });
  await eventually("the API server asks the gate", () => arrives(cluster, gate, namespaces[0]));
  return {
    name,
    async [Symbol.asyncDispose]() {
      await cluster.admin(["delete", "validatingwebhookconfiguration", name, "--ignore-not-found"]);
    },
  };
}

const probe = "registration-probe";

/** Whatever the gate answers: it was asked. The probe is a dry run, so nothing is stored. */
async function arrives(cluster: ClusterClient, gate: GateProcess, namespace: string): Promise<boolean> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: probe, namespace },
    spec: { containers: [{ name: "probe", image: "probe" }] },
  };
  await cluster.admin(["create", "--dry-run=server", "-f", "-"], { stdin: manifestOf([pod]) }).catch(() => undefined);
  return (await gate.log()).some((entry) => JSON.stringify(entry).includes(probe));
}
