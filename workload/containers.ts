import type { Budget } from "./budget.ts";
import { type Environment, expand, expandToOneWord, toOpaque } from "./expansion.ts";
import { type Fields, getFields, isFields, getList, type Place, listPlaces, getText, getTexts } from "./shape.ts";

/** What a container runs, with `$(VAR)` expanded. Texts may be opaque, see expansion.ts. */
export interface Container {
  readonly path: string;
  readonly fields: Fields;
  /** Where its command line stands, if not in `command` and `args`. */
  readonly commandField: string | undefined;
  /** False: the image's own entry point runs, and `words` are its arguments. */
  readonly hasCommand: boolean;
  /** `command`, then `args`. */
  readonly words: readonly string[];
  readonly env: Environment;
  /** Commands that run in it besides: hooks and probes. */
  readonly hooks: readonly Hook[];
  /** Requests that the kubelet makes for hooks and probes. */
  readonly requests: readonly Request[];
  readonly workingDir: string | undefined;
}

/** A command that the kubelet runs in a container: a hook or a probe. */
export interface Hook {
  readonly path: string;
  readonly words: readonly string[];
}

/** A request of a hook or a probe. `target`: its path and query, as written. */
export interface Request {
  readonly path: string;
  readonly target: string;
}

const lists = ["containers", "initContainers", "ephemeralContainers"];

/** Every container of a PodSpec: also sidecars and init containers, and those that `kubectl debug` adds (T40). */
export function findContainers(podSpec: Fields, path: string): Place[] {
  return lists.flatMap((key) => listPlaces(podSpec, key, path));
}

/** A container that is yet to be read. */
export interface ContainerPlace extends Place {
  readonly commandField?: string;
}

/** The keys of a config map by its name; undefined where they are not known. */
export type ConfigMapKeys = (name: string) => readonly string[] | undefined;

/** What is known beside the container. */
export interface ContainerSurroundings {
  readonly configMapKeys?: ConfigMapKeys | undefined;
  /** Variables that an operator sets in every container, each to one word that names no model. */
  readonly variables?: readonly string[];
}

/**
 * What a container is given: its words, its environment, its hooks. Throws a WorkloadError for what is not of its
 * shape.
 */
export function readContainer(
  { path, fields, commandField }: ContainerPlace,
  budget: Budget,
  surroundings: ContainerSurroundings = {},
): Container {
  const env = readEnvironment(fields, path, budget, surroundings);
  const command = getTexts(fields, "command", path);
  const args = getTexts(fields, "args", path);
  budget.spend("words", command.length + args.length, path);
  const words = [...command, ...args].map((word) => expand(word, env, budget, path));
  return {
    path,
    fields,
    commandField,
    hasCommand: command.length > 0,
    words,
    env,
    ...readHandlers(fields, path, budget),
    workingDir: counted(getText(fields, "workingDir", path), budget, path),
  };
}

function counted(text: string | undefined, budget: Budget, path: string): string | undefined {
  budget.spend("expandedCharacters", text?.length ?? 0, path);
  return text;
}

/** Variables in order, since each may use earlier ones; of two with one name the later wins. Some operators take a map instead. */
function readEnvironment(
  container: Fields,
  path: string,
  budget: Budget,
  { configMapKeys, variables = [] }: ContainerSurroundings,
): Environment {
  const values = new Map<string, string>();
  for (const name of variables) values.set(name, expandToOneWord(name));
  const env: Environment = { values, ...readSources(container, path, budget, values, configMapKeys) };
  if (isFields(container["env"])) {
    const names = Object.keys(container["env"]);
    budget.spend("variables", names.length, path);
    for (const name of names)
      values.set(name, counted(getText(container["env"], name, `${path}.env`), budget, path) ?? "");
    return env;
  }
  const entries = listPlaces(container, "env", path);
  budget.spend("variables", entries.length, path);
  for (const entry of entries) {
    const name = getText(entry.fields, "name", entry.path);
    if (name === undefined) continue;
    const elsewhere = getFields(entry.fields, "valueFrom", entry.path);
    const written = getText(entry.fields, "value", entry.path) ?? "";
    const value = elsewhere === undefined ? expand(written, env, budget, entry.path) : valueFrom(name, elsewhere);
    values.set(name, value);
  }
  return env;
}

