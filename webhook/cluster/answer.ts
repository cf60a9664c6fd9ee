import type { IncomingMessage } from "node:http";
import type * as z from "zod";
import { withoutManagedFields } from "../../runtime/managed-fields.ts";
import { KubeError, unreachable } from "./kube-error.ts";

/** The whole body of an answer. Rejects with a KubeError where it breaks off. */
export async function readText(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  try {
    for await (const chunk of response) text += String(chunk);
  } catch (cause) {
    throw unreachable("the API server", cause);
  }
  return text;
}

/** A list takes more bytes than were to be read. A shorter one may do. */
export class ListTooLarge extends Error {
  override readonly name = "ListTooLarge";
}

/**
 * The JSON of a list, with every `managedFields` list empty: they are the most of many objects, and nobody who lists reads them.
 * What was read so must not be written back. Rejects with ListTooLarge beyond `maxBytes`, which are all that is read, and with a
 * KubeError where the body breaks off, or is not JSON.
 */
export async function readListJson(response: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes > maxBytes) throw new ListTooLarge(`a list takes more than ${maxBytes} bytes`);
    }
  } catch (cause) {
    if (cause instanceof ListTooLarge) throw cause;
    throw unreachable("the API server", cause);
  }
  return parseJson(withoutManagedFields(Buffer.concat(chunks)));
}

/** The JSON documents of a body, one a line, as they arrive. Rejects with a KubeError where one is not JSON or it breaks off. */
export async function* readDocuments(response: IncomingMessage): AsyncIterable<unknown> {
  let rest = "";
  response.setEncoding("utf8");
  try {
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield parseJson(line);
    }
  } catch (cause) {
    if (cause instanceof KubeError) throw cause;
    throw unreachable("the API server", cause);
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
  throw new KubeError(`the API server sent what is not ${what}`, { cause: parsed.error });
}
