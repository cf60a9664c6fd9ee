import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLayoutSource } from "../../../registry/layout/layout-source.ts";
import { type BuiltArtifact, writeLayout } from "../artifacts.ts";
import type { RegistryTarget } from "./target.ts";

/** A folder, which answers for every repository and asks nobody's name. It has no tags here. */
export const layoutFolder: RegistryTarget = {
  name: "OCI layout folder",
  made: "real",
  needs: [],
  asksForLogin: false,
  referrers: "listed",
  elsewhere: "found",
  async start() {
    const folder = await mkdtemp(join(tmpdir(), "assaygate-layout-"));
    const held: BuiltArtifact[] = [];
    return {
      repository: "quay.io/acme/evals",
      server: undefined,
      imitation: undefined,
      dockerConfig: () => "{}",
      source: () => ({ ...createLayoutSource(folder), [Symbol.asyncDispose]: () => Promise.resolve() }),
      gateConfig: () => Promise.resolve({ layout: folder }),
      async put(artifact) {
        held.push(artifact);
        await writeLayout(folder, held);
        return artifact.digest;
      },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};
