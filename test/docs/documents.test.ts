import { describe, expect, it } from "@jest/globals";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Registry } from "prom-client";
import * as z from "zod";
import { defaultAnnotationKeys } from "../../policies/annotation-keys.ts";
import { exceptionDocument } from "../../policies/schema/exception.ts";
import { policyDocument } from "../../policies/schema/policy.ts";
import { policyTestDocument } from "../../policies/language/policy-test-schema.ts";
import * as workload from "../../policies/workload.ts";
import { createGate } from "../../webhook/admission/gate.ts";
import { parseReview } from "../../webhook/admission/review.ts";
import { auditCodes } from "../../audit/codes.ts";
import { createKubeMetrics } from "../../webhook/cluster/metrics.ts";
import { createMetrics } from "../../webhook/telemetry/metrics.ts";
import { toRecord } from "../../webhook/telemetry/record.ts";
import { defaultSettings } from "../../policies/decision/decide.ts";
import manifest from "../../package.json" with { type: "json" };
import { documents, isOutput, read, root } from "./documents.ts";

/** Code spans of a document. */
function codeIn(text: string): Set<string> {
  return new Set([...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code));
}

describe.each(documents().map(({ path, text }) => [path, text] as const))("%s", (path, text) => {
  const prose = text.replaceAll(/^```[^]*?^```$/gm, "");

  it("has no link that leads nowhere", () => {
    const broken = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !target.startsWith("https://") && !leadsSomewhere(target, path));
    expect(broken).toEqual([]);
  });

  it("names files that exist", () => {
    const named = [...codeIn(prose)].filter((code) =>
      /^(?:bench|cli|docs|evidence|mlflow|policies|scripts|test|webhook)\/[\w./-]+\.\w+$/.test(code),
    );
    const made = read(".gitignore").split("\n");
    expect(named.filter((name) => !existsSync(join(root, name)) && !made.includes(name))).toEqual([]);
  });

  it("names tests that exist", () => {
    const cited = [...prose.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)];
    const missing = cited.filter(([, file = "", title = ""]) => !read(file).includes(title)).map(([all]) => all);
    expect(missing).toEqual([]);
  });
});

function leadsSomewhere(target: string, from: string): boolean {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || anchorsIn(read(path)).includes(anchor);
}

/** As GitHub makes them from headings. */
function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

