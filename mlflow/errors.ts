/**
 * Why the tracking server could not be used. The message is for the person at the command line: what was asked, what was
 * answered, what to do. It holds no secret; internal detail goes into `cause`.
 *
 * - `unusable`: what it was told, the address, the credentials or the artifact, cannot be worked with.
 * - `absent`: the server answered that it has no such run.
 * - `refused`: the server answered that it does not do what was asked.
 * - `unavailable`: the server gave no answer that says anything about the run.
 */
export class MlflowError extends Error {
  override readonly name = "MlflowError";
  readonly kind: "unusable" | "absent" | "refused" | "unavailable";

  constructor(kind: MlflowError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
