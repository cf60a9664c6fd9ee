import type { NonEmpty } from "../non-empty.ts";
import type { ImagePattern } from "../patterns.ts";
import type { WorkloadSources } from "../workload-sources.ts";
import { nothingDeclared, readDeclared, type Declaration } from "./declared.ts";
import type { ModelIdentity } from "../model-identity.ts";
import { show } from "../show.ts";
import { modelNameAnnotation, type ModelGap, type RunningModel, type Workload } from "../workload.ts";

type Declarations = { readonly name: Declaration; readonly version: Declaration };

/** The models that a workload must prove, at least one: a workload that names none runs one that is unknown. */
export function identifyModels(workload: Workload, sources: WorkloadSources): NonEmpty<ModelIdentity> {
  const declared: Declarations = {
    name: readDeclared(workload, sources.modelName),
    version: readDeclared(workload, sources.modelVersion),
  };
  const [first, ...rest] = workload.models.map((model) => readModel(model, workload, sources));
  if (first === undefined) return [identifyModel(nothingRuns(workload, sources), declared, undefined, sources)];
  const models = [first, ...rest];
  const owner = ownerOfDeclaration(models, declared.name.value);
  const strayName = owner === undefined ? declared.name.value : undefined;
  const identify = (model: ReadModel, at: number): ModelIdentity => {
    const isOwner = owner === at || models.length === 1;
    return identifyModel(model, isOwner ? declared : withoutDeclaration(declared), strayName, sources);
  };
  return [identify(first, 0), ...rest.map((model, at) => identify(model, at + 1))];
}

/** The environment that the workload is in, by the policy's sources: by default a label of its namespace. */
export function readEnvironment(workload: Workload, sources: WorkloadSources): Declaration {
  return readDeclared(workload, sources.environment);
}

/** A model before anything is declared about it. */
interface ReadModel {
  readonly running: Omit<RunningModel, "gap" | "container">;
  readonly gap: ModelIdentity["gap"];
  readonly isFillable: boolean;
  /** Its own name or, where it has none and the policy lets a declaration stand in, its aliases. */
  readonly names: readonly string[];
}

function readModel(running: RunningModel, workload: Workload, sources: WorkloadSources): ReadModel {
  const gap = findGap(running);
  const isFillable = gap !== undefined && canFill(gap, running.container, workload, sources);
  const { name } = running;
  if (name !== undefined) return { running, gap, isFillable, names: [name] };
  return { running, gap, isFillable, names: isFillable ? listAliases(running, workload, sources) : [] };
}

/** What cannot be read is opaque, whatever else is said of it, but for an image: that nobody reads its entry point is what it is. */
function findGap({ unreadable, gap, name }: RunningModel): ModelGap | undefined {
  if (gap !== "image" && unreadable !== undefined) return "opaque";
  return gap ?? (name === undefined ? "place" : undefined);
}

/** A policy that lists an image vouches for what its entry point does, too. */
function canFill(gap: ModelGap, container: string, workload: Workload, { declared, images }: WorkloadSources): boolean {
  if (declared.names.has(gap)) return true;
  return gap === "image" && images !== undefined && isImageListed(container, workload, images);
}

function isImageListed(container: string, { images = [] }: Workload, listed: NonEmpty<ImagePattern>): boolean {
  const own = images.filter((image) => image.container === container);
  return own.length > 0 && own.every((image) => listed.some((pattern) => pattern.matches(image.reference ?? "")));
}

/** A served name is an alias, not an identity: anyone can serve any model under any name. */
function listAliases({ container }: RunningModel, workload: Workload, { modelName }: WorkloadSources): string[] {
  const flags = modelName.flatMap(({ argument }) => argument ?? []);
  if (flags.length === 0) return [];
  const values = workload.arguments
    .filter((flag) => flag.container === container && flags.includes(flag.name) && flag.value !== "")
    .map(({ value }) => value);
  return [...new Set(values)];
}

