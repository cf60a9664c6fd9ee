import * as z from "zod";
import * as s from "./shapes.ts";

const id = z.int().min(0).max(4_294_967_295).nullable();

const probe = s.group({
  initialDelaySeconds: s.count.describe("Seconds before the first probe."),
  periodSeconds: s.positive.describe("Seconds between probes."),
  timeoutSeconds: s.positive.describe("Seconds to wait for an answer."),
  successThreshold: s.positive.describe("Successes in a row after a failure."),
  failureThreshold: s.positive.describe("Failures in a row before the probe counts as failed."),
});

/** Values of the gate's pods, beside what they run. */
export const podValues = {
  terminationGracePeriodSeconds: s.positive
    .nullable()
    .describe("Null: preStopSeconds, config.drainMs and the longest timeoutSeconds together, plus ten. Not less."),
  startupProbe: probe.describe("Times and counts; the chart sets the request."),
  livenessProbe: probe.describe("The same."),
  readinessProbe: probe.describe("The same."),
  podSecurityContext: z
    .looseObject({
      runAsNonRoot: s.flag.describe("Required by Pod Security restricted."),
      runAsUser: id.describe("Omitted on OpenShift, and if null."),
      runAsGroup: id.describe("The same."),
      fsGroup: id.describe("The same."),
      seccompProfile: s.object.describe("Required by Pod Security restricted."),
    })
    .partial()
    .describe("As in a pod."),
  containerSecurityContext: z
    .looseObject({
      allowPrivilegeEscalation: s.flag.describe("False is required by Pod Security restricted."),
      readOnlyRootFilesystem: s.flag.describe("The gate writes only below /tmp, if at all."),
      capabilities: s.object.describe("Pod Security restricted requires dropping ALL."),
    })
    .partial()
    .describe("As in a container, for the gate's container."),
  deploymentLabels: s.texts.describe("On the Deployment."),
  deploymentAnnotations: s.texts.describe("On the Deployment."),
  podLabels: s.texts.describe("On the pods."),
  podAnnotations: s.texts.describe("On the pods."),
  automountServiceAccountToken: s.flag.describe("False only if a volume of yours brings the token."),
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
  affinity: s.object.describe("As in a pod. Empty: prefer different zones, if nodes are labelled with theirs."),
  topologySpreadConstraints: s.objects.describe("As in a pod. Empty: prefer different nodes."),
  hostNetwork: s.flag.describe(
    "For clusters whose control plane cannot reach pods. Takes the gate's ports on the node.",
  ),
  extraArgs: z.array(s.text).describe("Further arguments of `assaygate serve`."),
  extraEnv: s.objects.describe("Further variables of the gate's container, as in a container."),
  extraEnvFrom: s.objects.describe("ConfigMaps and Secrets that hold further variables, as in a container."),
  extraContainers: s.objects.describe("Containers beside the gate's."),
  extraInitContainers: s.objects.describe("Containers before the gate's."),
  extraVolumes: s.objects.describe(
    "Further volumes, such as a certificate authority, an image layout, or keys for signatures.",
  ),
  extraVolumeMounts: s.objects.describe("Where the gate's container mounts them."),
} as const;
