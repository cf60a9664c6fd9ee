import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { deepFreeze } from "../../runtime/deep-freeze.ts";
import { componentPath } from "../support/components.ts";

export const root = join(import.meta.dirname, "..", "..");
export const chart = join(root, "deploy/chart/assaygate");

/** The oldest and a new Kubernetes that the chart is for. */
export const kubeVersions = ["1.30.0", "1.36.0"] as const;

/** What tests look at in a manifest; everything else is kept as it is. */
const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

export type Manifest = z.output<typeof manifest>;

/** What helm said: `text` is standard output, or standard error where it failed. */
export interface Said {
  readonly status: number | null;
  readonly text: string;
}

export function helm(...args: readonly string[]): Said {
  const { status, stdout, stderr } = spawnSync(componentPath("helm"), args, { encoding: "utf8" });
  return { status, text: status === 0 ? stdout : stdout + stderr };
}

export function lint(...values: readonly string[]): Said {
  return helm("lint", chart, "--strict", "--kube-version", "1.36.0", ...settings(values));
}

const templates = new Map<string, Said>();

/** `helm template` as docs/install.md has it, with `values` such as `replicas=3`. The same is rendered once in a process. */
export function template(
  values: readonly string[],
  kubeVersion: string = kubeVersions[1],
  more: readonly string[] = [],
): Said {
  const names = ["assaygate", chart, "--namespace", "assaygate-system", "--no-hooks"];
  const args = ["template", ...names, "--kube-version", kubeVersion, ...settings(values), ...more];
  const key = JSON.stringify(args);
  const said = templates.get(key) ?? helm(...args);
  templates.set(key, said);
  return said;
}

/** The manifests that the chart renders to. Throws what helm said where it fails. */
export function render(...values: readonly string[]): readonly Manifest[] {
  const { status, text } = template(values);
  if (status !== 0) throw new Error(text);
  return manifestsIn(text);
}

/** Values that begin with `{` are JSON documents, merged over the others. */
function settings(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    const at = value.indexOf("={") === -1 ? value.indexOf("=[") : value.indexOf("={");
    return [at === -1 ? "--set" : "--set-json", value];
  });
}

const documents = new Map<string, Manifest | undefined>();

/** Every document that is not empty. A key that stands twice is an error. What stands in many outputs is parsed once. */
export function manifestsIn(text: string): readonly Manifest[] {
  return text.split(/^---$/m).flatMap((document) => {
    if (!documents.has(document)) documents.set(document, parseManifest(document));
    return documents.get(document) ?? [];
  });
}

function parseManifest(document: string): Manifest | undefined {
  const value: unknown = parse(document);
  return value === null ? undefined : deepFreeze(manifest.parse(value));
}

/** The one manifest of the kind, and of the name where several are of it. Read with `shape`. */
export function only<T>(manifests: readonly Manifest[], kind: string, shape: z.ZodType<T>, name = "assaygate"): T {
  const [found, ...more] = manifests.filter((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined || more.length > 0) throw new Error(`expected one ${kind} ${name}`);
  return shape.parse(found);
}