/** Something may run a model nevertheless: an image that starts by itself, or what nobody can read. */
function nothingRuns(workload: Workload, { modelName: [first], declared }: WorkloadSources): ReadModel {
  const field = `${workload.metadata[0].path}.annotations[${first.annotation ?? modelNameAnnotation}]`;
  return {
    running: { ...silent, field },
    gap: "nothing",
    isFillable: declared.names.has("image") || declared.names.has("opaque"),
    names: [],
  };
}

const silent = {
  name: undefined,
  version: undefined,
  digest: undefined,
  quantization: undefined,
  adapters: [],
  unreadable: undefined,
} as const;

/** Which of several models a declaration is about: the one it names, else the only one whose name nothing else tells. */
function ownerOfDeclaration(models: readonly ReadModel[], declaredName: string | undefined): number | undefined {
  if (declaredName === undefined) return undefined;
  const named = models.findIndex(({ names }) => names.includes(declaredName));
  if (named !== -1) return named;
  const nameless = models.flatMap(({ names }, at) => (names.length === 0 ? [at] : []));
  return nameless.length === 1 ? nameless[0] : undefined;
}

function identifyModel(
  model: ReadModel,
  declared: Declarations,
  strayName: string | undefined,
  sources: WorkloadSources,
): ModelIdentity {
  const { running, gap, isFillable } = model;
  const openEnvironment = sources.acceptsOpenEnvironment ? undefined : running.openEnvironment;
  const certainty = classifyCertainty(gap, isFillable, openEnvironment);
  const declaredVersion = running.version === undefined ? declared.version.value : undefined;
  const counts = sources.declared.acceptsVersion;
  const isNamed = certainty !== "none" && (gap === undefined || isFillable);
  return {
    names: isNamed ? listNames(model, declared.name) : [],
    version: certainty === "none" ? undefined : (running.version ?? (counts ? declaredVersion : undefined)),
    digest: certainty === "all" ? running.digest : undefined,
    quantization: certainty === "all" ? running.quantization : undefined,
    adapters: certainty === "all" ? running.adapters : undefined,
    hiddenAdapters: running.hiddenAdapters,
    gap,
    isFillable,
    unreadable: running.unreadable,
    openEnvironment,
    refusedVersion: counts ? undefined : declaredVersion,
    nameConflict: isNamed ? conflictOfNames(model, declared.name, strayName) : undefined,
    versionConflict: certainty === "none" ? undefined : conflictOfVersions(running.version, declared.version),
    field: running.field,
    sources,
  };
}

/**
 * What can be relied on. `all`: everything that what runs says. `declared`: a declaration may name the model and its version,
 * and nobody says more, because what would say it is inside an image or cannot be read. `none`: not even that.
 */
function classifyCertainty(
  gap: ModelIdentity["gap"],
  isFillable: boolean,
  openEnvironment: string | undefined,
): "all" | "declared" | "none" {
  if (openEnvironment !== undefined) return "none";
  if (gap === undefined || gap === "place") return "all";
  return isFillable || gap === "image" ? "declared" : "none";
}

function listNames({ names }: ReadModel, { value }: Declaration): readonly string[] {
  return names.length > 0 || value === undefined ? names : [value];
}

function conflictOfNames({ names }: ReadModel, name: Declaration, strayName: string | undefined): string | undefined {
  const contradicted = name.value ?? strayName;
  if (contradicted === undefined || names.length === 0 || names.includes(contradicted)) return name.conflict;
  return `declared as ${show(contradicted)}, but the workload runs ${show(names[0])}`;
}

function conflictOfVersions(running: string | undefined, { value, conflict }: Declaration): string | undefined {
  if (value === undefined || running === undefined || value === running) return conflict;
  return `declared as version ${show(value)}, but the workload runs version ${show(running)}`;
}

/** For a model that the declaration is not about. A contradiction within the declaration concerns every model. */
function withoutDeclaration({ name, version }: Declarations): Declarations {
  return {
    name: { ...nothingDeclared, conflict: name.conflict },
    version: { ...nothingDeclared, conflict: version.conflict },
  };
}
