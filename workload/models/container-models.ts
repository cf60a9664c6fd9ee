import type { Budget } from "../budget.ts";
import { isServerImage } from "../servers/server-images.ts";
import type { ServerReading } from "../servers/read-server.ts";
import { type Adapter, nameSource } from "../adapter.ts";
import { toKeyedModel, type KeyedModel, nothing, type Settings } from "./keyed-model.ts";
import { locateModel, listModelVolumes, findReplacement, findShadow } from "./locate.ts";
import type { ReadContainer, ReadPod } from "./read-pod.ts";
import { readSource } from "../model-source.ts";
import { getImageOfVolume } from "../volumes.ts";

/** The models that a pod's containers name, or hide, but for those that a field of the object has taken up already. */
export function listModelsOfPod(
  pod: ReadPod,
  absorbed: ReadonlySet<ServerReading>,
  served: ReadonlySet<ReadContainer>,
  budget: Budget,
): KeyedModel[] {
  const files = listModelVolumes(pod);
  return pod.containers.flatMap((read) => {
    const readings = read.servers.filter((reading) => !absorbed.has(reading));
    budget.spend("models", readings.length, read.container.path);
    for (const { adapters, field } of readings) budget.spend("adapters", adapters.length, field);
    const hidden = read.opaque !== undefined && (readings.length > 0 || mayLoad(read, files, pod));
    const found = readings.flatMap((reading) => serverModels(reading, read, pod, hidden ? read.opaque : undefined));
    if (found.length > 0 || !hidden || served.has(read)) return found;
    const models = hiddenModels(read, pod);
    budget.spend("models", models.length, read.container.path);
    return models;
  });
}

/** True for a container that could load a model if its command is opaque. */
export function mayLoad(read: ReadContainer, files: ReadonlySet<string>, pod: ReadPod): boolean {
  return read.reaches || canWriteModelFiles(read, files, pod) || isServerImage(read.container);
}

/** It can write to what a model server of the pod mounts, or mounts a model itself. */
export function canWriteModelFiles(
  { mounts }: ReadContainer,
  files: ReadonlySet<string>,
  { volumes }: ReadPod,
): boolean {
  return mounts.some(
    ({ volume, readOnly }) =>
      (!readOnly && files.has(volume)) || getImageOfVolume(volumes.byName.get(volume)) !== undefined,
  );
}

/** What an opaque container may run: the models that it mounts or that are downloaded for it; else one that nothing names. */
function hiddenModels(
  { container, mounts, opaque, isOwnEntryPoint }: ReadContainer,
  { volumes, downloads }: ReadPod,
): KeyedModel[] {
  const mounted = [...new Set(mounts.map(({ volume }) => volume))];
  const images = mounted.flatMap((name) => getImageOfVolume(volumes.byName.get(name)) ?? []);
  const put = downloads.filter(({ place }) => place !== undefined && mounted.includes(place.volume));
  const named = [
    ...images,
    ...put.map(({ download }) => ({
      source: readSource(download.source),
      key: download.source,
      field: download.field,
    })),
  ];
  const settings = { ...nothing, problem: opaque, field: container.path };
  if (named.length === 0) {
    const bare = { ...settings, problem: isOwnEntryPoint ? undefined : opaque };
    const found = toKeyedModel({ kind: "place", text: "", isLocal: true }, bare, container.path, container.path);
    return [isOwnEntryPoint ? { ...found, model: { ...found.model, gap: "image" } } : found];
  }
  return named.map(({ source, key, field }) => toKeyedModel(source, { ...settings, field }, container.path, key));
}

function serverModels(
  reading: ServerReading,
  read: ReadContainer,
  pod: ReadPod,
  hidden: string | undefined,
): KeyedModel[] {
  const { container } = read;
  const by = reading.by ?? "";
  const variable =
    /^[A-Z][A-Z0-9_]*$/.test(by) && container.env.values.has(by) ? `${container.path}.env[${by}]` : undefined;
  const adapters = reading.adapters.map((adapter) => locateAdapter(adapter, read, pod));
  const settings = { ...reading, adapters, field: variable ?? reading.field, problem: reading.problem ?? hidden };
  const drafts = reading.drafts.map(({ source, ...own }) =>
    toKeyedModel(
      readSource(source),
      { ...nothing, ...own, problem: hidden, field: reading.field },
      container.path,
      source,
    ),
  );
  if (reading.source === undefined) {
    const problem = settings.problem ?? "the model server does not say what it loads";
    return [toKeyedModel({ kind: "unreadable", problem }, settings, container.path, container.path), ...drafts];
  }
  const source = readSource(reading.source);
  const isLocal = source.kind === "place" && source.isLocal && !reading.source.includes("://");
  if (isLocal) return [localModel(reading.source, settings, read, pod), ...drafts];
  const shadow =
    source.kind === "named" ? (findShadow(source.name, read) ?? findReplacement(source.name, read)) : undefined;
  const named = { ...settings, problem: settings.problem ?? shadow };
  return [toKeyedModel(source, named, container.path, reading.source), ...drafts];
}

/** The adapter by the name of what the pod puts at its path, if that is known. */
function locateAdapter(adapter: Adapter, read: ReadContainer, pod: ReadPod): Adapter {
  const { place = "" } = adapter;
  if (!place.startsWith("/")) return adapter;
  const { source, problem, openEnvironment } = locateModel(place, read, pod);
  if (problem !== undefined || source.kind !== "named") return adapter;
  if (openEnvironment !== undefined) return { ...adapter, place: `${place}, which ${openEnvironment} may change` };
  return { name: nameSource(source), place: undefined };
}

/** The model that lies at a path in the container. */
function localModel(path: string, settings: Settings, read: ReadContainer, pod: ReadPod): KeyedModel {
  const { source, key, field, problem, openEnvironment } = locateModel(path, read, pod);
  return toKeyedModel(
    source,
    {
      ...settings,
      revision: source.kind === "named" ? undefined : settings.revision,
      field: field ?? settings.field,
      problem: settings.problem ?? problem,
      openEnvironment: settings.openEnvironment ?? openEnvironment,
    },
    read.container.path,
    `${path} ${key}`,
  );
}
