import { isWithin } from "../file-path.ts";
import { namesNoModel, type ServerReading } from "../servers/read-server.ts";
import type { FieldModel } from "./field-model.ts";
import { toKeyedModel, type KeyedModel } from "./keyed-model.ts";
import { isInMountedFolder } from "./locate.ts";
import { findOperatorChange } from "./operator-files.ts";
import type { ReadContainer, ReadPod } from "./read-pod.ts";
import { readSource, type Source } from "../model-source.ts";

/** The field's model, with what the containers that serve it add: quantization, adapters, problems. */
export function readFieldModel(
  found: FieldModel,
  pods: readonly ReadPod[],
  absorbed: Set<ServerReading>,
  served: Set<ReadContainer>,
): KeyedModel {
  const inScope = ({ container }: ReadContainer): boolean => isInScope(container.path, found.scope);
  const scoped = pods.filter(({ containers }) => containers.some(inScope));
  const serving = scoped.flatMap(({ containers }) => containers.filter(inScope));
  const readings = serving.flatMap((read) => listReadings(found, read, served));
  for (const reading of readings) absorbed.add(reading);
  const quantizations = new Set([found, ...readings].flatMap(({ quantization }) => quantization ?? []));
  const revisions = new Set(
    [found, ...(found.takesRevision === true ? readings : [])].flatMap(({ revision }) => revision ?? []),
  );
  const problem =
    found.problem ??
    readings.find((reading) => reading.problem !== undefined && reading.problem !== namesNoModel)?.problem ??
    problemOfServing(
      found,
      serving.filter((read) => served.has(read)),
    ) ??
    findOperatorChange(found, scoped, served) ??
    (quantizations.size > 1 || revisions.size > 1 ? "its containers differ in what they load" : undefined);
  const [quantization] = quantizations;
  const [revision] = revisions;
  const source: Source =
    found.source === undefined ? { kind: "place", text: "", isLocal: false } : readSource(found.source);
  const adapters = [...(found.adapters ?? []), ...readings.flatMap((reading) => reading.adapters)];
  const hiddenAdapters = found.hiddenAdapters ?? readings.find((reading) => reading.hiddenAdapters)?.hiddenAdapters;
  const openEnvironment = readings.find((reading) => reading.openEnvironment !== undefined)?.openEnvironment;
  const { model, key } = toKeyedModel(
    source,
    { revision, quantization, adapters, hiddenAdapters, problem, openEnvironment, field: found.field },
    found.container,
    found.source ?? found.field,
  );
  return { model: found.isInImage === true && model.gap === "place" ? { ...model, gap: "image" } : model, key };
}

/** True for a path in the object at or below another one. */
export function isInScope(path: string, scope: string): boolean {
  return path === scope || path.startsWith(`${scope}.`) || path.startsWith(`${scope}[`);
}

/** What a container says of the field's model; it is noted where the container serves that. */
function listReadings(found: FieldModel, read: ReadContainer, served: Set<ReadContainer>): ServerReading[] {
  const isNamed = read.container.path === found.container;
  const own = read.servers.filter((reading) => serves(reading, found));
  if (own.length > 0 || isNamed || isRuntimes(read)) served.add(read);
  return isNamed && read.settings !== undefined ? [...own, read.settings] : own;
}

function problemOfServing({ mountedAt }: FieldModel, serving: readonly ReadContainer[]): string | undefined {
  return (
    serving.find(isHidden)?.opaque ??
    serving.find(({ replaced }) => replaced !== undefined)?.replaced ??
    mountedOver(serving, mountedAt)
  );
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
