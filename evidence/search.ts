import type { Digest } from "../policies/digest.ts";
import type { Policy } from "../policies/policy.ts";

/** When waiting ends. */
export interface Deadline {
  /**
   * The same each time. It is made when it is first asked for: a review that waits for nothing needs none. `whom` is waited
   * for: the host of a registry, or the cluster.
   */
  signal(whom: string): AbortSignal;
}

/** One artifact that is looked for. */
export interface Search {
  readonly repository: string;
  readonly digest: Digest;
  /** Those that trust the repository, and so will judge what is found there. */
  readonly policies: readonly Policy[];
}
