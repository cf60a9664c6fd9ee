/** A record that cannot be used. The message says which, and why. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}
