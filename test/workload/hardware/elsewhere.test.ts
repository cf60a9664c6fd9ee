import { describe, expect, it } from "@jest/globals";
import { Budget } from "../../../workload/budget.ts";
import { type HardwareElsewhere, nothingElsewhere, readHardware } from "../../../workload/hardware/hardware.ts";
import { builtinKinds } from "../../../workload/kinds/builtin-kinds.ts";
import { listPods } from "../../../workload/kinds/list-pods.ts";
import type { Json } from "../../support/builders/json.ts";
import { aDeployment } from "../../support/builders/workload.ts";

const gpu = { resources: { limits: { "nvidia.com/gpu": "1" } } };
const h100 = { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" } };

function reading(container: Json, podSpec: Json, elsewhere: HardwareElsewhere) {
  const kind = builtinKinds.get("Deployment.apps");
  if (kind === undefined) throw new Error("no Deployment");
  const budget = new Budget();
  return readHardware(listPods(aDeployment({ container, podSpec }), kind, budget), elsewhere, undefined, budget);
}

describe("hardware that stands elsewhere", () => {
  const runtime: HardwareElsewhere = { accelerator: true, pods: undefined };
  const workers: HardwareElsewhere = { accelerator: true, pods: "the worker pods of spec.predictor.workerSpec" };
  const problem = "the object does not describe the worker pods of spec.predictor.workerSpec";

  it.each<[string, Json, Json, HardwareElsewhere, object]>([
    ["none", {}, {}, nothingElsewhere, { accelerator: "none", classes: [] }],
    ["an accelerator", {}, {}, runtime, { accelerator: "unknown", classes: [] }],
    ["an accelerator beside one here", gpu, h100, runtime, { accelerator: "requested", classes: ["nvidia-h100"] }],
    ["pods beside one that has a class", gpu, h100, workers, { accelerator: "requested", classes: [], problem }],
    ["pods beside one that asks for nothing", {}, {}, workers, { accelerator: "unknown", classes: [], problem }],
    ["pods that nobody knows of", {}, {}, { ...workers, accelerator: false }, { accelerator: "unknown", classes: [] }],
  ])("%s", (_what, container, podSpec, elsewhere, expected) => {
    expect(reading(container, podSpec, elsewhere)).toMatchObject(expected);
  });
});

describe("several pods", () => {
  it("have no class where one that may have an accelerator has none", () => {
    const kind = builtinKinds.get("RayCluster.ray.io");
    if (kind === undefined) throw new Error("no RayCluster");
    const template = (container: Json, spec: Json): Json => ({
      template: { spec: { containers: [container], ...spec } },
    });
    const object = {
      spec: {
        headGroupSpec: template({ securityContext: { privileged: true } }, {}),
        workerGroupSpecs: [template(gpu, h100)],
      },
    };
    const budget = new Budget();
    expect(readHardware(listPods(object, kind, budget), nothingElsewhere, undefined, budget)).toMatchObject({
      accelerator: "requested",
      classes: [],
      field: "spec.headGroupSpec.template.spec.containers[0].securityContext.privileged",
    });
  });
});
