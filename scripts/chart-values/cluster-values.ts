import * as z from "zod";
import * as s from "./shapes.ts";

const monitor = {
  enabled: s.flag.describe("Needs the Prometheus operator."),
  namespace: s.text.describe("Empty: the gate's."),
  interval: s.scrapeInterval.describe("How often Prometheus scrapes it."),
  scrapeTimeout: s.scrapeDuration.describe("Empty: Prometheus's own."),
  honorLabels: s.flag.describe("As in the monitor."),
  labels: s.texts.describe("Labels by which the operator selects it."),
  annotations: s.texts.describe("Its annotations."),
  relabelings: s.objects.describe("As in the monitor."),
  metricRelabelings: s.objects.describe("As in the monitor."),
};
const place = {
  enabled: s.flag.describe("Whether to create it."),
  namespace: s.text.describe("Empty: the gate's."),
  labels: s.texts.describe("Labels by which it is found."),
  annotations: s.texts.describe("Its annotations."),
};

/** Values of the objects around the Deployment. */
export const clusterValues = {
  crds: s
    .group({
      install: s.flag.describe("Whether to install them. They stay when the chart is removed."),
      annotations: s.texts.describe("Their annotations."),
    })
    .describe("Custom resource definitions."),
  serviceAccount: s
    .group({
      create: s.flag.describe("False: use an existing one, under name."),
      name: s.text.describe("Empty: the full name."),
      labels: s.texts.describe("Its labels."),
      annotations: s.texts.describe("Its annotations, such as a cloud's identity."),
      automountServiceAccountToken: s.flag.describe(
        "For other pods with this account; the gate's pods mount their token themselves.",
      ),
    })
    .describe("The account that the gate runs as."),
  rbac: s
    .group({
      create: s.flag.describe("False: you create the roles."),
      resourceClaims: s.flag.describe("Let the gate read the resource claims that workloads name."),
      configMaps: s.flag.describe("Let the gate read ConfigMaps, for the names of environment variables."),
    })
    .describe("Roles for the gate and for people."),
  events: s
    .group({ enabled: s.flag.describe("Raise Events on the policy, and on the owner of the object.") })
    .describe("Events about denials."),
  audit: s
    .group({ enabled: s.flag.describe("Whether to audit; config.audit says how. The roles follow this value.") })
    .describe("Audit what runs, from one elected replica."),
  priorityClass: s
    .group({
      create: s.flag.describe("Create a class and use it."),
      value: z.int().min(-2_147_483_648).max(1_000_000_000).describe("Its value."),
      name: s.text.describe("An existing class, if none is created."),
    })
    .describe("Scheduling priority."),
  flowSchema: s
    .group({
      create: s.flag.describe("Whether to create it."),
      priorityLevel: s.named.describe("An existing priority level."),
      matchingPrecedence: z.int().min(1).max(10_000).describe("As in a FlowSchema."),
    })
    .describe("Fairness of the gate's own requests to the API server."),
  podDisruptionBudget: s
    .group({
      enabled: s.flag.describe("Whether to create it."),
      maxUnavailable: s.share.describe("How many pods may be evicted at one time."),
      minAvailable: s.share.nullable().describe("Used instead of maxUnavailable, if set."),
      unhealthyPodEvictionPolicy: z.enum(["AlwaysAllow", "IfHealthyBudget"]).describe("As in the budget."),
    })
    .describe("Protection while nodes are drained."),
  service: s
    .group({
      type: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]).describe("As in a Service."),
      port: s.port.describe("The port that the API server calls."),
      healthPort: s.port.describe("The port for metrics and health."),
      nodePort: s.port.nullable().describe("The node port of port, if the type has one; null: any free one."),
      labels: s.texts.describe("Its labels."),
      annotations: s.texts.describe("Its annotations."),
      ipFamilyPolicy: s.choice("SingleStack", "PreferDualStack", "RequireDualStack").describe("Empty: the cluster's."),
      ipFamilies: z.array(z.enum(["IPv4", "IPv6"])).describe("Empty: the cluster's."),
      trafficDistribution: s.text.describe("As in a Service."),
    })
    .describe("The Service that the API server calls. Its targets follow the ports in config."),
  networkPolicy: s
    .group({
      enabled: s.flag.describe("Whether to create it."),
      webhookFrom: s.objects.describe("Who may ask for reviews. Empty: everyone."),
      metricsFrom: s.objects.describe("Who may read metrics and health. Empty: everyone."),
      egressPorts: z.array(s.port).min(1).describe("Ports of the API server and of registries."),
      egressTo: s.objects.describe("Addresses of the API server and of registries."),
      extraEgress: s.objects.describe("Further egress rules."),
    })
    .describe("Who may reach the gate, and what the gate may reach."),
  metrics: s
    .group({
      scrapeAnnotations: s.flag.describe("prometheus.io/scrape, port and path on the pods."),
      serviceMonitor: s.group(monitor).describe("For the Prometheus operator."),
      podMonitor: s.group(monitor).describe("Instead of serviceMonitor, for a Prometheus that selects pods."),
      prometheusRule: s.group(place).describe("The alerts of deploy/alerts."),
      dashboard: s.group(place).describe("The dashboard of deploy/dashboards, for Grafana's sidecar."),
    })
    .describe("Metrics."),
  uninstallHook: s
    .group({ enabled: s.flag.describe("A Job deletes the webhook configuration before Helm removes anything else.") })
    .describe("`helm uninstall`."),
} as const;
