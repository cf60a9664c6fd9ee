import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentPath, describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { chart, manifestsIn, render } from "./chart.ts";

describeWith(["helm", "distribution"], "the chart as an OCI artifact", () => {
  let folder: string;
  let registry: DockerRegistry;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "assaygate-chart-"));
    registry = await startDockerRegistry({ component: "distribution" });
  });
  afterAll(async () => {
    await registry?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Standard output. Nothing of the user's own is read or written. Rejects with what helm said. */
  function helm(...args: string[]): Promise<string> {
    const homes = { HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
    return new Promise((resolve, reject) => {
      execFile(componentPath("helm"), args, { env: { ...process.env, ...homes } }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(stderr, { cause: error })),
      );
    });
  }

  it("is packed, pushed to a registry, and rendered from there as from its folder", async () => {
    await helm("package", chart, "--destination", folder);
    const repository = `oci://${registry.host}/charts`;
    await helm("push", join(folder, "assaygate-0.1.0.tgz"), repository, "--plain-http");
    const from = ["assaygate", `${repository}/assaygate`, "--version", "0.1.0", "--plain-http"];
    const rest = ["--namespace", "assaygate-system", "--no-hooks", "--kube-version", "1.36.0"];
    expect(manifestsIn(await helm("template", ...from, ...rest))).toEqual(render());
    const shown = await helm("show", "readme", ...from.slice(1));
    expect(shown).toContain("# assaygate");
  });

  it("holds what it needs and nothing else", async () => {
    await helm("package", chart, "--destination", folder);
    const names = await new Promise<string>((resolve, reject) => {
      execFile("tar", ["-tzf", join(folder, "assaygate-0.1.0.tgz")], (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      );
    });
    const top = new Set(names.split("\n").map((name) => name.split("/")[1]));
    expect([...top].filter((name) => name !== undefined).toSorted()).toEqual(
      [".helmignore", "Chart.yaml", "README.md", "files", "templates", "values.schema.json", "values.yaml"].toSorted(),
    );
  });
});
