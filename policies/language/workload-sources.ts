import { compileEach, type Complain } from "./complain.ts";
import { compileImagePattern } from "./image.ts";
import { toNonEmpty } from "../non-empty.ts";
import type { PolicyDocument } from "../schema/policy.ts";
import type { WorkloadSources } from "../workload-sources.ts";
import { modelNameAnnotation, modelVersionAnnotation, type ModelGap } from "../workload.ts";

const defaultSources: Pick<WorkloadSources, "modelName" | "modelVersion" | "environment"> = {
  modelName: [{ annotation: modelNameAnnotation }],
  modelVersion: [{ annotation: modelVersionAnnotation }, { label: "app.kubernetes.io/version" }],
  environment: [{ namespaceLabel: "assaygate.dev/environment" }],
};

const gaps = { Place: "place", Image: "image", Opaque: "opaque" } as const satisfies Record<string, ModelGap>;

/** Where the workload says things, as the policy has it or by default. */
export function compileSources(
  { modelName, modelVersion, environment, declared, openEnvironment }: PolicyDocument["spec"]["workload"] = {},
  images: WorkloadSources["images"],
): WorkloadSources {
  return {
    modelName: modelName ? toNonEmpty(modelName) : defaultSources.modelName,
    modelVersion: modelVersion ? toNonEmpty(modelVersion) : defaultSources.modelVersion,
    environment: environment ? toNonEmpty(environment) : defaultSources.environment,
    declared: {
      names: new Set(declared?.name?.map((gap) => gaps[gap])),
      acceptsVersion: declared?.version !== "Refuse",
    },
    acceptsOpenEnvironment: openEnvironment === "Accept",
    images,
  };
}

/** The images that may run a model; undefined where any may, or there is a complaint. */
export function compileImages(texts: readonly string[] | undefined, complain: Complain): WorkloadSources["images"] {
  const [first, ...rest] = compileEach(texts ?? [], compileImagePattern, complain, "workload", "images");
  return first && [first, ...rest];
}
