import type { IncomingMessage } from "node:http";
import type * as z from "zod";
import { withoutManagedFields } from "../../runtime/managed-fields.ts";
import { KubeError, explainUnreachable } from "./kube-error.ts";

/** Of one object: more than any API server keeps, whose own limit is that of etcd, 1.5 MiB unless it was raised. */
export const maxObjectBytes = 16 * 1024 * 1024;

/** An answer takes more bytes than were to be read. A shorter list may do. */
export class AnswerTooLarge extends KubeError {}

/**
 * The whole body of an answer. Rejects with AnswerTooLarge beyond `maxBytes`, which are all that is read, and with a KubeError
 * where it breaks off.
 */
export async function readBytes(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
    }
  } catch (cause) {
    if (cause instanceof AnswerTooLarge) throw cause;
    throw explainUnreachable("the API server", cause);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): AnswerTooLarge {
  return new AnswerTooLarge(`the API server's answer takes more than ${maxBytes} bytes`);
}

/**
 * The JSON of a list, with every `managedFields` list empty: they are the most of many objects, and nobody who lists reads them.
 * What was read so must not be written back. Rejects as {@link readBytes} does, and where the body is not JSON.
 */
export async function readListJson(response: IncomingMessage, maxBytes: number): Promise<unknown> {
  return parseJson(withoutManagedFields(await readBytes(response, maxBytes)));
}

/**
 * The JSON documents of a body, one a line, as they arrive. Rejects with a KubeError where one is not JSON, is larger than an
 * object can be, or breaks off.
 */
export async function* readDocuments(response: IncomingMessage): AsyncIterable<unknown> {
  let rest = "";
  response.setEncoding("utf8");
  try {
    for await (const chunk of response) {
      const [first = "", ...lines] = String(chunk).split("\n");
      rest += first;
      if (rest.length > maxObjectBytes) throw tooLarge(maxObjectBytes);
      if (lines.length === 0) continue;
      lines.unshift(rest);
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield parseJson(line);
    }
  } catch (cause) {
    if (cause instanceof KubeError) throw cause;
    throw explainUnreachable("the API server", cause);
  }
}

/** Throws a KubeError where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new KubeError("the API server's answer is not JSON: is something else at its address?", { cause });
  }
}

/** An answer as an object of the API. Throws a KubeError where it is not `what`, such as `a Lease`. */
export function parseObject<T extends z.ZodType>(schema: T, answer: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new KubeError(`the API server sent something that is not ${what}`, { cause: parsed.error });
}
