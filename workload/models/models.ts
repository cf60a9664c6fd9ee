import type { RunningModel } from "../../policies/workload.ts";
import type { Container } from "../containers.ts";
import type { ServerReading } from "../servers/model-server.ts";
import { readSource, type Source } from "./source.ts";
import { type Location, locate, mountedImages, type Volumes } from "./volumes.ts";

/** A model that a field of the object itself names, such as KServe's `storageUri`. */
export interface FieldModel {
  /** Undefined: there is a model, but the field does not say which. */
  readonly source: string | undefined;
  readonly field: string;
  /** Path of the container that serves it. */
  readonly container: string;
  /** Containers under this path serve it too: what they load from a local path is this model. */
  readonly scope: string;
  readonly adapters?: readonly string[];
  readonly hiddenAdapters?: string | undefined;
  readonly problem?: string | undefined;
  /** Gives way to a model that a container in the scope names. */
  readonly isFallback?: boolean;
  /** The operator hands the source to the server, so that the container's `--revision` is about it. */
  readonly takesRevision?: boolean;
  readonly revision?: string | undefined;
  readonly quantization?: string | undefined;
}

/** A container, what its commands say, and the volumes of its pod. */
export interface ReadContainer {
  readonly container: Container;
  readonly servers: readonly ServerReading[];
  readonly volumes: Volumes;
}

/** A model, and what tells it apart from another one that has no name either. */
interface KeyedModel {
  readonly model: RunningModel;
  readonly key: string;
}

/** Every model that the object runs, from its own fields and from its containers; the same one from two places only once. */
export function modelsOf(
  fieldModels: readonly FieldModel[],
  pods: readonly (readonly ReadContainer[])[],
): RunningModel[] {
  const containers = pods.flat();
  const absorbed = new Set<ServerReading>();
  const fromFields = fieldModels
    .filter((found) => !(found.isFallback === true && containers.some((read) => namesModel(read, found.scope))))
    .map((found) => fieldModel(found, containers, absorbed));
  const fromContainers = pods.flatMap((pod) => modelsOfPod(pod, absorbed, fromFields.length > 0));
  return distinct([...fromFields, ...fromContainers]);
}

function namesModel({ container, servers }: ReadContainer, scope: string): boolean {
  return isInScope(container.path, scope) && servers.some(({ source, isServer }) => isServer && source !== undefined);
}

/** The field's model, with what the containers that serve it add: quantization, adapters, problems. */
function fieldModel(found: FieldModel, containers: readonly ReadContainer[], absorbed: Set<ServerReading>): KeyedModel {
  const readings = containers
    .filter(({ container }) => isInScope(container.path, found.scope))
    .flatMap(({ container, servers }) => servers.filter((reading) => serves(reading, container, found)));
  for (const reading of readings) absorbed.add(reading);
  const quantizations = new Set([found, ...readings].flatMap(({ quantization }) => quantization ?? []));
  const revisions = new Set(
    [found, ...(found.takesRevision === true ? readings : [])].flatMap(({ revision }) => revision ?? []),
  );
  const problem =
    found.problem ??
    readings.find((reading) => reading.problem !== undefined && !lacksOnlyModel(reading))?.problem ??
    (quantizations.size > 1 || revisions.size > 1 ? "its containers differ in what they load" : undefined);
  const [quantization] = quantizations;
  const [revision] = revisions;
  const source: Source =
    found.source === undefined ? { kind: "place", text: "", isLocal: false } : readSource(found.source);
  const adapters = [...(found.adapters ?? []), ...readings.flatMap((reading) => reading.adapters)];
  return keyed(
    source,
    { revision, quantization, adapters, hiddenAdapters: found.hiddenAdapters, problem, field: found.field },
    found.container,
    found.source ?? found.field,
  );
}

/** A command that loads a local path, or that only adds settings to the model's own container. */
function serves(reading: ServerReading, container: Container, found: FieldModel): boolean {
  if (reading.source === undefined) return container.path === found.container || reading.isServer;
  const source = readSource(reading.source);
  return source.kind === "place" && source.isLocal;
}

/** The operator adds the model to a command that does not name it. */
function lacksOnlyModel({ problem }: ServerReading): boolean {
  return problem === "the server's command names no model";
}

function modelsOfPod(
  pod: readonly ReadContainer[],
  absorbed: ReadonlySet<ServerReading>,
  hasFieldModels: boolean,
): KeyedModel[] {
  const found = pod.flatMap(({ container, servers, volumes }) =>
    servers
      .filter((reading) => reading.isServer && !absorbed.has(reading))
      .map((reading) => serverModel(reading, container, volumes)),
  );
  if (found.length > 0 || hasFieldModels) return found;
  // No server was recognised: what the pod mounts or downloads as a model is what it runs.
  return pod.flatMap(({ container, volumes }, at) => {
    const locations = [...mountedImages(container, volumes), ...(at === 0 ? volumes.downloads.values() : [])];
    return locations.map(({ source, key, field }) =>
      keyed(source, { ...nothing, field: field ?? container.path }, container.path, key),
    );
  });
}

function serverModel(reading: ServerReading, container: Container, volumes: Volumes): KeyedModel {
  if (reading.source === undefined) {
    const problem = reading.problem ?? "the model server does not say what it loads";
    return keyed({ kind: "unreadable", problem }, reading, container.path, container.path);
  }
  const source = readSource(reading.source);
  const isLocal = source.kind === "place" && source.isLocal && !reading.source.includes("://");
  const location: Location | undefined = isLocal ? locate(reading.source, container, volumes) : undefined;
  const isNamed = location?.source.kind === "named";
  const field = location?.field ?? reading.field;
  const settings = { ...reading, revision: isNamed ? undefined : reading.revision, field };
  return keyed(location?.source ?? source, settings, container.path, `${reading.source} ${location?.key ?? ""}`);
}

type Settings = Pick<ServerReading, "revision" | "quantization" | "adapters" | "problem" | "field"> &
  Pick<FieldModel, "hiddenAdapters">;
const nothing: Settings = { revision: undefined, quantization: undefined, adapters: [], problem: undefined, field: "" };

function keyed(source: Source, settings: Settings, container: string, placeKey: string): KeyedModel {
  const named = source.kind === "named" ? source : undefined;
  const { revision, quantization, hiddenAdapters, problem, field } = settings;
  const differs = named?.version !== undefined && revision !== undefined && named.version !== revision;
  const model: RunningModel = {
    name: named?.name,
    version: named === undefined || named.digest !== undefined ? undefined : (named.version ?? revision),
    digest: named?.digest,
    quantization,
    adapters: [...new Set(settings.adapters)].toSorted(),
    ...(hiddenAdapters !== undefined && { hiddenAdapters }),
    unreadable:
      (source.kind === "unreadable" ? source.problem : undefined) ??
      problem ??
      (differs ? "two revisions are given" : undefined),
    field,
    container,
  };
  return { model, key: named === undefined ? placeKey : "" };
}

function distinct(found: readonly KeyedModel[]): RunningModel[] {
  if (found.length < 2) return found.map(({ model }) => model);
  const byContent = new Map<string, RunningModel>();
  for (const { model, key } of found) {
    const { name, version, digest, quantization, adapters, hiddenAdapters, unreadable } = model;
    const content = JSON.stringify([key, name, version, digest, quantization, adapters, hiddenAdapters, unreadable]);
    if (!byContent.has(content)) byContent.set(content, model);
  }
  return [...byContent.values()];
}

function isInScope(path: string, scope: string): boolean {
  return path === scope || path.startsWith(`${scope}.`) || path.startsWith(`${scope}[`);
}
