import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import { configSchema } from "../../config/config.ts";
import { chartValues } from "./values.ts";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

const valuesFile = new URL("../../deploy/chart/assaygate/values.yaml", import.meta.url);

/** The chart's values.schema.json. */
export function valuesSchema(): string {
  return `${JSON.stringify({ title: "Values of the assaygate chart", ...wholeSchema() }, null, 2)}\n`;
}

/** The chart's README.md: every value with its default, and what it is for. */
export function valuesPage(): string {
  const defaults: unknown = parse(readFileSync(valuesFile, "utf8"));
  const rows = leavesOf(withoutConfig(wholeSchema()), defaults).map(
    ({ path, type, fallback, description }) => `| \`${path}\` | ${type} | ${fallback} | ${description} |`,
  );
  return [
    "<!-- Made from scripts/chart-values and values.yaml by `npm run generate`. -->",
    "# assaygate",
    "The admission gate for AI models, as a Helm chart. docs/install.md says how to install it. docs/familiar-values.md lists the names of other charts' values here.",
    "The chart refuses unknown keys and wrong values. `config` is the gate's configuration, and is checked as well; docs/configuration.md lists its settings.",
    ["| value | type | default | what it is for |", "| --- | --- | --- | --- |", ...rows].join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}

function wholeSchema(): JsonSchema {
  const { properties, ...values } = toJson(chartValues);
  const config = { ...withoutRequired(toJson(configSchema)), description: "The gate's configuration." };
  return { ...values, properties: { ...properties, config } };
}

function toJson(type: z.ZodType): JsonSchema {
  const text = JSON.stringify(z.toJSONSchema(type, { io: "input", target: "draft-7" }));
  return JSON.parse(text, (key, value: unknown) => (isUnusable(key, value) ? undefined : value)) as JsonSchema;
}

/**
 * Patterns that look around themselves, which Helm's regular expressions cannot: the gate applies them when it starts. And
 * what JavaScript can count to, which is of no interest in a chart.
 */
function isUnusable(key: string, value: unknown): boolean {
  if (key === "pattern") return typeof value === "string" && /\(\?<?[=!]/.test(value);
  return (key === "maximum" || key === "minimum") && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
}

/** The chart fills in what it knows, so that a part of a group is enough; not so within lists. */
function withoutRequired(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(schema).filter(([keyword]) => keyword !== "required" && keyword !== "$schema");
  const inner = Object.entries(schema.properties ?? {}).map(([key, value]) => [key, withoutRequired(value)] as const);
  const properties = schema.properties && { properties: Object.fromEntries(inner) };
  return { ...Object.fromEntries(kept), ...properties };
}

function withoutConfig({ properties, ...rest }: JsonSchema): JsonSchema {
  const config = { type: "object", description: "The gate's configuration, merged over the chart's own settings." };
  return { ...rest, properties: { ...properties, config } };
}

interface Leaf {
  readonly path: string;
  readonly type: string;
  readonly fallback: string;
  readonly description: string;
}

function leavesOf({ properties = {} }: JsonSchema, defaults: unknown, prefix = ""): Leaf[] {
  return Object.entries(properties).flatMap(([key, inner]) => {
    const path = `${prefix}${key}`;
    const fallback = z.record(z.string(), z.unknown()).safeParse(defaults).data?.[key];
    if (inner.properties !== undefined && !isEmpty(fallback)) return leavesOf(inner, fallback, `${path}.`);
    return [{ path, type: typeOf(inner), fallback: show(fallback), description: inner.description ?? "" }];
  });
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function show(value: unknown): string {
  return value === undefined ? "" : `\`${JSON.stringify(value)}\``;
}

function typeOf({ type, enum: words, anyOf }: JsonSchema): string {
  if (words !== undefined) return words.map((word) => `\`${JSON.stringify(word)}\``).join(", ");
  if (anyOf !== undefined) return anyOf.map(typeOf).join(" or ");
  return [type ?? "any"].flat().join(" or ");
}
