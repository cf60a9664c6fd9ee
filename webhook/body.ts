import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { withoutManagedFields } from "./managed-fields.ts";

/** A request that is refused before it is a review. `status` is the HTTP status, the message is for the caller. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The request's JSON body with its `managedFields` empty, read once and never beyond `maxBytes`. The default limit of 7 MiB is an object and its old
 * self at the API server's 3 MiB limit each, and their envelope.
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const {
    "content-type": type = "",
    "content-encoding": encoding = "identity",
    "content-length": length,
  } = request.headers;
  if (type !== "application/json" && !/^application\/json\s*;/.test(type))
    throw new RequestError(415, "expected Content-Type: application/json");
  if (encoding !== "identity") throw new RequestError(415, "expected a body without Content-Encoding");
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
  const body = await readBytes(request, maxBytes);
  if (!isUtf8(body)) throw new RequestError(400, "the body is not UTF-8");
  try {
    return JSON.parse(withoutManagedFields(body)) as unknown;
  } catch {
    throw new RequestError(400, "the body is not JSON");
  }
}

/** By events, not by iteration: ending an iteration early would cut the connection before the answer is sent. */
function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else reject(tooLarge(maxBytes));
    });
    request.on("end", () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)),
    );
    request.on("error", reject);
    request.on("close", () => {
      if (!request.complete) reject(new RequestError(400, "the request ended before its body did"));
    });
  });
}

function tooLarge(maxBytes: number): RequestError {
  return new RequestError(413, `the body is larger than ${maxBytes} bytes`);
}
