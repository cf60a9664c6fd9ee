import { listConfiguredNamespaces } from "../../config/config.ts";
import { readConfiguredDevices } from "../../config/hardware-config.ts";
import { builtinControllers } from "../admission/delegation.ts";
import type { GateDependencies } from "../admission/gate.ts";
import { createClaimResolver } from "../cluster/claims.ts";
import { createConfigMapResolver } from "../cluster/config-maps.ts";
import type { EvidenceServices } from "./evidence.ts";
import type { PolicyServices } from "./policies.ts";
import type { GateState } from "./state.ts";

/** What a gate is made of: that of the reviews, and that of the audit, which share all that is remembered of evidence. */
export function buildGateDependencies(
  { config, kinds }: GateState,
  { trust, store, signatures, revocations, modelSignatures, modelIndexes, discovery }: EvidenceServices,
  { set, cluster, settings }: PolicyServices,
): Omit<GateDependencies, "readings"> {
  const configured = listConfiguredNamespaces(config);
  return {
    policies: set.current,
    namespaceLabels: (name) => configured(name) ?? cluster?.namespaces?.labels(name),
    ...(cluster?.namespaces && { lookUpNamespace: cluster.namespaces.lookUp }),
    store,
    signatures,
    revocations,
    modelSignatures,
    modelIndexes,
    discovery,
    kinds,
    controllers: [...builtinControllers, ...config.controllers],
    devices: readConfiguredDevices(config),
    claims: config.cluster?.claims === true && cluster ? createClaimResolver(cluster.client) : undefined,
    configMaps: config.cluster?.configMaps === true && cluster ? createConfigMapResolver(cluster.client) : undefined,
    settings,
    trustDigest: () => trust.current().digest,
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  };
}
