import { parse } from "yaml";
import * as z from "zod";
import { defaultAnnotationKeys } from "../../policies/annotation-keys.ts";
import { parseDigest } from "../../policies/digest.ts";
import type { AnnotationField } from "../../policies/schema/policy.ts";
import { show } from "../../policies/show.ts";
import { parseRfc3339 } from "../../policies/time.ts";
import type { StringMap } from "../../policies/workload.ts";
import { UsageError } from "../failure.ts";

/** What an evaluation says of itself, as options. The names are those of the annotations behind `dev.assaygate.`. */
export const fieldOptions = {
  model: { type: "string", value: "NAME", help: "the model's name, as workloads give it" },
  "model-version": { type: "string", value: "VERSION", help: "the model's version" },
  "model-family": { type: "string", value: "FAMILY", help: "the model's family" },
  "model-digest": {
    type: "string",
    value: "DIGEST",
    help: "the model's own sha256 digest; becomes the artifact's subject, too",
  },
  "model-adapters": { type: "string", value: "A,B", help: "the adapters that it was evaluated with" },
  quantization: { type: "string", value: "NAME", help: "how it was quantized" },
  "prompt-digest": { type: "string", value: "DIGEST", help: "the sha256 digest of the system prompt" },
  environment: { type: "string", value: "NAME", help: "where it was evaluated, such as staging" },
  "hardware-class": { type: "string", value: "A,B", help: "what it was evaluated on, such as nvidia-h100" },
  "compliance-tags": { type: "string", value: "A,B", help: "the compliance tags that the results stand for" },
  collection: { type: "string", value: "ID", help: "the collection of benchmarks" },
  "collection-version": { type: "string", value: "VERSION", help: "the collection's version" },
  created: { type: "string", value: "TIME", help: "when the evaluation ended, RFC 3339; default: now" },
} as const;

type FieldOption = keyof typeof fieldOptions;

const fields: ReadonlyMap<FieldOption, AnnotationField> = new Map([
  ["model", "modelName"],
  ["model-version", "modelVersion"],
  ["model-family", "modelFamily"],
  ["model-digest", "modelDigest"],
  ["model-adapters", "modelAdapters"],
  ["quantization", "quantization"],
  ["prompt-digest", "promptDigest"],
  ["environment", "environment"],
  ["hardware-class", "hardwareClass"],
  ["compliance-tags", "complianceTags"],
  ["collection", "collectionId"],
  ["collection-version", "collectionVersion"],
  ["created", "createdAt"],
]);

const fieldNames: ReadonlyMap<string, AnnotationField> = fields;

/** The canonical key of a field. */
export function toAnnotationKey(field: AnnotationField): string {
  const [key] = defaultAnnotationKeys[field];
  if (key === undefined) throw new Error("every field has a canonical key");
  return key;
}

const optionNames: ReadonlyMap<AnnotationField, FieldOption> = new Map(
  [...fields].map(([option, field]) => [field, option]),
);

/** The option that sets a field, without its dashes; undefined for one that no option sets. */
export function toOptionName(field: AnnotationField): string | undefined {
  return optionNames.get(field);
}

/** The annotations that the options give. Throws UsageError. */
export function readAnnotationOptions(values: Readonly<Partial<Record<FieldOption, string | undefined>>>): StringMap {
  const given = [...fields].flatMap(([option, field]) => {
    const value = values[option];
    return value === undefined ? [] : [[toAnnotationKey(field), value] as const];
  });
  return checked(Object.fromEntries(given));
}

/** `key=value` of `--annotation`. Throws UsageError. */
export function readAnnotationPairs(pairs: readonly string[]): StringMap {
  return checked(
    Object.fromEntries(
      pairs.map((pair) => {
        const at = pair.indexOf("=");
        if (at < 1) throw new UsageError(`--annotation ${pair}: expected key=value`);
        return [pair.slice(0, at), pair.slice(at + 1)];
      }),
    ),
  );
}

const fileSchema = z.record(z.string().min(1), z.union([z.string(), z.array(z.string())]));

/**
 * The annotations of a YAML file: a map of the options' names, or of whole annotation keys, to text or lists of text. Throws
 * UsageError, which names the file and the key.
 */
export function readAnnotationFile(file: string, text: string): StringMap {
  const parsed = fileSchema.safeParse(parseYaml(file, text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = show(issue?.path.map(String).join("."));
    throw new UsageError(`${file}: ${place}: expected text, in quotes where it looks like a number, or a list of text`);
  }
  const entries = Object.entries(parsed.data).map(([name, value]): [string, string] => {
    const field = fieldNames.get(name);
    if (field === undefined && !name.includes("."))
      throw new UsageError(
        `${file}: ${show(name)} is neither an option's name, such as model, nor an annotation's key`,
      );
    return [field === undefined ? name : toAnnotationKey(field), [value].flat().join(",")];
  });
  return checked(Object.fromEntries(entries));
}

function parseYaml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new UsageError(`${file}: is not YAML`, { cause });
  }
}

/** What the gate could never match is refused here, where somebody can still mend it. */
function checked(annotations: StringMap): StringMap {
  for (const field of ["modelDigest", "promptDigest"] as const) {
    const value = annotations[toAnnotationKey(field)];
    if (value !== undefined && parseDigest(value) === undefined)
      throw new UsageError(`${toAnnotationKey(field)}: ${show(value)} is not sha256: and 64 lower-case hex digits`);
  }
  const created = annotations[toAnnotationKey("createdAt")];
  if (created !== undefined && parseRfc3339(created) === undefined)
    throw new UsageError(
      `${toAnnotationKey("createdAt")}: ${show(created)} is not an RFC 3339 time such as 2026-12-01T00:00:00Z`,
    );
  const empty = Object.keys(annotations).find((key) => annotations[key] === "");
  if (empty !== undefined) throw new UsageError(`${empty}: is empty, and so would match nothing`);
  return annotations;
}
