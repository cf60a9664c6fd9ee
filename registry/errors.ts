/** Why an answer can never be accepted: its bytes are not those that were asked for, or are not what they have to be. */
export type RefusedReason = "corrupt" | "invalid";

/** Why nothing was learned: no answer that says anything, no permission, or no time. */
export type UnavailableReason = "no-answer" | "denied" | "out-of-time";

/** What came of asking a registry, where it was not what was asked for. The message is for users. */
export type Failure =
  | { readonly kind: "absent"; readonly message: string }
  | { readonly kind: "refused"; readonly reason: RefusedReason; readonly message: string }
  | { readonly kind: "unavailable"; readonly reason: UnavailableReason; readonly message: string };

/**
 * Something could not be had from a registry, or brought there. The message is for users: no secret, no token, no address that
 * the user did not write. Internal detail goes into `cause`, which is logged at most. Anything else that is thrown is a
 * programmer's error.
 */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.failure = failure;
  }
}

/** The registry answered that it does not hold what was asked for. */
export function absent(message: string, options?: ErrorOptions): RegistryError {
  return new RegistryError({ kind: "absent", message }, options);
}

/** The registry answered with something that can never be accepted. */
export function refused(reason: RefusedReason, message: string, options?: ErrorOptions): RegistryError {
  return new RegistryError({ kind: "refused", reason, message }, options);
}

/** The registry gave no answer that says anything. */
export function unavailable(reason: UnavailableReason, message: string, options?: ErrorOptions): RegistryError {
  return new RegistryError({ kind: "unavailable", reason, message }, options);
}

/** The caller's time was up first. */
export function makeDeadlineError(options?: ErrorOptions): RegistryError {
  return unavailable("out-of-time", "the time was up before the evidence was read", options);
}
