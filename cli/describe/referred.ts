import { claimKey, type ClaimAnswer, type Devices } from "../../workload/hardware/claims.ts";
import { requestsOf, requestsOfCreation } from "../../workload/hardware/devices.ts";
import type { WorkloadInput } from "../../workload/read.ts";
import { asFields, fieldsAt, isFields, WorkloadError } from "../../workload/shape.ts";
import type { Manifest } from "../check/manifests.ts";

type Referred = Required<Pick<WorkloadInput, "devices" | "configMapKeys">>;

/** What workloads of a namespace refer to, as far as it stands in the same files. A namespace that is left out matches any. */
export function referredObjects(manifests: readonly Manifest[], configured: Devices): (namespace: string) => Referred {
  return (namespace) => {
    const near = manifests.filter((one) => one.namespace === "" || namespace === "" || one.namespace === namespace);
    const keys = new Map(near.filter(isConfigMap).map((one) => [one.name, keysOf(one)]));
    return { devices: devicesIn(near, configured), configMapKeys: (name) => keys.get(name) };
  };
}

function devicesIn(manifests: readonly Manifest[], configured: Devices): Devices {
  const answers = manifests.flatMap((manifest): [string, ClaimAnswer][] => {
    const { kind, name } = manifest;
    if (manifest.group !== "resource.k8s.io" || (kind !== "ResourceClaim" && kind !== "ResourceClaimTemplate"))
      return [];
    return [[claimKey({ object: kind, name, field: "" }), answerOf(manifest, kind)]];
  });
  return { ...configured, answers: new Map(answers) };
}

function answerOf({ object }: Manifest, kind: "ResourceClaim" | "ResourceClaimTemplate"): ClaimAnswer {
  try {
    const spec = fieldsAt(asFields(object, ""), "spec", "") ?? {};
    const requests = kind === "ResourceClaim" ? requestsOf(spec, "spec") : requestsOfCreation(spec, "spec");
    return { kind: "found", requests };
  } catch (cause) {
    if (cause instanceof WorkloadError) return { kind: "unknown", why: cause.message };
    throw cause;
  }
}

function isConfigMap({ group, kind }: Manifest): boolean {
  return group === "" && kind === "ConfigMap";
}

function keysOf({ object }: Manifest): string[] {
  const fields = asFields(object, "");
  return ["data", "binaryData"].flatMap((key) => (isFields(fields[key]) ? Object.keys(fields[key]) : []));
}
