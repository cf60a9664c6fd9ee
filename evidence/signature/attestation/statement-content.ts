import type { Benchmark, Registration } from "../../../policies/artifact.ts";
import type { Digest } from "../../../policies/digest.ts";

/** What a statement says of its subjects, in words of our own. */
export interface StatementContent {
  /** Those that are named by sha256; a statement may name others in other ways. */
  readonly subjects: readonly Digest[];
  /**
   * WARNED counts as passed, as in the specification; failed tests never do. Undefined where the statement has no verdict over
   * all that it lists.
   */
  readonly passed: boolean | undefined;
  /** Tests, levels, properties or suites, with what became of each. */
  readonly verdicts: readonly (readonly [name: string, passed: boolean])[];
  /** Who gave those names their meaning; absent where the statement does not say. */
  readonly provider?: string;
  /** What else is said of the one suite that there is, where there is one. */
  readonly suite?: Pick<Benchmark, "bounds" | "version" | "samples" | "preRegistration">;
  /** The bar that it registers, where it does that and nothing else. */
  readonly registration?: Registration;
  /** In a summary. Consumers must accept only pairs of signer and verifier that they know. */
  readonly verifier: string | undefined;
  /** RFC 3339. */
  readonly verifiedAt: string | undefined;
}

/** What a predicate says, whatever it is about. */
export type Predicate = Omit<StatementContent, "subjects">;
