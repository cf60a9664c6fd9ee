import type { RunningModel } from "../../policies/workload.ts";
import type { ServerReading } from "../servers/read-server.ts";
import { nameAdapters } from "../adapter.ts";
import type { Source } from "../model-source.ts";

/** A model, and what tells it apart from another one that has no name either. */
export interface KeyedModel {
  readonly model: RunningModel;
  readonly key: string;
}

/** What is said of a model besides where it comes from. */
export type Settings = Pick<
  ServerReading,
  "revision" | "quantization" | "adapters" | "problem" | "field" | "hiddenAdapters" | "openEnvironment"
>;

/** Nothing is said. */
export const nothing: Settings = {
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

/**
 * The model that a source leads to. One without a name is told apart by `placeKey`, any text that only the same place has.
 */
export function toKeyedModel(source: Source, settings: Settings, container: string, placeKey: string): KeyedModel {
  const named = source.kind === "named" ? source : undefined;
  const { revision, quantization, openEnvironment, problem, field } = settings;
  const adapters = nameAdapters(settings.adapters);
  const hiddenAdapters = settings.hiddenAdapters ?? adapters.hidden;
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
    adapters: adapters.names.length === 0 ? noAdapters : [...new Set(adapters.names)].toSorted(),
    ...(hiddenAdapters !== undefined && { hiddenAdapters }),
    unreadable: unreadable?.slice(0, maxProblemCharacters),
    ...(named === undefined && { gap: unreadable === undefined ? ("place" as const) : ("opaque" as const) }),
    ...(openEnvironment !== undefined && { openEnvironment }),
    field,
    container,
  };
  return { model, key: named === undefined ? placeKey : "" };
}

/** The same model from several places counts once. */
export function removeDuplicates(found: readonly KeyedModel[]): RunningModel[] {
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
