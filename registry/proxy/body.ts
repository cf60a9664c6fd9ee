import type { IncomingMessage } from "node:http";
import { collectChunks } from "../../runtime/collect-chunks.ts";
import { limits } from "../limits.ts";
import { Refusal } from "./refusal.ts";

/** True where the request announces content. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** The content as it comes. Leaving it early leaves the connection open, so that the client still gets its answer. */
export function streamContent(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}

/** A manifest in memory, where it can be sent a second time. Throws Refusal where it is larger than registries take. */
export async function readManifest(request: IncomingMessage): Promise<Uint8Array> {
  const bytes = await collectChunks(streamContent(request), limits.manifestBytes);
  if (bytes !== undefined) return bytes;
  throw new Refusal(413, "SIZE_INVALID", `a manifest may have ${limits.manifestBytes} bytes`, { connection: "close" });
}
