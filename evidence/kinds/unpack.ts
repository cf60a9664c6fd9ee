import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { extract } from "tar-stream";
import { EvidenceError, refused } from "../../registry/errors.ts";
import { codeOf } from "../../runtime/error-code.ts";
import { limits } from "../../registry/limits.ts";

/**
 * The regular files in a tar+gzip layer, unpacked in memory: at most `maxBytes` in all and `limits.tarEntries` of them.
 * Their names, owners and links are attacker-controlled and dropped. Anything but a regular file, or a folder around one,
 * is ARTIFACT_INVALID.
 */
export async function unpack(layer: Buffer, maxBytes: number): Promise<Buffer[]> {
  try {
    return await readTar(await promisify(gunzip)(layer, { maxOutputLength: maxBytes }));
  } catch (error) {
    if (error instanceof EvidenceError) throw error;
    const tooLarge = codeOf(error) === "ERR_BUFFER_TOO_LARGE";
    const problem = tooLarge ? `a layer unpacks to more than ${maxBytes} bytes` : "a layer is not a tar+gzip archive";
    throw refused("ARTIFACT_INVALID", problem, { cause: error });
  }
}

async function readTar(tar: Buffer): Promise<Buffer[]> {
  const archive = extract();
  archive.end(tar);
  const files: Buffer[] = [];
  let entries = 0;
  for await (const entry of archive) {
    entries += 1;
    if (entries > limits.tarEntries)
      throw refused("ARTIFACT_INVALID", `a layer holds more than ${limits.tarEntries} files`);
    const { type } = entry.header;
    if (type !== "file" && type !== "directory") throw refused("ARTIFACT_INVALID", `a layer holds a ${type}`);
    const file = await buffer(entry);
    if (type === "file") files.push(file);
  }
  return files;
}