/** Facts of the pod that are one word each, whatever they are. Labels and annotations are written by the requester. */
const podFacts =
  /^(?:metadata\.(?:name|namespace|uid)|spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIPs?|podIPs?)|metadata\.labels\['(?:apps\.kubernetes\.io\/pod-index|batch\.kubernetes\.io\/job-completion-index|leaderworkerset\.sigs\.k8s\.io\/[a-z-]+|jobset\.sigs\.k8s\.io\/[a-z-]+)'\])$/;

/** https://kubernetes.io/docs/concepts/workloads/pods/downward-api/ */
function valueFrom(name: string, { fieldRef, resourceFieldRef }: Fields): string {
  const fact = isFields(fieldRef) ? fieldRef["fieldPath"] : undefined;
  const isOneWord = isFields(resourceFieldRef) || (typeof fact === "string" && podFacts.test(fact));
  return isOneWord ? expandToOneWord(name) : toOpaque(`$(${name})`);
}

/**
 * Whole config maps and secrets. A `prefix` rules out every variable that does not begin with it; a config map whose keys are
 * known sets those and no others, to values that are not known.
 */
function readSources(
  container: Fields,
  path: string,
  budget: Budget,
  values: Map<string, string>,
  configMapKeys: ConfigMapKeys = () => undefined,
): Pick<Environment, "open" | "prefixes"> {
  if (getList(container, "envFrom", path).length === 0) return closed;
  const sources = listPlaces(container, "envFrom", path);
  budget.spend("variables", sources.length, path);
  const prefixes = new Set<string>();
  for (const { fields, path: at } of sources) {
    const prefix = getText(fields, "prefix", at) ?? "";
    const map = getFields(fields, "configMapRef", at);
    const keys = map && configMapKeys(getText(map, "name", `${at}.configMapRef`) ?? "");
    if (keys === undefined) prefixes.add(prefix);
    budget.spend("variables", keys?.length ?? 0, at);
    for (const key of keys ?? []) values.set(`${prefix}${key}`, toOpaque(`$(${prefix}${key})`));
  }
  if (prefixes.size === 0) return closed;
  return prefixes.has("") || prefixes.size > maxPrefixes ? { open: true } : { open: true, prefixes: [...prefixes] };
}

const closed = { open: false } as const;
/** So that asking for one variable costs no more than a few comparisons. With more, anything may be set. */
const maxPrefixes = 16;

const probes = ["startupProbe", "livenessProbe", "readinessProbe"];
const noHandlers: Pick<Container, "hooks" | "requests"> = { hooks: [], requests: [] };

function readHandlers(container: Fields, path: string, budget: Budget): Pick<Container, "hooks" | "requests"> {
  const lifecycle = getFields(container, "lifecycle", path);
  const at = `${path}.lifecycle`;
  const handlers = [
    ...(lifecycle === undefined ? [] : ["postStart", "preStop"].map((key) => findHandler(lifecycle, key, at))),
    ...probes.map((key) => (container[key] === undefined ? undefined : findHandler(container, key, path))),
  ].filter((handler) => handler !== undefined);
  if (handlers.length === 0) return noHandlers;
  return {
    hooks: handlers.flatMap((handler) => readHook(handler, budget)),
    requests: handlers.flatMap((handler) => readRequest(handler, budget)),
  };
}

function findHandler(parent: Fields, key: string, path: string): Place | undefined {
  const fields = getFields(parent, key, path);
  return fields && { path: `${path}.${key}`, fields };
}

function readHook({ path, fields }: Place, budget: Budget): Hook[] {
  const exec = getFields(fields, "exec", path);
  if (exec === undefined) return [];
  const words = getTexts(exec, "command", `${path}.exec`);
  budget.spend("words", words.length, path);
  return [{ path: `${path}.exec.command`, words }];
}

function readRequest({ path, fields }: Place, budget: Budget): Request[] {
  const get = getFields(fields, "httpGet", path);
  const target = get && counted(getText(get, "path", `${path}.httpGet`), budget, path);
  return target === undefined ? [] : [{ path: `${path}.httpGet.path`, target }];
}
