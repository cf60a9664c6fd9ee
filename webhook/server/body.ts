import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { parseReview, type Review } from "../admission/review.ts";
import type { InFlight } from "./in-flight.ts";
import { mostValues, readReviewJson } from "./review-json.ts";

/** A request that is refused before it is a review. `status` is the HTTP status, the message is for the caller. */
export class RequestError extends Error {
  override readonly name: string = "RequestError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** There is no room for the request now. It may be sent again. */
export class OverloadedError extends RequestError {
  override readonly name = "OverloadedError";

  constructor(message: string) {
    super(503, message);
  }
}

/**
 * The bytes of a JSON request's body, read once, never beyond `maxBytes`, and only while `inFlight` has room for them: whoever
 * has the body gives the room back. The default limit of 7 MiB is an object and its old self at the API server's 3 MiB limit
 * each, and their envelope.
 */
export function readBody(request: IncomingMessage, maxBytes: number, inFlight: InFlight): Promise<Buffer> {
  const problem = findProblem(request, maxBytes);
  return problem === undefined ? readBytes(request, maxBytes, inFlight) : Promise.reject(problem);
}

/** The review in a body, see {@link readReviewJson}. Throws RequestError for what is not JSON, and a ReviewError. */
export function parseBody(body: Buffer): Review {
  if (!isUtf8(body)) throw new RequestError(400, "the body is not UTF-8");
  const { text, tooLarge: unread } = readReviewJson(body);
  const review = parseReview(parseJson(text));
  return unread.includes("object") ? { ...review, tooLarge: `more than ${mostValues} values in one object` } : review;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RequestError(400, "the body is not JSON");
  }
}

function findProblem({ headers }: IncomingMessage, maxBytes: number): RequestError | undefined {
  const { "content-type": type = "", "content-encoding": encoding = "identity", "content-length": length } = headers;
  if (type !== "application/json" && !/^application\/json\s*;/.test(type))
    return new RequestError(415, "expected Content-Type: application/json");
  if (encoding !== "identity") return new RequestError(415, "expected a body without Content-Encoding");
  return Number(length) > maxBytes ? tooLarge(maxBytes) : undefined;
}

/** By events, not by iteration: ending an iteration early would cut the connection before the answer is sent. */
function readBytes(request: IncomingMessage, maxBytes: number, inFlight: InFlight): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] | undefined = [];
    let size = 0;
    /** Lets go of what was read; what still comes is read and thrown away. */
    const fail = (cause: Error): void => {
      if (chunks === undefined) return;
      chunks = undefined;
      inFlight.release(size);
      reject(cause);
    };
    request.on("data", (chunk: Buffer) => {
      if (chunks === undefined) return;
      if (size + chunk.length > maxBytes) return fail(tooLarge(maxBytes));
      if (!inFlight.take(chunk.length))
        return fail(new OverloadedError("the reviews under way are too large together: try again"));
      size += chunk.length;
      chunks.push(chunk);
    });
    request.on("end", () => {
      if (chunks === undefined) return;
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size));
      chunks = undefined;
    });
    // All that a request can fail by is its client, who has gone: that is no fault of the gate.
    const failEnded = (): void => fail(new RequestError(400, "the request ended before its body did"));
    request.on("error", failEnded);
    request.on("close", () => {
      if (!request.complete) failEnded();
    });
  });
}

function tooLarge(maxBytes: number): RequestError {
  return new RequestError(413, `the body is larger than ${maxBytes} bytes`);
}
