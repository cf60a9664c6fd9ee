import { explainUnusable } from "../../errors.ts";

/** What was read, or what is said of an error that {@link isInvalid}. Rejects with any other. */
export async function catchInvalid<T>(read: () => Promise<T>, otherwise: (error: Error) => T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return otherwise(error);
  }
}

/** True where the content itself is wrong: a registry that sends other bytes, or none, is never passed over. */
export function isInvalid(error: unknown): error is Error {
  const missing = explainUnusable(error);
  return missing?.kind === "refused" && missing.reason === "ARTIFACT_INVALID";
}
