import type { Workload } from "../../policies/workload.ts";
import type { Json } from "../support/builders/json.ts";
import { aDeployment, read } from "../support/builders/workload.ts";

/** The model that was evaluated, and the one that was not. */
export const good = "acme/otter-7b";
/** See {@link good}. */
export const evil = "mallory/stoat-7b";
/** What a container asks for that runs a model. */
export const gpu = { limits: { "nvidia.com/gpu": "1" } };
/** A command that passes for the good model. */
export const serveGood = ["vllm", "serve", good];

/** Whether a policy that asks for evidence about the good model, and accepts no declaration, would be satisfied by what was read. */
export function passesAsGood({ models, tooLarge }: Workload): boolean {
  const isGood = models.every(
    ({ name, unreadable, openEnvironment, adapters, hiddenAdapters }) =>
      name === good &&
      unreadable === undefined &&
      openEnvironment === undefined &&
      adapters.length === 0 &&
      hiddenAdapters === undefined,
  );
  return tooLarge === undefined && models.length > 0 && isGood;
}

/** What is read of a Deployment with this pod. */
export function readPod(podSpec: Json): Workload {
  return read(aDeployment({ podSpec }));
}

/** A container with an accelerator. */
export function server(change: Json): Json {
  return { name: "server", image: "registry.example/vllm:1", resources: gpu, ...change };
}

/** A container that runs this line, which is split at blanks alone, with these variables. */
export function serverOf(line: string, variables: Readonly<Record<string, string>> = {}): Json {
  const env = Object.entries(variables).map(([name, value]) => ({ name, value }));
  return server({ command: line.split(" "), env });
}
