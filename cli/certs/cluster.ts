import { join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { CertificateStore } from "../../webhook/certificates/certificate-store.ts";
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

/**
 * Runs what needs a cluster. The library for it is large, so it is loaded only here. What the API server refuses, and that it
 * cannot be reached, ends with exit code 3.
 */
export async function withStore(
  kubeconfig: string | undefined,
  secret: { readonly namespace: string; readonly name: string },
  io: Io,
  use: (store: CertificateStore) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { certificateStoreIn } = await import("../../webhook/certificates/certificate-store.ts");
  const { describeFailure } = await import("../../webhook/cluster/failure.ts");
  const store = certificateStoreIn(await connect(kubeconfig, io), secret.namespace, secret.name);
  try {
    return await use(store);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    print(io.err, `assaygate: the cluster could not be asked: ${describeFailure(cause)}`);
    return exit.couldNotLook;
  }
}

async function connect(kubeconfig: string | undefined, io: Io): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import("@kubernetes/client-node");
  const config = new Config();
  const file = kubeconfig === undefined ? defaultFile(io) : resolve(io.cwd, kubeconfig);
  try {
    config.loadFromFile(file);
  } catch (cause) {
    // What the parser says quotes the file, which holds credentials.
    throw new CliError(`${file}: cannot be read as a kubeconfig; --kubeconfig names another`, { cause });
  }
  if (config.getCurrentCluster() === null) throw new CliError(`${file}: its current context leads to no cluster`);
  return config;
}

function defaultFile({ env, cwd }: Io): string {
  const first = (env["KUBECONFIG"] ?? "").split(":").find((path) => path !== "");
  return resolve(cwd, first ?? join(env["HOME"] ?? "", ".kube", "config"));
}
