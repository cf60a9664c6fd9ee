import type { ServingNames } from "../../certs/issue.ts";
import type { PlanSettings, Step } from "../../certs/plan.ts";
import type { CertificateStore } from "./certificate-store.ts";
import type { CertificatePair } from "./certificate-pair.ts";

/** What looking after a gate's own certificates needs. */
export interface SelfManagedOptions {
  readonly store: CertificateStore;
  /** For messages: `namespace/name`. */
  readonly secret: string;
  readonly webhookConfigurations: readonly string[];
  readonly names: ServingNames;
  readonly authorityValidMs: number;
  readonly settings: PlanSettings;
  /** How often to look. */
  readonly intervalMs: number;
  leading(): boolean;
  /** Puts a pair in force; throws where it cannot be used. */
  install(pair: CertificatePair): void;
  /** Something was done. No secrets. */
  onStep(step: Step): void;
  /** A problem that was not there before. */
  onProblem(problem: string): void;
  /** Milliseconds since 1970, by this machine's clock. */
  nowMs(): number;
}

/** One call to the API server may take this long. */
const callTimeoutMs = 10_000;

/** The signal for one call: it ends with the work that it is part of, and in time. */
export function limitCall(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
}