describe("docs/policy.md", () => {
  it.each([
    ["policies", policyDocument],
    ["exceptions", exceptionDocument],
    ["policy tests", policyTestDocument],
  ])("says something of every field of %s", (_, schema) => {
    const words = new Set(read("docs/policy.md").split(/[^A-Za-z]+/));
    expect(keysOf(z.toJSONSchema(schema, { io: "input" })).filter((key) => !words.has(key))).toEqual([]);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly items?: Schema | undefined;
}

const schemaNode: z.ZodType<Schema> = z.object({
  get properties() {
    return z.record(z.string(), schemaNode).optional();
  },
  get items() {
    return schemaNode.optional();
  },
});

function keysOf(schema: unknown): string[] {
  const { properties = {}, items } = schemaNode.parse(schema);
  const inner = items === undefined ? Object.values(properties) : [...Object.values(properties), items];
  return Object.keys(properties).concat(inner.flatMap(keysOf));
}

it.each(Object.keys(auditCodes))("docs/audit.md names %s", (code) => {
  expect(codeIn(read("docs/audit.md"))).toContain(code);
});

describe("docs/evidence.md", () => {
  it.each(Object.values(defaultAnnotationKeys).flat())("names %s", (key) => {
    expect(codeIn(read("docs/evidence.md"))).toContain(key);
  });

  it.each(Object.values(workload).filter((value) => typeof value === "string"))("names %s", (key) => {
    expect(codeIn(read("docs/evidence.md"))).toContain(key);
  });
});

/** The first column of the table in docs/operations.md that begins with this heading. */
function column(heading: string): string[] {
  const table = new RegExp(`^\\| ${heading} [^]*?(?=\n\n)`, "m").exec(read("docs/operations.md"))?.[0] ?? "";
  return [...table.matchAll(/^\| `([a-zA-Z_]+)`/gm)].map(([, name = ""]) => name);
}

/** prom-client's types do not show them. */
function labelNamesOf(metric: object): string[] {
  return z.object({ labelNames: z.array(z.string()) }).parse(metric).labelNames;
}

function allMetrics(): Registry {
  const { registry } = createMetrics({ knowsKind: () => true, inFlight: () => 0, waiting: () => 0, hosts: [] });
  createKubeMetrics(registry, () => []);
  return registry;
}

describe("docs/operations.md", () => {
  it("lists every metric, and no other", () => {
    const registry = allMetrics();
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    expect(column("metric").toSorted()).toEqual(names.toSorted());
  });

  it("says of every metric which type and labels it has", () => {
    const registry = allMetrics();
    const said = [...read("docs/operations.md").matchAll(/^\| `(assaygate_\w+)` *\| (\w+) *\| ([^|]*)\|/gm)].map(
      ([, name, type, labels = ""]) => [name, { type, labels: [...codeIn(labels)] }],
    );
    const made = registry
      .getMetricsAsArray()
      .map((metric) => [metric.name, { type: metric.type, labels: labelNamesOf(metric) }]);
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(made));
  });

  it("lists every field of a decision record, in its order", async () => {
    const review = parseReview({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      request: {
        uid: "1",
        operation: "CREATE",
        kind: { group: "", version: "v1", kind: "Pod" },
        object: null,
        oldObject: null,
      },
    });
    const nothing = { kind: "absent", message: "" } as const;
    const gate = createGate({
      policies: () => undefined,
      namespaceLabels: () => undefined,
      store: { peek: () => nothing, lookUp: () => Promise.resolve(nothing), usage: () => ({ entries: 0, bytes: 0 }) },
      kinds: new Map(),
      controllers: [],
      settings: defaultSettings,
      now: () => new Date(0),
      elapsedMs: () => 0,
    });
    const verdict = await gate.judge(review, { signal: () => new AbortController().signal });
    expect(column("field")).toEqual(Object.keys(toRecord(review, verdict, { policies: "Digest" })));
  });
});

it("docs/threats.md has a row for each threat that a test names", () => {
  const rows = new Set([...read("docs/threats.md").matchAll(/^\| (T[0-9]{2}) /gm)].map(([, id]) => id));
  const covered =
    "T01 T02 T03 T04 T05 T06 T07 T08 T09 T10 T11 T12 T14 T15 T16 T20 T22 T26 T27 T29 T30 T32 T33 T40 T41 T43 T44 T45 T47 T48 T49 T50 T51 T52 T53 T54 T58 T60 T61 T62 T63 T70 T72 T74 T75 T76";
  expect(covered.split(" ").filter((id) => !rows.has(id))).toEqual([]);
});

it("docs/adr/0003-dependencies.md argues for each dependency", () => {
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const argued = [
    ...(read("docs/adr/0003-dependencies.md")
      .split("## Not used yet")[0]
      ?.matchAll(/\*\*([^*]+)\*\*/g) ?? []),
  ].map(([, name = ""]) => name);
  const all = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(all.filter((name) => !argued.includes(name))).toEqual([]);
  const headings = new Set(["Context.", "Consequences."]);
  expect(argued.filter((name) => !all.includes(name) && !headings.has(name))).toEqual([]);
});

it("no two decisions in docs/adr have one number, and each is headed by its own", () => {
  const files = readdirSync(join(root, "docs/adr")).toSorted();
  const numbers = files.map((file) => Number(/^(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]));
  expect(numbers).toEqual(files.map((_, at) => at + 1));
  const headings = files.map((file) => /^# (\d+)\. /.exec(read(`docs/adr/${file}`))?.[1]);
  expect(headings).toEqual(numbers.map(String));
});

it("CHANGELOG.md speaks of this version", () => {
  expect(read("CHANGELOG.md")).toContain(manifest.version);
});

describe("an expected output", () => {
  it.each<[readonly string[], string, boolean]>([
    [["a", "b"], "a\nb\n", true],
    [["a"], "a\nb\n", false],
    [["a", "…", "c"], "a\nb\nb\nc\n", true],
    [["a", "…", "c"], "a\nc", true],
    [["a…c"], "abbc\n", true],
    [["a…c"], "ab\nc\n", false],
    [["a.c"], "abc\n", false],
    [[], "", true],
    [[], "a\n", false],
  ])("%j of %j: %s", (lines, text, expected) => expect(isOutput(lines, text)).toBe(expected));
});
