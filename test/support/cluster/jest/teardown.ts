import { rm } from "node:fs/promises";
import { isKept, runFolder } from "../shared.ts";
import { keptCluster } from "./running.ts";

/** After the last end-to-end suite: stops the shared cluster, and removes the run's folder unless tests failed. */
export default async function teardown(): Promise<void> {
  await keptCluster()?.stop();
  const folder = runFolder();
  if (folder !== undefined && !isKept(folder)) await rm(folder, { recursive: true, force: true });
}
