/**
 * A signing service did not do its part, so that nothing was attached. The message is for the person at the command line: which
 * service, what it answered, what to do. It never holds the identity token.
 *
 * - `refused`: the service answered, and does not do what was asked.
 * - `unavailable`: no answer that says anything.
 */
export class SigningError extends Error {
  override readonly name = "SigningError";
  readonly kind: "refused" | "unavailable";

  constructor(kind: SigningError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
