import { dirname } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { FileTooLarge, readBoundedText } from "../../runtime/read-text-file.ts";
import { getErrorCode } from "../../runtime/error-code.ts";
import { KubeError } from "./kube-error.ts";

/**
 * How to reach a cluster and who the gate is there: from a kubeconfig file, or from the service account of its own pod.
 * Rejects with a KubeError; `setting` is where its remedy sends the reader. What a parser says of the file is left out of it,
 * because it quotes the file.
 */
export async function readKubeconfig(
  file: string | undefined,
  environment: NodeJS.ProcessEnv,
  setting = "cluster.kubeconfig",
): Promise<KubeConfig> {
  // The library is large; a gate without a cluster never loads it.
  const { KubeConfig: Config } = await import("./kube-config-class.ts");
  const config = new Config();
  if (file === undefined) {
    if (environment["KUBERNETES_SERVICE_HOST"] === undefined)
      throw new KubeError(`this is not a pod with a service account: name a kubeconfig in ${setting}`);
    config.loadFromCluster();
    return config;
  }
  try {
    config.loadFromString(readBoundedText(file));
    config.makePathsAbsolute(dirname(file));
  } catch (cause) {
    const why = cause instanceof FileTooLarge ? cause.message : (getErrorCode(cause) ?? "not its format");
    throw new KubeError(`${file}: cannot be read as a kubeconfig (${why})`, { cause });
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new KubeError(`${file}: its current-context leads to no cluster`);
  if (!server.startsWith("https://")) throw new KubeError(`${file}: the cluster's address ${server} is not https`);
  return config;
}
