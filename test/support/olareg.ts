import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./cluster/eventually.ts";
import { componentPath } from "./components.ts";
import type { DockerRegistry } from "./docker-registry.ts";
import { leash } from "./leash.ts";
import { withFreePorts } from "./ports.ts";

/**
 * Starts olareg on a free loopback port: a registry that keeps a list of referrers and asks nobody's name. Its storage is an
 * OCI image layout for each repository.
 */
export function startOlareg(): Promise<DockerRegistry> {
  return withFreePorts(1, async ([port]) => {
    const storage = await mkdtemp(join(tmpdir(), "assaygate-olareg-"));
    const args = ["serve", "--addr", "127.0.0.1", "--port", `${port}`, "--dir", storage, "--api-delete"];
    const registry = leash(componentPath("olareg"), args, { PATH: process.env["PATH"] });
    let said = "";
    for (const output of [registry.stdout, registry.stderr])
      output.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-10_000)));
    const stop = async (): Promise<void> => {
      await registry.stop();
      await rm(storage, { recursive: true, force: true });
    };
    const host = `127.0.0.1:${port}`;
    const url = `http://${host}`;
    const broken = registry.ended.then(() => new Error(`olareg ended at once:\n${said}`));
    try {
      await eventually("olareg answers", async () => (await fetch(`${url}/v2/`)).ok, { broken });
      return { host, url, storage, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  });
}
