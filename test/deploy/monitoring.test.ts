import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import * as z from "zod";
import { reasons } from "../../policies/reasons.ts";
import { read } from "../docs/documents.ts";
import { describeWith } from "../support/components.ts";
import { configMap } from "./shapes.ts";
import { only, render } from "./chart.ts";

const alert = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(["warning", "critical"]) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string() }),
});
const alertFile = z.strictObject({
  groups: z.tuple([z.strictObject({ name: z.literal("assaygate"), rules: z.array(alert) })]),
});
const dashboard = z.looseObject({
  uid: z.string(),
  panels: z.array(z.looseObject({ title: z.string(), targets: z.array(z.looseObject({ expr: z.string() })) })),
});

const [{ rules }] = alertFile.parse(parse(read("deploy/alerts/assaygate.yaml"))).groups;
const { panels } = dashboard.parse(JSON.parse(read("deploy/dashboards/assaygate.json")));

/** Every metric of the gate: a test holds that this table is what the code registers. */
const ours = new Set([...read("docs/operations.md").matchAll(/^\| `(assaygate_[a-z_]+)`/gm)].map(([, name]) => name));

/** Metrics of the API server. https://kubernetes.io/docs/reference/instrumentation/metrics/ */
const apiServers = new Set([
  "apiserver_admission_webhook_fail_open_count",
  "apiserver_admission_webhook_rejection_count",
  "apiserver_admission_webhook_admission_duration_seconds",
]);

const expressions = [
  ...rules.map(({ alert: name, expr }) => [name, expr] as const),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

describe("alerts and dashboard", () => {
  it.each(expressions)("%s reads metrics that exist: %s", (_, expr) => {
    const names = [...expr.matchAll(/\b(?:assaygate|apiserver)_[a-z0-9_]+/g)].map(([name]) => name);
    expect(names).not.toEqual([]);
    const unknown = names.filter((name) => ![name, name.replace(/_bucket$/, "")].some(isKnown));
    expect(unknown).toEqual([]);
  });

  it("name reasons that exist", () => {
    const named = expressions.flatMap(([, expr]) =>
      [...expr.matchAll(/reason=~?"([^"]+)"/g)].flatMap(([, list = ""]) => list.split("|")),
    );
    expect(named).not.toEqual([]);
    expect(named.filter((name) => !Object.hasOwn(reasons, name))).toEqual([]);
  });

  it.each(rules)("docs/operations.md says what $alert means", ({ alert: name }) => {
    expect(read("docs/operations.md")).toMatch(new RegExp(`^\\| \`${name}\` `, "m"));
  });

  it("are not explained where they are none", () => {
    const explained = [...read("docs/operations.md").matchAll(/^\| `(Assaygate[A-Za-z]+)`/gm)].map(
      ([, name = ""]) => name,
    );
    expect(explained.toSorted()).toEqual(rules.map(({ alert: name }) => name).toSorted());
  });
});

function isKnown(name: string): boolean {
  return ours.has(name) || apiServers.has(name);
}

describeWith(["helm"], "the chart's monitoring", () => {
  const manifests = render("metrics.prometheusRule.enabled=true", "metrics.dashboard.enabled=true");

  it("has the alerts, with what Prometheus fills in", () => {
    const { spec } = only(manifests, "PrometheusRule", z.object({ spec: alertFile }));
    expect(spec.groups[0].rules).toEqual(rules);
  });

  it("has the dashboard", () => {
    const { data } = only(manifests, "ConfigMap", configMap, "assaygate-dashboard");
    expect(dashboard.parse(JSON.parse(data["assaygate.json"] ?? "")).panels).toEqual(panels);
  });
});
