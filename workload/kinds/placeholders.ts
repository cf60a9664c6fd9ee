import type { Budget } from "../budget.ts";
import type { ContainerPlace } from "../containers.ts";
import { toOpaque } from "../expansion.ts";
import { type Fields, isFields } from "../shape.ts";

const placeholder = /\{\{([^{}]*)\}\}/g;

/** The operator writes values into JSON: one with other characters might become more than text. */
const plain = /^[\w.:/@+-]+$/;

/**
 * The container with the operator's placeholders, such as `{{ .Spec.Model.Name }}`, replaced by what they stand for. One whose
 * value is not known leaves the text opaque. Only what a server is started with is looked at.
 */
export function fillContainer(
  place: ContainerPlace,
  values: ReadonlyMap<string, string>,
  budget: Budget,
): ContainerPlace {
  const { command, args, env } = place.fields;
  const texts = [command, args, env];
  if (!texts.some(holdsPlaceholder)) return place;
  const fill = (value: unknown): unknown => filledValue(value, values, budget, place.path);
  return { ...place, fields: { ...place.fields, command: fill(command), args: fill(args), env: fill(env) } };
}

/** `command` and `args` are lists of texts, `env` one of objects with `value`. */
function holdsPlaceholder(list: unknown): boolean {
  return Array.isArray(list) && list.some((item) => readText(item).includes("{{"));
}

function readText(item: unknown): string {
  const text: unknown = isFields(item) ? item["value"] : item;
  return typeof text === "string" ? text : "";
}

function filledValue(list: unknown, values: ReadonlyMap<string, string>, budget: Budget, path: string): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((item: unknown): unknown => {
    const text = readText(item);
    if (!text.includes("{{")) return item;
    const filled = filledText(text, values, budget, path);
    return isFields(item) ? ({ ...item, value: filled } satisfies Fields) : filled;
  });
}

function filledText(text: string, values: ReadonlyMap<string, string>, budget: Budget, path: string): string {
  const filled = text.replaceAll(placeholder, (_all, expression: string) => {
    const value = values.get(expression.trim());
    if (value === undefined || !plain.test(value)) return toOpaque("$(a placeholder of the operator)");
    budget.spend("expandedCharacters", value.length, path);
    return value;
  });
  return filled.includes("{{") ? toOpaque("$(a placeholder of the operator)") : filled;
}
