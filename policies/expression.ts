import type { Evaluation } from "./evaluation.ts";
import type { ModelIdentity } from "./model-identity.ts";
import type { Workload } from "./workload.ts";

/**
 * A condition in CEL over one evaluation and the workload, compiled and type-checked.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */
export interface Expression {
  /** The policy's words for the person deploying, when it does not hold. */
  readonly message: string;
  /** Names of fields that it may read, of whatever object: more rather than fewer. */
  readonly reads: ReadonlySet<string>;
  /** The workload's own labels and annotations that it may read. */
  readonly keys: { readonly labels: Keys; readonly annotations: Keys };
  /** Whether it holds, or why that cannot be said. Never throws. */
  evaluate(subject: ExpressionSubject): boolean | { readonly problem: string };
}

/** What an expression can read. */
export interface ExpressionSubject {
  readonly evaluation: Evaluation;
  readonly workload: Workload;
  readonly model: ModelIdentity;
  /** Undefined where the workload declares none. */
  readonly environment: string | undefined;
  readonly now: Date;
}

/** The entries of a map that are read; `all` where that depends on more than what is written. */
export type Keys = ReadonlySet<string> | "all";
