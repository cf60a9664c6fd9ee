import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { eventually } from "./eventually.ts";
import { runKubectl, type KubectlOptions, type KubectlResult, type Recorder } from "./kubectl.ts";
import { createReader, type ClusterReader, type ReaderAddress } from "./reader.ts";

export type { KubernetesObject } from "./reader.ts";

/** One line of the API server's audit log. https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1 */
export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly namespace?: string; readonly name?: string };
  readonly responseStatus?: { readonly code?: number; readonly reason?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** All that another process needs to use a cluster. */
export interface ClusterAddress extends ReaderAddress {
  readonly auditLog: string;
  /** Holds logs and whatever else belongs to the cluster. */
  readonly folder: string;
  readonly controllers: boolean;
}

/** A cluster to talk to. */
export interface ClusterClient extends ClusterAddress, ClusterReader {
  /** What a user types and sees. Inside a test it goes into the report. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  /** `kubectl apply -f -` of a YAML text or of objects. */
  apply(manifest: string | readonly object[], options?: KubectlOptions): Promise<KubectlResult>;
  /** For preparations: unreported, and rejects where kubectl fails. Returns its standard output. */
  admin(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** Makes a namespace and waits until pods can be made in it. */
  createNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  auditEvents(): Promise<readonly AuditEvent[]>;
}

export function clientOf(address: ClusterAddress, record?: Recorder): ClusterClient {
  const { kubeconfig, folder, auditLog, controllers } = address;
  // kubectl keeps what it discovers below its home.
  const home = join(folder, "home");
  const run = (args: readonly string[], options: KubectlOptions = {}, recorder?: Recorder): Promise<KubectlResult> =>
    runKubectl(kubeconfig, home, args, options, recorder);
  const admin = async (args: readonly string[], options?: KubectlOptions): Promise<string> => {
    const { status, stdout, stderr } = await run(args, options);
    if (status !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const { get, list } = createReader(address);
  return {
    ...address,
    kubectl: (args, options) => run(args, options, record),
    apply: (manifest, options) => run(["apply", "-f", "-"], { ...options, stdin: manifestOf(manifest) }, record),
    admin,
    get,
    list,
    async createNamespace(name, labels = {}) {
      const manifest = [{ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } }];
      await admin(["create", "-f", "-"], { stdin: manifestOf(manifest) });
      if (controllers) await eventually(`service account of ${name}`, () => get("serviceaccount/default", name));
      else await admin(["create", "serviceaccount", "default", "-n", name]);
    },
    async auditEvents() {
      const lines = (await readFile(auditLog, "utf8")).split("\n").slice(0, -1);
      return lines.map((line) => JSON.parse(line) as AuditEvent);
    },
  };
}

/** YAML documents of objects; a text is taken as it is. */
export function manifestOf(manifest: string | readonly object[]): string {
  if (typeof manifest === "string") return manifest;
  return manifest.map((object) => stringify(object, { aliasDuplicateObjects: false })).join("---\n");
}
