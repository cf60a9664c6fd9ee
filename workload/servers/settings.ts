import { isFields } from "../shape.ts";
import { type Adapter, readAdapter } from "../adapter.ts";
import type { CommandLine } from "../flags/command-line.ts";
import { type Environment, isOpaque, listOpaqueNames } from "../expansion.ts";

/** What one setting was given, or why that cannot be known. Both undefined: it was not given. */
export interface Setting {
  readonly value: string | undefined;
  readonly problem: string | undefined;
  /** The flag or variable that decided. */
  readonly by: string | undefined;
}

/** Neither a flag nor a variable gives it. */
export const notGiven: Setting = { value: undefined, problem: undefined, by: undefined };

/**
 * All flags that mean the same must agree, and so must the variables whose own flag is not given: that of another flag is no
 * answer to them, see {@link Settings}.
 */
export function readSetting(
  line: Pick<CommandLine, "flags">,
  flagNames: readonly string[],
  env: Environment,
  variables: readonly string[],
): Setting {
  let setting = notGiven;
  for (const { name, values } of line.flags) {
    if (flagNames.includes(name)) setting = combineSettings(setting, name, values.length === 1 ? values[0] : undefined);
  }
  if (variables.length === 0) return setting;
  for (const name of findOpenSettings(line, flagNames, variables)) {
    const value = env.values.get(name);
    if (value !== undefined && value !== "") setting = combineSettings(setting, name, value);
  }
  return setting;
}

/** The variables whose own flag the line does not give. */
export function findOpenSettings(
  { flags }: Pick<CommandLine, "flags">,
  flagNames: readonly string[],
  variables: readonly string[],
): readonly string[] {
  return variables.filter((_name, at) => {
    const own = flagNames[Math.min(at, flagNames.length - 1)];
    return own === undefined || !flags.some(({ name }) => name === own);
  });
}

/** A setting with one more value: all that are given must be the same. */
export function combineSettings(before: Setting, by: string, value: string | undefined): Setting {
  if (before.problem !== undefined) return before;
  if (value === undefined) return { value: undefined, problem: `${by} does not have exactly one value`, by };
  if (isOpaque(value)) return { value: undefined, problem: `${by} comes from ${listOpaqueNames(value)}`, by };
  if (before.by !== undefined && before.value !== value) {
    return {
      value: undefined,
      problem: before.by === by ? `${by} is given twice` : `${before.by} and ${by} differ`,
      by,
    };
  }
  return { value, problem: undefined, by };
}

/** The adapters that a server is told to load. */
export interface Adapters {
  readonly adapters: readonly Adapter[];
  readonly problem: string | undefined;
}

const noAdapters: Adapters = { adapters: [], problem: undefined };

/** Every adapter that flags or, without any, variables name. A flag that is given twice counts by its last, by its first, or by both: so it must agree. */
export function readAdapters(
  { flags }: Pick<CommandLine, "flags">,
  flagNames: readonly string[],
  env: Environment,
  variables: readonly string[],
): Adapters {
  const adapters: Adapter[] = [];
  for (const flag of flagNames) {
    const given = flags.filter(({ name }) => name === flag).map(({ values }) => values);
    const read = readLists(given);
    if (read.problem !== undefined) return read;
    for (const adapter of read.adapters) adapters.push(adapter);
  }
  if (adapters.length > 0 || flags.some(({ name }) => flagNames.includes(name)))
    return { adapters, problem: undefined };
  return variables.length === 0 ? noAdapters : readLists(variables.map((name) => [env.values.get(name) ?? ""]));
}

function readLists(given: readonly (readonly string[])[]): Adapters {
  const distinct = new Set(given.map((values) => values.join(" ")).filter((text) => text !== ""));
  if (distinct.size === 0) return noAdapters;
  if (distinct.size > 1) return { adapters: [], problem: "adapters are given twice" };
  const adapters: Adapter[] = [];
  for (const word of given.find((values) => values.join("") !== "") ?? []) {
    if (isOpaque(word)) return { adapters: [], problem: `adapters come from ${listOpaqueNames(word)}` };
    const read = parseAdapters(word);
    if (read === undefined)
      return { adapters: [], problem: "adapters are given as a list or JSON that cannot be read" };
    for (const adapter of read) adapters.push(adapter);
  }
  return { adapters, problem: undefined };
}

/** `name=path`, `path`, several of them separated by commas, or JSON with `name` and `path`. */
function parseAdapters(word: string): Adapter[] | undefined {
  if (word.length > maxCharacters) return undefined;
  if (/^\s*[[{]/.test(word)) return adaptersInJson(word);
  return word
    .split(",")
    .filter((item) => item !== "")
    .map((item) => {
      const equals = item.indexOf("=");
      return equals === -1 ? readAdapter(item, item) : readAdapter(item.slice(0, equals), item.slice(equals + 1));
    });
}

/** A longer list than this names more adapters than a server holds. */
const maxCharacters = 64 * 1024;

function adaptersInJson(text: string): Adapter[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const items: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    const adapters = items.map((item) => {
      const { name, path } = isFields(item) ? item : {};
      return typeof name === "string" && typeof path === "string"
        ? [readAdapter(name, path)]
        : adaptersByModality(item);
    });
    return adapters.every((list) => list !== undefined) ? adapters.flat() : undefined;
  } catch {
    return undefined;
  }
}

/** vLLM's `--default-mm-loras`: `{"audio": "owner/adapter"}`. */
function adaptersByModality(item: unknown): Adapter[] | undefined {
  if (!isFields(item) || Object.hasOwn(item, "name") || Object.hasOwn(item, "path")) return undefined;
  const entries = Object.entries(item);
  const adapters = entries.flatMap(([modality, source]) =>
    typeof source === "string" ? [readAdapter(modality, source)] : [],
  );
  return adapters.length > 0 && adapters.length === entries.length ? adapters : undefined;
}

/** A template for prompts: its text, its name, or the file that holds it. */
export interface Template {
  /** The flag or variable that gives it. */
  readonly by: string;
  readonly text: string;
}

/** Every template that a server is given: of several flags any may count. */
export function readTemplates(
  templates: readonly string[],
  { flags }: Pick<CommandLine, "flags">,
  { values }: Environment,
): readonly Template[] {
  const given = flags.flatMap(({ name, values: texts }) =>
    templates.includes(name) ? texts.map((text) => ({ by: name, text })) : [],
  );
  const variables = templates.flatMap((by) => {
    const text = values.get(by);
    return text === undefined || text === "" ? [] : [{ by, text }];
  });
  return [...given, ...variables];
}
