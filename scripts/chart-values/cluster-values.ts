import * as z from "zod";
import * as s from "./shapes.ts";

const monitor = {
  enabled: s.flag.describe("Needs the Prometheus operator."),
  namespace: s.text.describe("Empty: the gate's."),
  interval: s.scrapeInterval.describe("How often it is scraped."),
  scrapeTimeout: s.scrapeDuration.describe("Empty: Prometheus's own."),
  honorLabels: s.flag.describe("As in the monitor."),
  labels: s.texts.describe("What the operator selects it by."),
  annotations: s.texts.describe("Its annotations."),
  relabelings: s.objects.describe("As in the monitor."),
  metricRelabelings: s.objects.describe("As in the monitor."),
};
const place = {
  enabled: s.flag.describe("Whether it is made."),
  namespace: s.text.describe("Empty: the gate's."),
  labels: s.texts.describe("What it is found by."),
  annotations: s.texts.describe("Its annotations."),
};

/** Values of the objects around the Deployment. */
export const clusterValues = {
  crds: s
    .group({
      install: s.flag.describe("They stay when the chart is removed."),
      annotations: s.texts.describe("Their annotations."),
    })
    .describe("Custom resource definitions."),
  serviceAccount: s
    .group({
      create: s.flag.describe("False: one that is there already, under name."),
      name: s.text.describe("Empty: the full name."),
      labels: s.texts.describe("Its labels."),
      annotations: s.texts.describe("Its annotations, such as a cloud's identity."),
      automountServiceAccountToken: s.flag.describe("For whatever else runs as it; the gate's pods ask themselves."),
    })
    .describe("The account that the gate runs as."),
  rbac: s
    .group({
      create: s.flag.describe("False: you make the roles."),
      resourceClaims: s.flag.describe("Let the gate read the claims that workloads name."),
      configMaps: s.flag.describe("Let the gate read ConfigMaps, for the names of variables."),
    })
    .describe("Roles of the gate and for people."),
  events: s
    .group({ enabled: s.flag.describe("On the policy, and on the owner of the object.") })
    .describe("Events about denials."),
  audit: s
    .group({ enabled: s.flag.describe("config.audit says how; the roles follow it.") })
    .describe("Look again at what runs, by one elected replica."),
  priorityClass: s
    .group({
      create: s.flag.describe("Make a class and use it."),
      value: z.int().min(-2_147_483_648).max(1_000_000_000).describe("Its value."),
      name: s.text.describe("An existing class, if none is made."),
    })
    .describe("Scheduling priority."),
  flowSchema: s
    .group({
      create: s.flag.describe("Whether it is made."),
      priorityLevel: s.named.describe("A level that exists."),
      matchingPrecedence: z.int().min(1).max(10_000).describe("As in a FlowSchema."),
    })
    .describe("Fairness of the gate's own requests to the API server."),
  podDisruptionBudget: s
    .group({
      enabled: s.flag.describe("Whether it is made."),
      maxUnavailable: s.share.describe("How many pods may be evicted at one time."),
      minAvailable: s.share.nullable().describe("In place of maxUnavailable, where it is set."),
      unhealthyPodEvictionPolicy: z.enum(["AlwaysAllow", "IfHealthyBudget"]).describe("As in the budget."),
    })
    .describe("While nodes are drained."),
  service: s
    .group({
      type: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]).describe("As in a Service."),
      port: s.port.describe("Where the API server asks."),
      healthPort: s.port.describe("Where metrics and health are."),
      nodePort: s.port.nullable().describe("Of port, where the type has one; null: one that is free."),
      labels: s.texts.describe("Its labels."),
      annotations: s.texts.describe("Its annotations."),
      ipFamilyPolicy: s.choice("SingleStack", "PreferDualStack", "RequireDualStack").describe("Empty: the cluster's."),
      ipFamilies: z.array(z.enum(["IPv4", "IPv6"])).describe("Empty: the cluster's."),
      trafficDistribution: s.text.describe("As in a Service."),
    })
    .describe("What the API server calls. Its targets follow the ports of config."),
  networkPolicy: s
    .group({
      enabled: s.flag.describe("Whether it is made."),
      webhookFrom: s.objects.describe("Who may ask for reviews. Empty: everyone."),
      metricsFrom: s.objects.describe("Who may read metrics and health. Empty: everyone."),
      egressPorts: z.array(s.port).min(1).describe("Of the API server and of registries."),
      egressTo: s.objects.describe("Where they are."),
      extraEgress: s.objects.describe("Further rules."),
    })
    .describe("What may reach the gate, and what it may reach."),
  metrics: s
    .group({
      scrapeAnnotations: s.flag.describe("prometheus.io/scrape, port and path on the pods."),
      serviceMonitor: s.group(monitor).describe("For the Prometheus operator."),
      podMonitor: s.group(monitor).describe("The same, for one that looks for pods."),
      prometheusRule: s.group(place).describe("The alerts of deploy/alerts."),
      dashboard: s.group(place).describe("The dashboard of deploy/dashboards, for Grafana's sidecar."),
    })
    .describe("Metrics."),
  uninstallHook: s
    .group({ enabled: s.flag.describe("A Job deletes the webhook configuration before anything else goes.") })
    .describe("`helm uninstall`."),
} as const;
