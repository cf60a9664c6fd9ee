import type { Digest } from "./digest.ts";
import { has, type NonEmpty, type WorkloadSources } from "./policy.ts";
import type { ValueSource } from "./policy-schema.ts";
import { show } from "./show.ts";
import { modelNameAnnotation, type RunningModel, type Workload } from "./workload.ts";

/** Which model a workload runs, as one policy reads it. What runs speaks first; a declaration fills what it leaves open. */
export interface ModelIdentity {
  /** Every name that counts, strongest first: what runs, then aliases the policy accepts, then the declaration. Empty: unknown. */
  readonly names: readonly string[];
  readonly version: string | undefined;
  /** By which the workload names the model; undefined where it names it by tag, or not as an OCI artifact. */
  readonly digest: Digest | undefined;
  readonly quantization: string | undefined;
  readonly adapters: readonly string[];
  /** Says what may load further adapters, where that stands outside the workload. */
  readonly hiddenAdapters: string | undefined;
  /** Says why the name or version cannot be known, where something is loaded that cannot be read at admission. */
  readonly unreadable: string | undefined;
  /** Say what contradicts what. */
  readonly nameConflict: string | undefined;
  readonly versionConflict: string | undefined;
  readonly field: string;
}

/** What the workload declares, by one list of sources. Several different values at the deciding source are a contradiction. */
export type Declared = {
  readonly value: string | undefined;
  readonly conflict: string | undefined;
  readonly namespaceUnknown: boolean;
};

type Declarations = { readonly name: Declared; readonly version: Declared };

/** The models that a workload must prove, at least one: a workload that names none runs one that is unknown. */
export function identifyModels(workload: Workload, sources: WorkloadSources): NonEmpty<ModelIdentity> {
  const declared: Declarations = {
    name: readDeclared(workload, sources.modelName),
    version: readDeclared(workload, sources.modelVersion),
  };
  const [first, ...rest] = workload.models;
  if (first === undefined) return [declaredOnly(workload, sources, declared)];
  const flags = sources.modelName.flatMap(({ argument }) => argument ?? []);
  const accepted = workload.models.map((model) => acceptedNames(model, flags, workload));
  const owner = ownerOfDeclaration(workload.models, accepted, declared.name.value);
  const identify = (model: RunningModel, at: number): ModelIdentity => {
    const isOwner = owner === at || workload.models.length === 1;
    return identifyModel(
      model,
      accepted[at] ?? [],
      isOwner ? declared : withoutDeclaration(declared),
      owner === undefined ? declared.name.value : undefined,
    );
  };
  return [identify(first, 0), ...rest.map((model, at) => identify(model, at + 1))];
}

/** The environment that the workload is in, by the policy's sources: by default a label of its namespace. */
export function readEnvironment(workload: Workload, sources: WorkloadSources): Declared {
  return readDeclared(workload, sources.environment);
}

/** The first source with a value. A namespace label that could not be looked up ends the search: a weaker source must not step in. */
export function readDeclared(workload: Workload, sources: readonly ValueSource[]): Declared {
  for (const source of sources) {
    if (source.namespaceLabel !== undefined && workload.namespaceLabels === undefined) {
      return { value: undefined, conflict: undefined, namespaceUnknown: true };
    }
    const values = [...new Set(valuesAt(workload, source).filter((value) => value !== ""))];
    const [value] = values;
    if (values.length > 1) {
      return {
        value: undefined,
        conflict: `declared as ${values.map(show).join(" and as ")} in different places`,
        namespaceUnknown: false,
      };
    }
    if (value !== undefined) return { value, conflict: undefined, namespaceUnknown: false };
  }
  return { value: undefined, conflict: undefined, namespaceUnknown: false };
}

/** Flags are read per model server, by {@link acceptedNames}, when there is one; here they serve a workload without. */
function valuesAt(
  { metadata, namespaceLabels = {}, arguments: flags, models }: Workload,
  source: ValueSource,
): string[] {
  const { annotation, label, namespaceLabel, argument } = source;
  if (annotation !== undefined)
    return metadata.flatMap(({ annotations }) => (has(annotations, annotation) ? [annotations[annotation] ?? ""] : []));
  if (label !== undefined) return metadata.flatMap(({ labels }) => (has(labels, label) ? [labels[label] ?? ""] : []));
  if (namespaceLabel !== undefined)
    return has(namespaceLabels, namespaceLabel) ? [namespaceLabels[namespaceLabel] ?? ""] : [];
  return models.length > 0 ? [] : flags.filter(({ name }) => name === argument).map(({ value }) => value);
}

/** A served name is an alias, not an identity: it is here only because the policy lists its flag. */
function acceptedNames({ name, container }: RunningModel, flags: readonly string[], workload: Workload): string[] {
  const aliases = workload.arguments
    .filter((flag) => flag.container === container && flags.includes(flag.name))
    .map(({ value }) => value);
  return [...new Set(name === undefined ? aliases : [name, ...aliases])];
}

/** Which of several models a declaration is about: the one it names, else the only one whose name nothing else tells. */
function ownerOfDeclaration(
  models: readonly RunningModel[],
  accepted: readonly string[][],
  declaredName: string | undefined,
): number | undefined {
  if (declaredName === undefined) return undefined;
  const named = accepted.findIndex((names) => names.includes(declaredName));
  if (named !== -1) return named;
  const nameless = models.flatMap((_, at) => (accepted[at]?.length === 0 ? [at] : []));
  return nameless.length === 1 ? nameless[0] : undefined;
}

function identifyModel(
  running: RunningModel,
  names: readonly string[],
  declared: Declarations,
  strayName: string | undefined,
): ModelIdentity {
  const { name, version } = declared;
  const contradicted = name.value ?? strayName;
  const nameConflict =
    contradicted !== undefined && names.length > 0 && !names.includes(contradicted)
      ? `declared as ${show(contradicted)}, but the workload runs ${show(names[0])}`
      : name.conflict;
  const versionConflict =
    version.value !== undefined && running.version !== undefined && version.value !== running.version
      ? `declared as version ${show(version.value)}, but the workload runs version ${show(running.version)}`
      : version.conflict;
  return {
    names: names.length > 0 || name.value === undefined ? names : [name.value],
    version: running.version ?? version.value,
    digest: running.digest,
    quantization: running.quantization,
    adapters: running.adapters,
    hiddenAdapters: running.hiddenAdapters,
    unreadable: running.unreadable,
    nameConflict,
    versionConflict,
    field: running.field,
  };
}

function declaredOnly(workload: Workload, sources: WorkloadSources, { name, version }: Declarations): ModelIdentity {
  const [first] = sources.modelName;
  return {
    names: name.value === undefined ? [] : [name.value],
    version: version.value,
    digest: undefined,
    quantization: undefined,
    adapters: [],
    hiddenAdapters: undefined,
    unreadable: undefined,
    nameConflict: name.conflict,
    versionConflict: version.conflict,
    field: `${workload.metadata[0].path}.annotations[${first.annotation ?? modelNameAnnotation}]`,
  };
}

const nothing: Declared = { value: undefined, conflict: undefined, namespaceUnknown: false };

/** For a model that the declaration is not about. A contradiction within the declaration concerns every model. */
function withoutDeclaration({ name, version }: Declarations): Declarations {
  return { name: { ...nothing, conflict: name.conflict }, version: { ...nothing, conflict: version.conflict } };
}
