import { RegistryError } from "../../registry/errors.ts";

/** What became of the work: `accepted`, `absent`, or the reason of a refusal or a failure. Bugs are thrown on. */
export async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "accepted";
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const { failure } = error;
    return "reason" in failure ? failure.reason : failure.kind;
  }
}
