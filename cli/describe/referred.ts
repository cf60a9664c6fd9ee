import type { ClaimReference } from "../../policies/workload.ts";
import { toClaimKey, type ClaimAnswer, type Devices } from "../../workload/hardware/claims.ts";
import { type DeviceAsk, listExpressions, listRequests } from "../../workload/hardware/devices.ts";
import type { WorkloadInput } from "../../workload/read.ts";
import { asFields, getFields, isFields, WorkloadError } from "../../workload/shape.ts";
import type { Manifest } from "../check/manifests.ts";

type Referred = Required<Pick<WorkloadInput, "devices" | "configMapKeys">>;

/** What workloads of a namespace refer to, as far as it stands in the same files. A namespace that is left out matches any. */
export function listReferredObjects(
  manifests: readonly Manifest[],
  configured: Devices,
): (namespace: string) => Referred {
  return (namespace) => {
    const near = manifests.filter((one) => one.namespace === "" || namespace === "" || one.namespace === namespace);
    const keys = new Map(near.filter(isConfigMap).map((one) => [one.name, readKeys(one)]));
    return { devices: readDevices(near, configured), configMapKeys: (name) => keys.get(name) };
  };
}

function readDevices(manifests: readonly Manifest[], configured: Devices): Devices {
  const selectors = new Map(manifests.filter(isDeviceClass).map((one) => [one.name, readSelectors(one)]));
  const answers = manifests.flatMap((manifest): [string, ClaimAnswer][] => {
    const { group, kind, name } = manifest;
    if (group !== "resource.k8s.io" || (kind !== "ResourceClaim" && kind !== "ResourceClaimTemplate")) return [];
    return [[toClaimKey({ object: kind, name, field: "" }), toAnswer(manifest, kind, selectors)]];
  });
  return { ...configured, answers: new Map(answers) };
}

/** What the cluster would say of it, with the selectors of the device classes that stand in the same files. */
function toAnswer(
  { object }: Manifest,
  kind: ClaimReference["object"],
  selectors: ReadonlyMap<string, readonly string[]>,
): ClaimAnswer {
  try {
    const own = getFields(asFields(object, ""), "spec", "") ?? {};
    const spec = kind === "ResourceClaim" ? own : (getFields(own, "spec", "spec") ?? {});
    const withClass = (ask: DeviceAsk): DeviceAsk => ({
      ...ask,
      expressions: [...ask.expressions, ...(selectors.get(ask.deviceClass) ?? [])],
    });
    return { kind: "found", requests: listRequests(spec, "spec").map((request) => request.map(withClass)) };
  } catch (cause) {
    if (cause instanceof WorkloadError) return { kind: "unknown", why: cause.message };
    throw cause;
  }
}

function isDeviceClass({ group, kind }: Manifest): boolean {
  return group === "resource.k8s.io" && kind === "DeviceClass";
}

function readSelectors({ object }: Manifest): string[] {
  try {
    return listExpressions(getFields(asFields(object, ""), "spec", "") ?? {}, "spec");
  } catch (cause) {
    if (cause instanceof WorkloadError) return [];
    throw cause;
  }
}

function isConfigMap({ group, kind }: Manifest): boolean {
  return group === "" && kind === "ConfigMap";
}

function readKeys({ object }: Manifest): string[] {
  const fields = asFields(object, "");
  return ["data", "binaryData"].flatMap((key) => (isFields(fields[key]) ? Object.keys(fields[key]) : []));
}
