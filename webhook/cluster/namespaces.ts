import type { Deadline } from "../../evidence/search.ts";
import { createSingleFlight } from "../../runtime/single-flight.ts";
import { waitUnlessAborted } from "../../runtime/unless-aborted.ts";
import type { StringMap } from "../../policies/workload.ts";
import type { KubeClient } from "./client.ts";
import { cluster } from "./resolvers.ts";
import { toNamespacePath, readLabels } from "./resources.ts";
import type { LiveResource } from "./watch/watch.ts";

/** Labels of the cluster's namespaces. */
export interface Namespaces {
  /** From the watch, at once; undefined where it has not seen the namespace, or is too old to be believed. */
  labels(name: string): StringMap | undefined;
  /** Asks the API server for one namespace, inside the deadline. Undefined where it cannot be looked up; never rejects. */
  lookUp(name: string, deadline: Deadline): Promise<StringMap | undefined>;
}

/** A namespace that was made a moment ago is one GET; more than these at once wait for their turn. */
const bounds = { places: { own: 8, shared: 0 }, timeoutMs: 3_000 } as const;

/** Is told what became of asking for one namespace, and why it failed. */
export type LookUpObserver = (result: "found" | "failed", cause?: unknown) => void;

/** Labels from a watch; `looked` is told what came of each namespace that was asked for by itself. */
export function createNamespaces(
  client: KubeClient,
  live: LiveResource<StringMap>,
  staleAfterMs: number,
  looked: LookUpObserver,
): Namespaces {
  const share = createSingleFlight<StringMap>(bounds);
  return {
    labels: (name) => (live.ageMs() > staleAfterMs ? undefined : live.items()?.get(name)),
    async lookUp(name, deadline) {
      try {
        const asked = deadline.signal(cluster);
        const run = async (signal: AbortSignal): Promise<StringMap> =>
          readLabels(await client.get(toNamespacePath(name), signal));
        const labels = await waitUnlessAborted(share({ key: name, owner: cluster, asked, run }), asked);
        looked("found");
        return labels;
      } catch (cause) {
        looked("failed", cause);
        return undefined;
      }
    },
  };
}
