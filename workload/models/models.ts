import type { RunningImage, RunningModel } from "../../policies/workload.ts";
import type { Budget } from "../budget.ts";
import type { Container } from "../containers.ts";
import type { ServerReading } from "../servers/read-server.ts";
import { mayLoad, listModelsOfPod } from "./container-models.ts";
import type { FieldModel } from "./field-model.ts";
import { readFieldModel, isInScope } from "./field-models.ts";
import { type KeyedModel, removeDuplicates } from "./keyed-model.ts";
import { findShadow, listModelVolumes } from "./locate.ts";
import type { ReadContainer, ReadPod } from "./read-pod.ts";

/** Every model that the object runs, from its own fields and from its containers; the same one from two places only once. */
export function listModels(
  fieldModels: readonly FieldModel[],
  pods: readonly ReadPod[],
  budget: Budget,
): RunningModel[] {
  budget.spend("models", fieldModels.length, "spec");
  const containers = pods.flatMap((pod) => pod.containers);
  const absorbed = new Set<ServerReading>();
  const served = new Set<ReadContainer>();
  const fromFields = fieldModels
    .filter((found) => !(found.isFallback === true && containers.some((read) => namesModel(read, found.scope))))
    .filter((found) => found.needsAccelerator !== true || containers.some(({ reaches }) => reaches))
    .map((found) => readFieldModel(found, pods, absorbed, served));
  const fromContainers = pods.flatMap((pod) => listModelsOfPod(pod, absorbed, served, budget));
  const hosts = containers.filter(({ host }) => host !== undefined);
  const found = [...fromFields, ...fromContainers];
  return removeDuplicates(hosts.length === 0 ? found : findInHosts(found, hosts, budget));
}

/** What it costs to look for a model's folder at a mount. */
const charactersPerMount = 16;

/** The models, in containers of which any may load any of them. */
function findInHosts(found: readonly KeyedModel[], hosts: readonly ReadContainer[], budget: Budget): KeyedModel[] {
  const common = hosts.find(({ host }) => host?.problem !== undefined)?.host?.problem;
  const mounting = hosts.filter(({ mounts }) => mounts.length > 0);
  const count = mounting.reduce((sum, { mounts }) => sum + mounts.length, 0);
  return found.map(({ model, key }) => {
    const { name, field } = model;
    budget.spend("expandedCharacters", count * charactersPerMount, field);
    const shadow = common ?? (name === undefined ? undefined : findShadowIn(name, mounting));
    if (shadow === undefined || model.unreadable !== undefined) return { model, key };
    const unreadable = { ...model, unreadable: shadow };
    return { key, model: name === undefined ? { ...unreadable, gap: "opaque" } : unreadable };
  });
}

function findShadowIn(name: string, hosts: readonly ReadContainer[]): string | undefined {
  for (const read of hosts) {
    const shadow = findShadow(name, read);
    if (shadow !== undefined) return shadow;
  }
  return undefined;
}

function namesModel({ container, servers }: ReadContainer, scope: string): boolean {
  return isInScope(container.path, scope) && servers.some(({ source }) => source !== undefined);
}

/** The images that load a model, or that cannot be read and may reach an accelerator or the model's files. */
export function listImages(pods: readonly ReadPod[]): RunningImage[] {
  return pods.flatMap((pod) => {
    const files = listModelVolumes(pod);
    return pod.containers.filter((read) => runsModel(read, files, pod)).map(({ container }) => readImage(container));
  });
}

function runsModel(read: ReadContainer, files: ReadonlySet<string>, pod: ReadPod): boolean {
  if (read.servers.length > 0 || read.downloads.length > 0) return true;
  return read.opaque !== undefined && mayLoad(read, files, pod);
}

function readImage({ fields, path }: Container): RunningImage {
  const { image } = fields;
  return { reference: typeof image === "string" ? image : undefined, container: path, field: `${path}.image` };
}
