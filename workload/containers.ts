import { type Environment, expand, opaque } from "./servers/expansion.ts";
import { splitScript } from "./servers/shell.ts";
import { type Fields, fieldsAt, isFields, listAt, type Place, placesAt, textAt, textsAt } from "./shape.ts";

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
}

const lists = ["containers", "initContainers", "ephemeralContainers"];

/** Every container of a PodSpec: also sidecars and init containers, and those that `kubectl debug` adds (T40). */
export function containerPlaces(podSpec: Fields, path: string): Place[] {
  return lists.flatMap((key) => placesAt(podSpec, key, path));
}

/** A container that is yet to be read. */
export interface ContainerPlace extends Place {
  readonly commandField?: string;
}

export function readContainer({ path, fields, commandField }: ContainerPlace): Container {
  const env = readEnvironment(fields, path);
  const command = textsAt(fields, "command", path);
  const args = textsAt(fields, "args", path);
  const words = [...command, ...args].map((word) => expand(word, env));
  const more = env.values.get(moreArguments);
  if (more !== undefined) words.push(...splitArguments(more));
  return { path, fields, commandField, hasCommand: command.length > 0, words, env };
}

/** Arguments that KServe's templates append to the server's: https://kserve.github.io/website/docs/model-serving/generative-inference/llmisvc/llmisvc-overview */
const moreArguments = "VLLM_ADDITIONAL_ARGS";

/** Split as the shell would. What it would not take as the words of one command may be anything. */
function splitArguments(text: string): readonly string[] {
  const commands = splitScript(text);
  if (commands?.length === 0) return [];
  const [only, ...others] = commands ?? [];
  return only === undefined || only.splits || others.length > 0 ? [opaque(`$${moreArguments}`)] : only.words;
}

/** Variables in order, since each may use earlier ones; of two with one name the later wins. Some operators take a map instead. */
function readEnvironment(container: Fields, path: string): Environment {
  const values = new Map<string, string>();
  const env: Environment = { values, open: listAt(container, "envFrom", path).length > 0 };
  if (isFields(container["env"])) {
    for (const name of Object.keys(container["env"]))
      values.set(name, textAt(container["env"], name, `${path}.env`) ?? "");
    return env;
  }
  for (const entry of placesAt(container, "env", path)) {
    const name = textAt(entry.fields, "name", entry.path);
    if (name === undefined) continue;
    const isElsewhere = fieldsAt(entry.fields, "valueFrom", entry.path) !== undefined;
    values.set(name, isElsewhere ? opaque(`$(${name})`) : expand(textAt(entry.fields, "value", entry.path) ?? "", env));
  }
  return env;
}
