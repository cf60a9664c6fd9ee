import type { RunningImage, RunningModel } from "../../policies/workload.ts";
import type { Budget } from "../budget.ts";
import type { Container } from "../containers.ts";
import { isWithin } from "../file-path.ts";
import { isServerImage } from "../servers/server-images.ts";
import { namesNoModel, type ServerReading } from "../servers/read-server.ts";
import type { FieldModel } from "./field-model.ts";
import { isInMountedFolder, locate, modelVolumes, replacedBy, shadowOf } from "./locate.ts";
import type { ReadContainer, ReadPod } from "./read-pod.ts";
import { readSource, type Source } from "./source.ts";
import { imageOf } from "./volumes.ts";

/** A model, and what tells it apart from another one that has no name either. */
interface KeyedModel {
  readonly model: RunningModel;
  readonly key: string;
}

/** Every model that the object runs, from its own fields and from its containers; the same one from two places only once. */
export function modelsOf(fieldModels: readonly FieldModel[], pods: readonly ReadPod[], budget: Budget): RunningModel[] {
  budget.spend("models", fieldModels.length, "spec");
  const containers = pods.flatMap((pod) => pod.containers);
  const absorbed = new Set<ServerReading>();
  const served = new Set<ReadContainer>();
  const fromFields = fieldModels
    .filter((found) => !(found.isFallback === true && containers.some((read) => namesModel(read, found.scope))))
    .filter((found) => found.needsAccelerator !== true || containers.some(({ reaches }) => reaches))
    .map((found) => fieldModel(found, containers, absorbed, served));
  const fromContainers = pods.flatMap((pod) => modelsOfPod(pod, absorbed, served, budget));
  return distinct([...fromFields, ...fromContainers]);
}

function namesModel({ container, servers }: ReadContainer, scope: string): boolean {
  return isInScope(container.path, scope) && servers.some(({ source }) => source !== undefined);
}

/** The field's model, with what the containers that serve it add: quantization, adapters, problems. */
function fieldModel(
  found: FieldModel,
  containers: readonly ReadContainer[],
  absorbed: Set<ServerReading>,
  served: Set<ReadContainer>,
): KeyedModel {
  const serving = containers.filter(({ container }) => isInScope(container.path, found.scope));
  const readings: ServerReading[] = [];
  for (const read of serving) {
    const own = read.servers.filter((reading) => serves(reading, found));
    const settings = read.settings === undefined || read.container.path !== found.container ? [] : [read.settings];
    if (own.length > 0 || read.container.path === found.container || isRuntimes(read)) served.add(read);
    readings.push(...own, ...settings);
  }
  for (const reading of readings) absorbed.add(reading);
  const own = serving.filter((read) => served.has(read));
  const quantizations = new Set([found, ...readings].flatMap(({ quantization }) => quantization ?? []));
  const revisions = new Set(
    [found, ...(found.takesRevision === true ? readings : [])].flatMap(({ revision }) => revision ?? []),
  );
  const problem =
    found.problem ??
    readings.find((reading) => reading.problem !== undefined && reading.problem !== namesNoModel)?.problem ??
    own.find(isHidden)?.opaque ??
    mountedOver(own, found.mountedAt) ??
    (quantizations.size > 1 || revisions.size > 1 ? "its containers differ in what they load" : undefined);
  const [quantization] = quantizations;
  const [revision] = revisions;
  const source: Source =
    found.source === undefined ? { kind: "place", text: "", isLocal: false } : readSource(found.source);
  const adapters = [...(found.adapters ?? []), ...readings.flatMap((reading) => reading.adapters)];
  const hiddenAdapters = found.hiddenAdapters ?? readings.find((reading) => reading.hiddenAdapters)?.hiddenAdapters;
  const openEnvironment = readings.find((reading) => reading.openEnvironment !== undefined)?.openEnvironment;
  const { model, key } = keyed(
    source,
    { revision, quantization, adapters, hiddenAdapters, problem, openEnvironment, field: found.field },
    found.container,
    found.source ?? found.field,
  );
  return { model: found.isInImage === true && model.gap === "place" ? { ...model, gap: "image" } : model, key };
}

/** Why what the operator puts into that folder may be other than what is loaded from there. */
function mountedOver(served: readonly ReadContainer[], folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  const mount = served.flatMap(({ mounts }) => mounts).find(({ at }) => isWithin(at, folder));
  return mount && `a volume at ${mount.at} lies where the operator puts the model`;
}

/** The operator's runtime says what runs in it: the object does not even name an image. */
function isRuntimes({ isOwnEntryPoint, container: { fields } }: ReadContainer): boolean {
  return isOwnEntryPoint && fields["image"] === undefined;
}

/** Opaque in another way than an image whose own entry point the operator knows. */
function isHidden({ opaque, settings, isOwnEntryPoint }: ReadContainer): boolean {
  return opaque !== undefined && settings === undefined && !isOwnEntryPoint;
}

/** A command that loads the operator's path, or that leaves the model to the operator. */
function serves(reading: ServerReading, found: FieldModel): boolean {
  if (reading.source === undefined) return reading.problem === namesNoModel;
  const source = readSource(reading.source);
  return source.kind === "place" && source.isLocal && isInMountedFolder(reading.source, found.mountedAt);
}

