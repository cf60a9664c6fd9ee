import type { GivenFlag } from "../flags/command-line.ts";
import { isFields, type Fields } from "../shape.ts";

/*
 * Flags that take JSON, as vLLM and SGLang have them. Their fields may also be written behind dots:
 * `--structured-outputs-config.backend xgrammar`.
 */

/** The flag, and the field that stands behind its first dot. */
export function splitDotted(name: string): [flag: string, field: string | undefined] {
  const dot = name.indexOf(".");
  return dot === -1 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
}

const maxCharacters = 16_384;

/** The map that a text holds as JSON; undefined for anything else, and for one that is too long. */
export function parseConfig(text: string): Fields | undefined {
  try {
    const value: unknown = text.length > maxCharacters ? undefined : JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Of flags with fields that name files or code: the fields that do not. One that is not listed may be of a newer version. */
const harmlessFields: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    // The sharded loader's `pattern` may be a path of anywhere, and other loaders' fields are where the weights are.
    "--model-loader-extra-config": "concurrency memory_limit distributed enable_multithread_load num_threads",
    "--structured-outputs-config":
      "backend disable_fallback disable_any_whitespace disable_additional_properties reasoning_parser enable_in_reasoning",
  }).map(([name, fields]) => [name, new Set(fields.split(" "))]),
);

/** Flags whose values are numbers, switches and plain words. A path, or the name of code, has a slash or a dot. */
const plainValues: ReadonlySet<string> = new Set(
  (
    "--compilation-config --attention-config --kernel-config --engram-config --diffusion-config --aux-output-config " +
    "--ec-manager-config --eplb-config --fault-tolerance-config --watchdog-config --watermark-config"
  ).split(" "),
);

/** Why the value of a flag that takes JSON may change what is loaded. */
export function findProblemOfJson({ name, values }: GivenFlag): string | undefined {
  const [flag, field] = splitDotted(name);
  const fields = harmlessFields.get(flag);
  const [value = ""] = values;
  if (fields !== undefined && value !== "") {
    const named = field === undefined ? Object.keys(parseConfig(value) ?? { "": 0 }) : [field];
    const other = named.find((key) => !fields.has(key));
    if (other !== undefined)
      return `${flag} says ${other === "" ? "what cannot be read" : other}, which may change what is loaded`;
  }
  if (plainValues.has(flag) && !(field === undefined ? isPlainText(value) : isPlain(value)))
    return `${name} names a file or code`;
  return undefined;
}

/** An optimisation level, or JSON. */
function isPlainText(text: string): boolean {
  return /^\s*\{/.test(text) ? isPlain(parseConfig(text)) : isPlain(text);
}

function isPlain(value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === "string") return /^[\w:+\- ]*$/.test(value);
  if (Array.isArray(value)) return value.every(isPlain);
  return isFields(value) ? Object.values(value).every(isPlain) : true;
}
