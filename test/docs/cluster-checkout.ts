import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { ClusterClient } from "../support/cluster/client.ts";
import { componentPath } from "../support/components.ts";
import { openCheckout, type Checkout } from "./checkout.ts";

/** A checkout whose shells have kubectl, helm and Node, and talk to this cluster as its administrator. */
export async function openClusterCheckout({ folder, kubeconfig }: ClusterClient): Promise<Checkout> {
  const home = join(folder, "person");
  await mkdir(home, { recursive: true });
  const programs = [componentPath("helm"), componentPath("kubectl"), process.execPath].map((path) => dirname(path));
  const PATH = [...programs, process.env["PATH"]].join(delimiter);
  return openCheckout({ PATH, HOME: home, KUBECONFIG: kubeconfig });
}