function modelsOfPod(
  pod: ReadPod,
  absorbed: ReadonlySet<ServerReading>,
  served: ReadonlySet<ReadContainer>,
  budget: Budget,
): KeyedModel[] {
  const files = modelVolumes(pod);
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

/** The images that load a model, or that cannot be read and may reach an accelerator or the model's files. */
export function imagesOf(pods: readonly ReadPod[]): RunningImage[] {
  return pods.flatMap((pod) => {
    const files = modelVolumes(pod);
    return pod.containers.filter((read) => runsModel(read, files, pod)).map(({ container }) => imageAt(container));
  });
}

function runsModel(read: ReadContainer, files: ReadonlySet<string>, pod: ReadPod): boolean {
  if (read.servers.length > 0 || read.downloads.length > 0) return true;
  return read.opaque !== undefined && mayLoad(read, files, pod);
}

function mayLoad(read: ReadContainer, files: ReadonlySet<string>, pod: ReadPod): boolean {
  return read.reaches || touches(read, files, pod) || isServerImage(read.container);
}

function imageAt({ fields, path }: Container): RunningImage {
  const { image } = fields;
  return { reference: typeof image === "string" ? image : undefined, container: path, field: `${path}.image` };
}

/** It can write to what a model server of the pod mounts, or mounts a model itself. */
export function touches({ mounts }: ReadContainer, files: ReadonlySet<string>, { volumes }: ReadPod): boolean {
  return mounts.some(
    ({ volume, readOnly }) => (!readOnly && files.has(volume)) || imageOf(volumes.byName.get(volume)) !== undefined,
  );
}

/** What an opaque container may run: the models that it mounts or that are downloaded for it; else one that nothing names. */
function hiddenModels(
  { container, mounts, opaque, isOwnEntryPoint }: ReadContainer,
  { volumes, downloads }: ReadPod,
): KeyedModel[] {
  const mounted = [...new Set(mounts.map(({ volume }) => volume))];
  const images = mounted.flatMap((name) => imageOf(volumes.byName.get(name)) ?? []);
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
    const found = keyed({ kind: "place", text: "", isLocal: true }, bare, container.path, container.path);
    return [isOwnEntryPoint ? { ...found, model: { ...found.model, gap: "image" } } : found];
  }
  return named.map(({ source, key, field }) => keyed(source, { ...settings, field }, container.path, key));
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
  const settings = { ...reading, field: variable ?? reading.field, problem: reading.problem ?? hidden };
  const drafts = reading.drafts.map((draft) =>
    keyed(readSource(draft), { ...nothing, problem: hidden, field: reading.field }, container.path, draft),
  );
  if (reading.source === undefined) {
    const problem = settings.problem ?? "the model server does not say what it loads";
    return [keyed({ kind: "unreadable", problem }, settings, container.path, container.path), ...drafts];
  }
  const source = readSource(reading.source);
  const isLocal = source.kind === "place" && source.isLocal && !reading.source.includes("://");
  if (!isLocal) {
    const shadow = source.kind === "named" ? (shadowOf(source.name, read) ?? replacedBy(source.name, read)) : undefined;
    return [
      keyed(source, { ...settings, problem: settings.problem ?? shadow }, container.path, reading.source),
      ...drafts,
    ];
  }
  const { source: found, key, field, problem, openEnvironment } = locate(reading.source, read, pod);
  const isNamed = found.kind === "named";
  const model = keyed(
    found,
    {
      ...settings,
      revision: isNamed ? undefined : settings.revision,
      field: field ?? settings.field,
      problem: settings.problem ?? problem,
      openEnvironment: settings.openEnvironment ?? openEnvironment,
    },
    container.path,
    `${reading.source} ${key}`,
  );
  return [model, ...drafts];
}

type Settings = Pick<
  ServerReading,
  "revision" | "quantization" | "adapters" | "problem" | "field" | "hiddenAdapters" | "openEnvironment"
>;
const nothing: Settings = {
  revision: undefined,
  quantization: undefined,
  adapters: [],
  problem: undefined,
  hiddenAdapters: undefined,
  openEnvironment: undefined,
  field: "",
};

const noAdapters: readonly string[] = Object.freeze([]);
/** What a requester writes may stand in it. */
const maxProblemCharacters = 512;

function keyed(source: Source, settings: Settings, container: string, placeKey: string): KeyedModel {
  const named = source.kind === "named" ? source : undefined;
  const { revision, quantization, hiddenAdapters, openEnvironment, problem, field } = settings;
  const differs = named?.version !== undefined && revision !== undefined && named.version !== revision;
  const unreadable =
    (source.kind === "unreadable" ? source.problem : undefined) ??
    problem ??
    (differs ? "two revisions are given" : undefined);
  const model: RunningModel = {
    name: named?.name,
    version: named === undefined || named.digest !== undefined ? undefined : (named.version ?? revision),
    digest: named?.digest,
    quantization,
    adapters: settings.adapters.length === 0 ? noAdapters : [...new Set(settings.adapters)].toSorted(),
    ...(hiddenAdapters !== undefined && { hiddenAdapters }),
    unreadable: unreadable?.slice(0, maxProblemCharacters),
    ...(named === undefined && { gap: unreadable === undefined ? ("place" as const) : ("opaque" as const) }),
    ...(openEnvironment !== undefined && { openEnvironment }),
    field,
    container,
  };
  return { model, key: named === undefined ? placeKey : "" };
}

function distinct(found: readonly KeyedModel[]): RunningModel[] {
  if (found.length < 2) return found.map(({ model }) => model);
  const byContent = new Map<string, RunningModel>();
  for (const { model, key } of found) {
    const { name, version, digest, quantization, adapters, hiddenAdapters, unreadable, openEnvironment } = model;
    const content = JSON.stringify([
      key,
      name,
      version,
      digest,
      quantization,
      adapters,
      hiddenAdapters,
      unreadable,
      openEnvironment,
    ]);
    if (!byContent.has(content)) byContent.set(content, model);
  }
  return [...byContent.values()];
}

function isInScope(path: string, scope: string): boolean {
  return path === scope || path.startsWith(`${scope}.`) || path.startsWith(`${scope}[`);
}
