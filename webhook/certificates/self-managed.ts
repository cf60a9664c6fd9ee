import { pause } from "../../runtime/pause.ts";
import { createPass } from "./pass.ts";
import type { SelfManagedOptions } from "./self-managed-options.ts";

/** Serving certificates that the replicas make themselves: all read the Secret, the leader writes it and publishes. */
export interface SelfManagedCertificates {
  /** What keeps it from its work, one line each; empty when all is well. */
  problems(): readonly string[];
  /** Looks soon, instead of when it would have. */
  wake(): void;
  stop(): Promise<void>;
}

/** Looks at once, and then every `intervalMs`, until it is stopped. Never throws. */
export function manageCertificates(options: SelfManagedOptions): SelfManagedCertificates {
  const stopping = new AbortController();
  const pass = createPass(options);
  let problems: readonly string[] = [];
  let waking = new AbortController();
  const look = async (): Promise<void> => {
    const found = await pass(stopping.signal);
    if (stopping.signal.aborted) return;
    for (const problem of found) if (!problems.includes(problem)) options.onProblem(problem);
    problems = found;
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      await look();
      await pause(options.intervalMs, AbortSignal.any([stopping.signal, waking.signal]));
    }
  };
  const running = run();
  return {
    problems: () => problems,
    wake: () => waking.abort(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
