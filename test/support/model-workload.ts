import { deployment } from "./builders/workload.ts";
import type { Json } from "./artifacts.ts";

/** A Deployment that serves a model from an image volume, named by `repository@digest`. */
export function deploymentOf(model: string, evidence?: string): Json {
  const volumeMounts = [{ name: "weights", mountPath: "/models/sable" }];
  const args = ["--model", "/models/sable"];
  const container = { name: "vllm", image: "vllm/vllm-openai:v0.11.0", args, volumeMounts };
  const volumes = [{ name: "weights", image: { reference: model } }];
  return deployment(evidence, { spec: { template: { spec: { containers: [container], volumes } } } });
}
