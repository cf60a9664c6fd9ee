import { join } from "node:path";
import { FileTooLarge, readBoundedBytes } from "../../runtime/read-text-file.ts";
import { refused } from "../errors.ts";

/**
 * What a file of an image layout that stands beside its blobs holds, as JSON. Rejects with a RegistryError for one that is larger
 * than `maxBytes`, and with what the file system or the parser throws.
 */
export async function readLayoutJson(path: string, name: string, maxBytes: number): Promise<unknown> {
  try {
    return JSON.parse((await readBoundedBytes(join(path, name), maxBytes)).toString("utf8"));
  } catch (cause) {
    if (cause instanceof FileTooLarge)
      throw refused("invalid", `the image layout's ${name} ${cause.message}: keep fewer artifacts in one folder`);
    throw cause;
  }
}
