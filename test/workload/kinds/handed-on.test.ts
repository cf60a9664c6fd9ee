import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { builtinKinds } from "../../../workload/kinds/builtin-kinds.ts";
import { withValue } from "../../support/with-value.ts";
import { goldenWorkloads } from "../../support/workload-examples.ts";
import { read } from "../../support/builders/workload.ts";

const key = "assaygate|dev/evaluation";
const evidence = `registry.acme.example/evals@sha256:${"a".repeat(64)}`;

/** Where an operator takes the annotations from that it puts on what it makes. Empty: it hands nothing on. */
const handedOn: Readonly<Record<string, readonly string[]>> = {
  "LeaderWorkerSet.leaderworkerset.x-k8s.io": ["spec.leaderWorkerTemplate.workerTemplate.metadata"],
  "DisaggregatedSet.disaggregatedset.x-k8s.io": [
    "spec.roles.0.metadata",
    "spec.roles.0.spec.leaderWorkerTemplate.workerTemplate.metadata",
  ],
  "JobSet.jobset.x-k8s.io": ["spec.replicatedJobs.0.template.spec.template.metadata"],
  "PodCliqueSet.grove.io": ["spec.template.cliques.0"],
  "Rollout.argoproj.io": ["spec.template.metadata"],
  "RayService.ray.io": ["spec.rayClusterConfig.headGroupSpec.template.metadata"],
  "RayJob.ray.io": ["spec.rayClusterSpec.headGroupSpec.template.metadata"],
  "RayCluster.ray.io": ["spec.headGroupSpec.template.metadata"],
  "VLLMRuntime.production-stack.vllm.ai": ["metadata"],
  "InferenceService.serving.kserve.io": ["metadata", "spec.predictor"],
  "LLMInferenceService.serving.kserve.io": ["metadata", "spec"],
  "NIMService.apps.nvidia.com": ["spec"],
  "NIMPipeline.apps.nvidia.com": ["spec.services.0.spec"],
  "DynamoGraphDeployment.nvidia.com": ["spec", "spec.components.1.podTemplate.metadata"],
  "DynamoGraphDeployment.nvidia.com--services": ["spec.services.decode", "spec.services.decode.extraPodMetadata"],
  "Workspace.kaito.sh": [],
  "Workspace.kaito.sh--template": ["inference.template.metadata"],
  "InferenceSet.kaito.sh": ["spec.template.metadata"],
  "RAGEngine.kaito.sh": [],
  "StormService.orchestration.aibrix.ai": ["spec.template.spec.roles.0.template.metadata"],
  "RayClusterFleet.orchestration.aibrix.ai": [
    "spec.template.metadata",
    "spec.template.spec.headGroupSpec.template.metadata",
  ],
  "ModelAdapter.model.aibrix.ai": [],
  "RoleBasedGroup.workloads.x-k8s.io": ["spec.roles.1", "spec.roles.1.leaderWorkerPattern.template.metadata"],
  "ModelServing.workload.serving.volcano.sh": ["spec.template.roles.0.entryTemplate.metadata"],
  "ModelBooster.workload.serving.volcano.sh": [],
  "Playground.inference.llmaz.io": [],
  "Service.inference.llmaz.io": ["spec.workloadTemplate.workerTemplate.metadata"],
  "InferenceService.ome.io": ["spec.engine", "spec.router"],
  "TrainJob.trainer.kubeflow.org": ["spec"],
  "SeldonDeployment.machinelearning.seldon.io": ["spec.predictors.0", "spec.predictors.1.componentSpecs.0.metadata"],
  "Model.mlops.seldon.io": [],
  "BentoDeployment.serving.yatai.ai": ["spec", "spec.extraPodMetadata", "spec.runners.0.extraPodMetadata"],
  "Model.kubeai.org": [],
  "Service.serving.knative.dev": ["spec.template.metadata"],
};

const ofKubernetes = new Set(["", "apps", "batch"]);
const ofOperators = [...builtinKinds].filter(([, { group }]) => !ofKubernetes.has(group)).map(([name]) => name);

describe("evidence is read where the operator hands it on from", () => {
  it("is known for every kind", () => {
    expect(
      Object.keys(handedOn)
        .filter((name) => !name.includes("--"))
        .toSorted(),
    ).toEqual(ofOperators.toSorted());
  });

  const places = Object.entries(handedOn).flatMap(([name, paths]) =>
    ["metadata", ...paths].map((path): [string, string] => [name, path]),
  );
  it.each(places)("%s: %s", (name, path) => {
    const bare = withoutEvidence(goldenWorkloads.get(name) ?? {});
    expect(read(bare).references.entries).toEqual([]);
    expect(read(withValue(bare, `${path}.annotations.${key}`, evidence)).references).toMatchObject({
      entries: [expect.objectContaining({ kind: "full" })],
      problem: undefined,
    });
  });
});

function withoutEvidence(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(object, (name, value: unknown) => (name === "annotations" ? {} : value)));
}

describe("docs/kinds.md", () => {
  const page = readFileSync(new URL("../../../docs/kinds.md", import.meta.url), "utf8");
  const rows = section("## Who makes the children").filter((row) => row.includes("`"));

  function section(heading: string): string[] {
    const text = page.slice(page.indexOf(heading) + heading.length);
    return text
      .slice(0, text.indexOf("\n## "))
      .split("\n")
      .filter((line) => line.startsWith("|"));
  }

  it.each(ofOperators)("says once who makes the children of %s, and what happens to them", (name) => {
    const about = rows.filter((row) => row.split("|")[3]?.includes(`\`${name}\``) === true);
    expect(about).toHaveLength(1);
    const cells =
      about[0]
        ?.split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()) ?? [];
    expect(cells).toHaveLength(6);
    expect(cells).not.toContain("");
  });

  it.each([...builtinKinds.values()])("says what is read of $kind.$group", ({ group, kind }) => {
    const kinds = section("# Kinds of workload").map((row) => row.split("|")[1] ?? "");
    const own = kinds.filter((cell) =>
      group === "" || ofKubernetes.has(group) ? true : cell.includes(`\`${group}\``),
    );
    expect(own.some((cell) => new RegExp(`\\b${kind}\\b`).test(cell))).toBe(true);
  });
});
