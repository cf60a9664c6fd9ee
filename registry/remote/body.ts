import { refused } from "../errors.ts";
import type { Body } from "../source.ts";
import type { Endpoint } from "./endpoint.ts";
import { toConnectionFailure } from "./failure.ts";
import type { Response } from "./transport.ts";

/** More of an unwanted body is not worth a new connection. */
const discardBytes = 32 * 1024;

/**
 * The body of a 200. It is passed on as it arrives: size and digest are the reader's to check. Whoever stops early ends the
 * connection, so nothing reads 10 GB to their end. Throws `invalid` for any Content-Encoding: identity was asked
 * for, and decoding is where small answers become large ones (CVE-2026-22036).
 */
export function toBody(endpoint: Endpoint, { headers, body }: Response, signal: AbortSignal): Body {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && String(encoding).toLowerCase() !== "identity") {
    body.on("error", ignore).destroy();
    throw refused("invalid", `${endpoint.name} sent the content encoded, which the gate does not ask for`);
  }
  body.on("error", ignore);
  return {
    mediaType: mediaTypeOf(headers["content-type"]),
    length: parseLength(headers["content-length"]),
    chunks: { [Symbol.asyncIterator]: () => read(endpoint.name, body, signal) },
    cancel: () => void body.destroy(),
  };
}

/** Leaving the loop early destroys the body. */
async function* read(name: string, body: Response["body"], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    throw toConnectionFailure(name, error, signal);
  }
}

/** Lets go of a body that nobody reads: a short one is drained so that its connection can be used again. */
export function discard({ body }: Response): void {
  body.on("error", ignore);
  body.dump({ limit: discardBytes }).catch(ignore);
}

function mediaTypeOf(header: string | string[] | undefined): string | undefined {
  const type = typeof header === "string" ? header.split(";", 1)[0]?.trim() : undefined;
  return type === "" ? undefined : type;
}

function parseLength(header: string | string[] | undefined): number | undefined {
  return typeof header === "string" && /^[0-9]{1,15}$/.test(header) ? Number(header) : undefined;
}

/** A body that was let go reports that it was let go. */
function ignore(): void {}
