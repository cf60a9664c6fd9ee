import { join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { createCertificateStore, type CertificateStore } from "../../webhook/certificates/certificate-store.ts";
import { createKubeClient } from "../../webhook/cluster/client.ts";
import { describeFailure, KubeError } from "../../webhook/cluster/kube-error.ts";
import { readKubeconfig } from "../../webhook/cluster/kubeconfig.ts";
import { CliError, UsageError } from "../failure.ts";
import { exit, print, type ExitCode, type Io } from "../io.ts";

/** The option of commands that ask a cluster. */
export const kubeconfigOption = {
  type: "string",
  value: "FILE",
  help: "default: $KUBECONFIG, then ~/.kube/config; its current context counts",
} as const;

/** `namespace/name` of a Secret. Throws UsageError. */
export function parseSecret(text: string): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] = /^([^/\s]+)\/([^/\s]+)$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined) throw new UsageError(`--secret ${text}: expected NAMESPACE/NAME`);
  return { namespace, name };
}

/** Runs what needs a cluster. What the API server refuses, and that it cannot be reached, ends with exit code 3. */
export async function withStore(
  kubeconfig: string | undefined,
  secret: { readonly namespace: string; readonly name: string },
  io: Io,
  use: (store: CertificateStore) => Promise<ExitCode>,
): Promise<ExitCode> {
  const config = await readConfig(kubeconfig, io);
  const client = createKubeClient(async () => config);
  try {
    return await use(createCertificateStore(client, secret.namespace, secret.name));
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    print(io.err, `assaygate: the cluster could not be asked: ${describeFailure(cause)}`);
    return exit.couldNotLook;
  } finally {
    client.close();
  }
}

/** Throws CliError where the file cannot be used. */
async function readConfig(kubeconfig: string | undefined, io: Io): Promise<KubeConfig> {
  const file = kubeconfig === undefined ? defaultFile(io) : resolve(io.cwd, kubeconfig);
  try {
    return await readKubeconfig(file, io.env);
  } catch (cause) {
    if (cause instanceof KubeError) throw new CliError(`${cause.message}; --kubeconfig names another file`, { cause });
    throw cause;
  }
}

function defaultFile({ env, cwd }: Io): string {
  const first = (env["KUBECONFIG"] ?? "").split(":").find((path) => path !== "");
  return resolve(cwd, first ?? join(env["HOME"] ?? "", ".kube", "config"));
}
