import type { PodSpec } from "./shapes.ts";

const volumeTypes = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/**
 * What the Pod Security Standard "restricted" has against a pod; empty: nothing.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function restrictedViolations({ securityContext: pod, containers, volumes, ...spec }: PodSpec): string[] {
  const violations = {
    "host namespaces": spec.hostNetwork || spec.hostPID || spec.hostIPC,
    "host ports": containers.some(({ ports }) => ports.some(({ hostPort }) => hostPort !== undefined)),
    privileged: containers.some(({ securityContext }) => securityContext.privileged),
    "privilege escalation": containers.some(({ securityContext }) => securityContext.allowPrivilegeEscalation),
    capabilities: containers.some(
      ({ securityContext: { capabilities } }) =>
        capabilities?.drop.includes("ALL") !== true || capabilities.add.some((name) => name !== "NET_BIND_SERVICE"),
    ),
    "may run as root": pod.runAsNonRoot !== true || pod.runAsUser === 0,
    "seccomp profile": !["RuntimeDefault", "Localhost"].includes(pod.seccompProfile?.type ?? ""),
    sysctls: pod.sysctls.length > 0,
    "volume types": volumes.some((volume) =>
      Object.keys(volume).some((key) => key !== "name" && !volumeTypes.has(key)),
    ),
  };
  return Object.entries(violations).flatMap(([name, isViolated]) => (isViolated ? [name] : []));
}
