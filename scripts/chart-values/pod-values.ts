import * as z from "zod";
import * as s from "./shapes.ts";

const id = z.int().min(0).max(4_294_967_295).nullable();

const probe = s.group({
  initialDelaySeconds: s.count.describe("Seconds before it is asked first."),
  periodSeconds: s.positive.describe("Seconds from one time to the next."),
  timeoutSeconds: s.positive.describe("Seconds to wait for an answer."),
  successThreshold: s.positive.describe("Good answers in a row that make up for a failure."),
  failureThreshold: s.positive.describe("Failures in a row that count."),
});

/** Values of the gate's pods, beside what they run. */
export const podValues = {
  terminationGracePeriodSeconds: s.positive
    .nullable()
    .describe("Null: preStopSeconds, config.drainMs and the longest timeoutSeconds together, plus ten. Not less."),
  startupProbe: probe.describe("Times and counts; what is asked is the chart's."),
  livenessProbe: probe.describe("The same."),
  readinessProbe: probe.describe("The same."),
  podSecurityContext: z
    .looseObject({
      runAsNonRoot: s.flag.describe("PodSecurity restricted wants it."),
      runAsUser: id.describe("Left out on OpenShift, and where it is null."),
      runAsGroup: id.describe("The same."),
      fsGroup: id.describe("The same."),
      seccompProfile: s.object.describe("PodSecurity restricted wants one."),
    })
    .partial()
    .describe("As in a pod."),
  containerSecurityContext: z
    .looseObject({
      allowPrivilegeEscalation: s.flag.describe("PodSecurity restricted wants false."),
      readOnlyRootFilesystem: s.flag.describe("The gate writes below /tmp at most."),
      capabilities: s.object.describe("PodSecurity restricted wants ALL dropped."),
    })
    .partial()
    .describe("As in a container; for the gate's own."),
  deploymentLabels: s.texts.describe("Of the Deployment."),
  deploymentAnnotations: s.texts.describe("Of the Deployment."),
  podLabels: s.texts.describe("Of the pods."),
  podAnnotations: s.texts.describe("Of the pods."),
  automountServiceAccountToken: s.flag.describe("False only where a volume of yours brings the token."),
  enableServiceLinks: s.flag.describe("Variables for each Service of the namespace; the gate reads none."),
  runtimeClassName: s.text.describe("As in a pod."),
  schedulerName: s.text.describe("As in a pod."),
  hostAliases: s.objects.describe("As in a pod."),
  dnsPolicy: s
    .choice("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
    .describe("Empty: ClusterFirst, or ClusterFirstWithHostNet with hostNetwork."),
  dnsConfig: s.object.describe("As in a pod."),
  nodeSelector: s.texts.describe("As in a pod."),
  tolerations: s.objects.describe("As in a pod."),
  affinity: s.object.describe("As in a pod. Empty: rather in different zones, where nodes say theirs."),
  topologySpreadConstraints: s.objects.describe("As in a pod. Empty: rather on different nodes."),
  hostNetwork: s.flag.describe(
    "For clusters whose control plane cannot reach pods. Takes the gate's ports on the node.",
  ),
  extraArgs: z.array(s.text).describe("Further arguments of `assaygate serve`."),
  extraEnv: s.objects.describe("Further variables of the gate's container, as in a container."),
  extraEnvFrom: s.objects.describe("ConfigMaps and Secrets that hold further variables, as in a container."),
  extraContainers: s.objects.describe("Containers beside the gate's."),
  extraInitContainers: s.objects.describe("Containers before the gate's."),
  extraVolumes: s.objects.describe("Volumes, such as an authority, an image layout, or keys for signatures."),
  extraVolumeMounts: s.objects.describe("Where the gate's container finds them."),
} as const;
