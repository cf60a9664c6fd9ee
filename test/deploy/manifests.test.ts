import { describe, expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import * as z from "zod";
import { renderPlainManifests, variants } from "../../scripts/manifests/plain.ts";
import { componentPath, describeWith } from "../support/components.ts";
import { read } from "../docs/documents.ts";
import { manifestsIn, render, root, type Manifest } from "./chart.ts";

/** What `kubectl kustomize` makes of a folder below deploy/kustomize. */
function kustomize(folder: string): readonly Manifest[] {
  const args = ["kustomize", join(root, "deploy/kustomize", folder)];
  const { status, stdout, stderr } = spawnSync(componentPath("kubectl"), args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return manifestsIn(stdout);
}

const named = (manifests: readonly Manifest[]): string[] =>
  manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();

describeWith(["helm"], "the plain manifests", () => {
  it.each(variants)("$path is in step with the chart (npm run manifests)", (variant) => {
    expect(read(variant.path)).toBe(renderPlainManifests(componentPath("helm"), variant));
  });
});

describeWith(["helm", "kubectl"], "kubectl apply -k", () => {
  it.each([
    ["base", []],
    ["cert-manager", ["certificates.mode=certManager"]],
    ["openshift", ["certificates.mode=openshift"]],
    ["overlays/without-webhooks", ["webhooks.enabled=false"]],
  ])("deploy/kustomize/%s is the chart with %j, and the namespace", (folder, values) => {
    expect(named(kustomize(folder))).toEqual(named([...render(...values), ...kustomize("namespace")]));
  });
});

describe("the gate's namespace", () => {
  it("admits only pods of PodSecurity restricted", () => {
    const [namespace] = manifestsIn(read("deploy/kustomize/namespace/namespace.yaml"));
    const { labels } = z.object({ labels: z.record(z.string(), z.string()) }).parse(namespace?.metadata);
    expect(labels["pod-security.kubernetes.io/enforce"]).toBe("restricted");
  });
});
