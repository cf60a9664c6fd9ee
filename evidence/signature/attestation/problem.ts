/** Why a statement is not evidence. */
export type AttestationProblem = "STATEMENT_MALFORMED" | "PREDICATE_TYPE_UNKNOWN" | "PREDICATE_MALFORMED";

/** Thrown by {@link import("./statement.ts").readStatement}. */
export class AttestationError extends Error {
  override readonly name = "AttestationError";
  readonly problem: AttestationProblem;

  constructor(problem: AttestationProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}
