import { checkCredentials, createSource } from "../../config/sources.ts";
import { type LiveTrust, watchTrust } from "../../config/trust-files.ts";
import { type ArtifactCache, createArtifactCache } from "../../evidence/artifact-cache.ts";
import { createDiscovery, type Discovery } from "../../evidence/discovery.ts";
import { createModelIndexCache, type ModelIndexCache } from "../../evidence/model-index/index-cache.ts";
import { createRevocationCache, type RevocationCache } from "../../evidence/signature/revocation/revocation-cache.ts";
import { createSignatureCache, type SignatureCache } from "../../evidence/signature/signature-cache.ts";
import { observeSilence } from "../telemetry/observers.ts";
import type { GateState } from "./state.ts";

/** What evidence is fetched, remembered and trusted by. */
export interface EvidenceServices extends AsyncDisposable {
  readonly trust: LiveTrust;
  readonly store: ArtifactCache;
  readonly signatures: SignatureCache;
  readonly revocations: RevocationCache;
  readonly modelSignatures: SignatureCache;
  readonly modelIndexes: ModelIndexCache;
  readonly discovery: Discovery;
}

/** Builds what looks for evidence. Disposing of it ends every connection to a registry. */
export function buildEvidence({ config, log, environment, metrics }: GateState): EvidenceServices {
  const source = createSource(config, environment, metrics.registryAsked, observeSilence(metrics, log));
  for (const problem of checkCredentials(config))
    log.warn({ file: config.credentials.dockerConfigFile, problem }, "credentials that are not used");
  const trust = watchTrust(config.signatures);
  const { cache } = config;
  return {
    trust,
    store: createArtifactCache(source, { hit: metrics.cacheHit, miss: metrics.cacheMiss }, cache),
    signatures: createSignatureCache(source, trust.current, cache),
    revocations: createRevocationCache(source, trust.current, cache),
    modelSignatures: createSignatureCache(source, trust.current, { ...cache, of: "model" }),
    modelIndexes: createModelIndexCache(source, cache),
    discovery: createDiscovery(source, cache),
    async [Symbol.asyncDispose]() {
      trust.stop();
      await source.close();
    },
  };
}
