import { readFileSync } from "node:fs";
import * as z from "zod";
import { policyDocument } from "../policies/schema/policy.ts";
import { reasons, type Reason, type ReasonEntry } from "../policies/reasons.ts";
import { configSchema } from "../config/config.ts";
import { recordSchema } from "../records/record-schema.ts";
import { familiarPage } from "./chart-values/familiar.ts";
import { listChartFiles } from "./chart-files.ts";
import { exceptionResource, policyResource } from "./crds.ts";

const fromCode: Readonly<Record<string, () => string>> = {
  "policies/schema.json": policySchema,
  "records/schema.json": recordSchemaFile,
  "deploy/crds/evaluationexceptions.assaygate.dev.yaml": exceptionResource,
  "deploy/crds/evaluationpolicies.assaygate.dev.yaml": policyResource,
  "docs/reasons.md": reasonsPage,
  "docs/configuration.md": configurationPage,
  "docs/familiar-values.md": familiarPage,
};

const isDefinition = ([path]: readonly [string, unknown]): boolean => path.startsWith("deploy/crds/");

/** Files that are made from the code, by path: `npm run generate` writes them, a test holds that they are in step. */
export const generated: Readonly<Record<string, () => string>> = {
  ...fromCode,
  ...listChartFiles(Object.fromEntries(Object.entries(fromCode).filter(isDefinition))),
};

/** True where a file holds what would be made today. */
export function isInStep(path: string, root: URL): boolean {
  const make = generated[path];
  return make !== undefined && readFileSync(new URL(path, root), "utf8") === make();
}

/** What an editor's YAML language server reads. The API server's own keywords mean nothing to it. */
function policySchema(): string {
  const schema = z.toJSONSchema(policyDocument, { io: "input", target: "draft-7" });
  const text = JSON.stringify(
    schema,
    (key, value: unknown) => (key.startsWith("x-kubernetes-") ? undefined : value),
    2,
  );
  return `${text}\n`;
}

/** What an auditor validates decision records with. Unknown fields are allowed: a later gate may add some. */
function recordSchemaFile(): string {
  const schema = z.toJSONSchema(recordSchema, { io: "input", target: "draft-7" });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function reasonsPage(): string {
  const entries = Object.entries(reasons) as [Reason, ReasonEntry][];
  const outcome = {
    fail: "Disproved: HTTP status 403 in the answer.",
    error: "Could not look: HTTP status 503 in the answer; the policy's `onUnavailable` decides.",
  };
  const without: Partial<Record<Reason, string>> = {
    POLICIES_NOT_LOADED: "Could not look: HTTP status 503 in the answer, and always a denial.",
    INTERNAL_ERROR:
      "Could not look: HTTP status 503 in the answer; always a denial, unless the error is about one piece of evidence. Then the policy's `onUnavailable` decides.",
  };
  const pages = entries.map(([reason, entry]) =>
    [
      `## ${reason}`,
      `*${without[reason] ?? outcome[entry.outcome]}*`,
      entry.meaning,
      `**How to fix it.** ${entry.remedy}`,
      `**Example.** \`${reason}: ${entry.example}\``,
    ].join("\n\n"),
  );
  return [
    "<!-- Made from policies/reasons.ts by `npm run generate`. -->",
    "# Reasons",
    "Every denial names at least one of these codes. Codes never change their names. `assaygate explain CODE` prints the same explanation.",
    ...pages,
    "",
  ]
    .join("\n\n")
    .trimEnd()
    .concat("\n");
}

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly required?: readonly string[];
}

function configurationPage(): string {
  const schema = z.toJSONSchema(configSchema, { io: "input" }) as JsonSchema;
  const rows = settings(schema, "").map(
    ({ path, type, fallback, description }) => `| \`${path}\` | ${type} | ${fallback} | ${description} |`,
  );
  return [
    "<!-- Made from config/config.ts by `npm run generate`. -->",
    "# Configuration",
    "`assaygate serve --config FILE` reads one YAML document. Unknown keys are refused, with their place in the file and the nearest known key. Relative paths start from the folder of the file. The file never contains secrets, only the names of files that do.",
    ["| setting | type | default | what it is for |", "| --- | --- | --- | --- |", ...rows].join("\n"),
    "",
  ]
    .join("\n\n")
    .trimEnd()
    .concat("\n");
}

interface Setting {
  readonly path: string;
  readonly type: string;
  readonly fallback: string;
  readonly description: string;
}

function isLeaf(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function settings(schema: JsonSchema, prefix: string): Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const leafDefault = isLeaf(inner.default) ? `\`${inner.default}\`` : "";
    const own: Setting = {
      path: inner.type === "array" ? `${path}[]` : path,
      type: inner.enum?.map((value) => `\`${String(value)}\``).join(", ") ?? inner.type ?? "",
      fallback: leafDefault !== "" ? leafDefault : schema.required?.includes(name) ? "required" : "",
      description: inner.description ?? "",
    };
    return [own, ...settings(inner, path), ...(inner.items ? settings(inner.items, `${path}[]`) : [])];
  });
}
