import { join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { KubeError } from "../webhook/cluster/kube-error.ts";
import { readKubeconfig } from "../webhook/cluster/kubeconfig.ts";
import { CliError } from "./failure.ts";
import type { Io } from "./io.ts";

/** The option of commands that ask a cluster. */
export const kubeconfigOption = {
  type: "string",
  value: "FILE",
  help: "default: $KUBECONFIG, then ~/.kube/config; its current context counts",
} as const;

/** How to reach the cluster that the option names. Throws CliError where the file cannot be used. */
export async function readKubeconfigOption(
  kubeconfig: string | undefined,
  io: Pick<Io, "env" | "cwd">,
): Promise<KubeConfig> {
  const file = kubeconfig === undefined ? defaultFile(io) : resolve(io.cwd, kubeconfig);
  try {
    return await readKubeconfig(file, io.env);
  } catch (cause) {
    if (cause instanceof KubeError) throw new CliError(`${cause.message}; --kubeconfig names another file`, { cause });
    throw cause;
  }
}

function defaultFile({ env, cwd }: Pick<Io, "env" | "cwd">): string {
  const first = (env["KUBECONFIG"] ?? "").split(":").find((path) => path !== "");
  return resolve(cwd, first ?? join(env["HOME"] ?? "", ".kube", "config"));
}
