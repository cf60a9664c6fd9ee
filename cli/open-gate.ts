import { type AccessConfig, createSource } from "../config/sources.ts";
import { readConfiguredDevices } from "../config/hardware-config.ts";
import { watchTrust } from "../config/trust-files.ts";
import { createArtifactCache } from "../evidence/artifact-cache.ts";
import { createDiscovery } from "../evidence/discovery.ts";
import { createModelIndexCache } from "../evidence/model-index/index-cache.ts";
import { createRevocationCache } from "../evidence/signature/revocation/revocation-cache.ts";
import { createSignatureCache } from "../evidence/signature/signature-cache.ts";
import type { PolicySet } from "../policies/policy.ts";
import { builtinControllers } from "../webhook/admission/delegation.ts";
import { createGate, type Gate, type GateDependencies } from "../webhook/admission/gate.ts";
import type { ReadingMemory } from "../webhook/admission/readings/reading-memory.ts";
import type { Resolvers } from "../webhook/admission/gather.ts";
import type { KindTable } from "../workload/kinds/kinds.ts";
import type { NamespaceLabels } from "./check/namespaces.ts";
import type { Io } from "./io.ts";
import { readSettings } from "./settings.ts";

/** A configuration, and what is judged by it. */
export interface GateOptions extends Resolvers {
  readonly config: AccessConfig;
  readonly kinds: KindTable;
  readonly labels: NamespaceLabels;
  readonly now: Date;
}

/** Gates that share one memory of evidence: whatever several of them are asked, each artifact is fetched once. */
export interface Gates extends AsyncDisposable {
  /**
   * The gate that the webhook would be with this configuration and these policies. It keeps no readings, because each object is
   * shown once, unless it is given where.
   */
  create(set: PolicySet, readings?: ReadingMemory): Gate;
  readonly parts: Required<
    Pick<GateDependencies, "store" | "discovery" | "signatures" | "revocations" | "modelIndexes">
  > &
    Pick<GateDependencies, "settings" | "controllers" | "devices">;
}

/** Opens what gates ask. Throws ConfigError. */
export function openGates({ config, kinds, labels, now, claims, configMaps }: GateOptions, io: Pick<Io, "env">): Gates {
  const source = createSource(config, io.env);
  const trust = watchTrust(config.signatures);
  const parts = {
    store: createArtifactCache(source, { hit() {}, miss() {} }, config.cache),
    signatures: createSignatureCache(source, trust.current, { ...config.cache, now: () => now }),
    revocations: createRevocationCache(source, trust.current, { ...config.cache, now: () => now }),
    modelSignatures: createSignatureCache(source, trust.current, { ...config.cache, of: "model", now: () => now }),
    modelIndexes: createModelIndexCache(source, config.cache),
    discovery: createDiscovery(source, config.cache),
    controllers: [...builtinControllers, ...config.controllers],
    settings: readSettings(config),
    devices: readConfiguredDevices(config),
  };
  return {
    parts,
    create: (set, readings) =>
      createGate({
        ...parts,
        readings,
        policies: () => set,
        namespaceLabels: labels,
        kinds,
        devices: parts.devices,
        trustDigest: () => trust.current().digest,
        claims,
        configMaps,
        now: () => now,
        elapsedMs: () => performance.now(),
      }),
    async [Symbol.asyncDispose]() {
      trust.stop();
      await source.close();
    },
  };
}
