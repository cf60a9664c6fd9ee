import type { Config } from "../../config/config.ts";
import { createSource } from "../../config/sources.ts";
import { watchTrust } from "../../config/trust-files.ts";
import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import { collectEvidence } from "../../evidence/collect.ts";
import { createRevocationCache } from "../../evidence/signature/revocation/revocation-cache.ts";
import { createSignatureCache } from "../../evidence/signature/signature-cache.ts";
import type { EvidenceSet } from "../../policies/evidence.ts";
import type { Policy } from "../../policies/policy.ts";
import type { Workload } from "../../policies/workload.ts";
import { createDeadline } from "../../webhook/server/deadline.ts";
import type { Io } from "../io.ts";

/** The evidence as it is now. */
export interface EvidenceNow extends AsyncDisposable {
  /** Digest of what signatures are verified with. */
  readonly trust: string | undefined;
  /** All that the policies read of it; undefined where nobody is to be asked. */
  collect(workload: Workload, policies: readonly Policy[]): Promise<EvidenceSet | undefined>;
}

interface EvidenceOptions {
  readonly config: Config;
  readonly looks: boolean;
  readonly now: Date | undefined;
  readonly timeoutMs: number;
}

/**
 * Many objects ask a registry for much, so that it may ask for patience. So often in all it is asked again when it says, within the
 * time that one object may take.
 */
export const patience = 256;

/** Where evidence is looked up: each artifact once, whatever many records name it. Throws ConfigError. */
export function openEvidence(
  { config, looks, now, timeoutMs }: EvidenceOptions,
  io: Pick<Io, "env" | "now">,
): EvidenceNow {
  if (!looks) return { trust: undefined, collect: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
  const source = createSource({ ...config, patience }, io.env);
  const trust = watchTrust(config.signatures);
  const cache = { ...config.cache, fetchTimeoutMs: Math.max(config.cache.fetchTimeoutMs, timeoutMs) };
  const store = createArtifactCache(source, { hit() {}, miss() {} }, cache);
  const time = now ?? io.now();
  const signatures = createSignatureCache(source, trust.current, { ...cache, now: () => time });
  const revocations = createRevocationCache(source, trust.current, { ...cache, now: () => time });
  return {
    trust: trust.current().digest,
    async collect(workload, policies) {
      const deadline = createDeadline("", timeoutMs);
      const found = [workload.discovered, workload.listed].flatMap((one) => one?.references ?? []);
      const references = [...workload.references.entries, ...found];
      try {
        return await collectEvidence(store, { references, policies }, deadline, signatures, revocations);
      } finally {
        deadline.clear();
      }
    },
    async [Symbol.asyncDispose]() {
      trust.stop();
      await source.close();
    },
  };
}
