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
        imageRegistry: s.text.describe("As image.registry, which wins."),
        imagePullSecrets: s.pullSecrets.describe("Besides imagePullSecrets."),
      })
      .partial()
      .describe("What a chart that holds this one sets for all of them."),
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
          .describe("In place of the one that repository begins with."),
        repository: z
          .string()
          .min(1)
          .regex(/^[^@\s]+$/)
          .describe("Where the image is."),
        tag: z
          .string()
          .regex(/^([\w][\w.-]{0,127})?$/)
          .describe("Empty: the chart's appVersion."),
        digest: z
          .string()
          .regex(/^(sha256:[0-9a-f]{64})?$/)
          .describe("Wins over the tag. Pin it in production."),
        pullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).describe("As in a container."),
      })
      .describe("The gate's image."),
    imagePullSecrets: s.pullSecrets.describe("Secrets with which nodes pull the image."),
    replicas: s.positive.describe("At least two, or every restart refuses workloads for a while."),
    revisionHistoryLimit: s.count.describe("Old ReplicaSets that are kept."),
    updateStrategy: s
      .group({
        type: z.enum(["RollingUpdate", "Recreate"]).describe("Recreate refuses workloads until new pods are ready."),
        rollingUpdate: s
          .group({
            maxUnavailable: s.share.describe("Pods that may be missing meanwhile."),
            maxSurge: s.share.describe("Pods that may be there besides."),
          })
          .describe("For type RollingUpdate."),
      })
      .describe("How pods are replaced."),
    autoscaling: s
      .group({
        enabled: s.flag.describe("A HorizontalPodAutoscaler takes the place of replicas."),
        minReplicas: s.positive.describe("As replicas."),
        maxReplicas: s.positive.describe("At most."),
        targetCPUUtilizationPercentage: s.positive.nullable().describe("Of the request; null: not by CPU."),
        targetMemoryUtilizationPercentage: s.positive.nullable().describe("Of the request; null: not by memory."),
        behavior: s.object.describe("As in the autoscaler."),
      })
      .describe("Replicas by load."),
    policies: s
      .group({
        customResources: s.flag.describe("Read policies and exceptions from the cluster."),
        files: z
          .record(z.string().regex(/^[\w.-]+\.(ya?ml|json)$/), z.string())
          .describe("Policy files by name, mounted as a ConfigMap."),
        existingConfigMap: s.text.describe("A ConfigMap with such files, in their place."),
      })
      .describe("Where policies are."),
    registry: s
      .group({
        credentialsSecret: s.text.describe("A Secret of type kubernetes.io/dockerconfigjson."),
        caBundle: s
          .group({
            configMap: s.text.describe("A ConfigMap with authorities that every registry and proxy is trusted by."),
            key: s.named.describe("The key in it that holds them, PEM."),
          })
          .describe("The company's own authorities, besides the system's."),
      })
      .describe("The registries that hold evidence."),
    http_proxy: proxyUrl.describe("HTTP_PROXY: the proxy for plain HTTP. Empty: none."),
    https_proxy: proxyUrl.describe("HTTPS_PROXY: the proxy between the gate and registries. Empty: none."),
    no_proxy: z.string().describe("NO_PROXY: what is asked without either, with commas between."),
    ...webhookValues,
    ...clusterValues,
    resources: s
      .group({ requests: s.object.describe("As in a container."), limits: s.object.describe("As in a container.") })
      .describe("Of the gate's container."),
    maxHeapMiB: z
      .int()
      .min(64)
      .max(1_000_000)
      .nullable()
      .describe("Of Node's heap. Null: two thirds of the memory limit. More than three quarters are refused."),
    preStopSeconds: z.int().min(1).max(60).describe("Between leaving the Service and SIGTERM."),
    ...podValues,
    extraObjects: z.array(z.union([s.object, s.text])).describe("Further objects; texts are read as templates."),
  })
  .partial();
