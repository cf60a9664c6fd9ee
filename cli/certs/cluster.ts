import { createCertificateStore, type CertificateStore } from "../../webhook/certificates/certificate-store.ts";
import { createKubeClient } from "../../webhook/cluster/client.ts";
import { describeFailure } from "../../webhook/cluster/kube-error.ts";
import { CliError, UsageError } from "../failure.ts";
import { exit, print, type ExitCode, type Io } from "../io.ts";
import { readKubeconfigOption } from "../kubeconfig.ts";

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
  const config = await readKubeconfigOption(kubeconfig, io);
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
