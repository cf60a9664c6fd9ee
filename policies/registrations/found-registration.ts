import type { Registration, Signatures } from "../artifact.ts";
import type { ErrorResult, FailResult } from "../finding.ts";

/** A registration among the evidence, as one policy sees it: whose it is, and of what time, is still to be judged. */
export interface FoundRegistration {
  /** `repository@digest`. */
  readonly name: string;
  readonly registration: Registration;
  /** Of its own envelope. */
  readonly signatures: Signatures;
  /** Why it counts for nothing, or cannot be known to count: it was revoked, or that could not be seen. */
  readonly standing: FailResult | ErrorResult | undefined;
}
