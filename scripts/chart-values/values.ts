import * as z from "zod";
import { clusterValues } from "./cluster-values.ts";
import { podValues } from "./pod-values.ts";
import * as s from "./shapes.ts";
import { webhookValues } from "./webhook-values.ts";

const name = z
  .string()
  .max(63)
  .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/);

/** A login is a secret, and belongs into a variable from one: extraEnv. */
const proxyUrl = z.string().regex(/^((https?:\/\/)?[^\s/?#@]+\/?)?$/);

/** Every value of the chart but `config`, whose schema is the configuration's own. In the order of values.yaml. */
export const chartValues = z
  .strictObject({
    global: z
      .looseObject({
        imageRegistry: s.text.describe("As image.registry, which takes precedence."),
        imagePullSecrets: s.pullSecrets.describe("Used in addition to imagePullSecrets."),
      })
      .partial()
      .describe("Values that a parent chart sets for all its charts."),
    nameOverride: name.describe("In place of the chart's name."),
    fullnameOverride: name.describe("In place of the release's name and the chart's."),
    namespaceOverride: name.describe("In place of the release's namespace."),
    commonLabels: s.texts.describe("On every object."),
    commonAnnotations: s.texts.describe("On every object."),
    image: s
      .group({
        registry: z
          .string()
          .regex(/^[^@\s]*$/)
          .describe("Replaces the registry in repository."),
        repository: z
          .string()
          .min(1)
          .regex(/^[^@\s]+$/)
          .describe("The image's repository."),
        tag: z
          .string()
          .regex(/^([\w][\w.-]{0,127})?$/)
          .describe("Empty: the chart's appVersion."),
        digest: z
          .string()
          .regex(/^(sha256:[0-9a-f]{64})?$/)
          .describe("Takes precedence over the tag. Pin it in production."),
        pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).describe("As in a container."),
      })
      .describe("The gate's image."),
    imagePullSecrets: s.pullSecrets.describe("Secrets with which nodes pull the image."),
    replicas: s.positive.describe("At least two; otherwise every restart denies workloads for a while."),
    revisionHistoryLimit: s.count.describe("How many old ReplicaSets to keep."),
    updateStrategy: s
      .group({
        type: z.enum(["RollingUpdate", "Recreate"]).describe("Recreate denies workloads until new pods are ready."),
        rollingUpdate: s
          .group({
            maxUnavailable: s.share.describe("Pods that may be missing during an update."),
            maxSurge: s.share.describe("Additional pods during an update."),
          })
          .describe("For type RollingUpdate."),
      })
      .describe("How pods are replaced."),
    autoscaling: s
      .group({
        enabled: s.flag.describe("Use a HorizontalPodAutoscaler instead of replicas."),
        minReplicas: s.positive.describe("The least number of replicas."),
        maxReplicas: s.positive.describe("The greatest number of replicas."),
        targetCPUUtilizationPercentage: s.positive
          .nullable()
          .describe("Percent of the CPU request; null: do not scale by CPU."),
        targetMemoryUtilizationPercentage: s.positive
          .nullable()
          .describe("Percent of the memory request; null: do not scale by memory."),
        behavior: s.object.describe("As in the autoscaler."),
      })
      .describe("Scaling by load."),
    policies: s
      .group({
        customResources: s.flag.describe("Read policies and exceptions from the cluster."),
        files: z
          .record(z.string().regex(/^[\w.-]+\.(ya?ml|json)$/), z.string())
          .describe("Policy files by name, mounted as a ConfigMap."),
        existingConfigMap: s.text.describe("An existing ConfigMap with such files, instead of files."),
      })
      .describe("Where policies are."),
    registry: s
      .group({
        credentialsSecret: s.text.describe("A Secret of type kubernetes.io/dockerconfigjson."),
        caBundle: s
          .group({
            configMap: s.text.describe("A ConfigMap with certificate authorities to trust for registries and proxies."),
            key: s.named.describe("The key in the ConfigMap, PEM."),
          })
          .describe("Your own certificate authorities, besides the system's."),
      })
      .describe("The registries that hold evidence."),
    http_proxy: proxyUrl.describe("HTTP_PROXY: the proxy for plain HTTP. Empty: none."),
    https_proxy: proxyUrl.describe("HTTPS_PROXY: the proxy between the gate and registries. Empty: none."),
    no_proxy: z.string().describe("NO_PROXY: what to ask without a proxy, separated by commas."),
    ...webhookValues,
    ...clusterValues,
    resources: s
      .group({ requests: s.object.describe("As in a container."), limits: s.object.describe("As in a container.") })
      .describe("Resources of the gate's container."),
    maxHeapMiB: z
      .int()
      .min(64)
      .max(1_000_000)
      .nullable()
      .describe("Size of Node's heap. Null: two thirds of the memory limit. More than three quarters is refused."),
    preStopSeconds: z.int().min(1).max(60).describe("Seconds between leaving the Service and SIGTERM."),
    ...podValues,
    extraObjects: z.array(z.union([s.object, s.text])).describe("Further objects; strings are rendered as templates."),
  })
  .partial();
