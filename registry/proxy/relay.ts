import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { unavailable } from "../errors.ts";
import { discard } from "../remote/body.ts";
import type { Endpoint } from "../remote/endpoint.ts";
import { type Answer, isRedirect } from "../remote/redirect.ts";
import { selectAnswerHeaders } from "./headers.ts";
import { toDenial, toFailure, Refusal } from "./refusal.ts";

/**
 * The answer, if a client may have it as it is: success, or an error that is about what was asked for. Throws Refusal in
 * place of every other: of a denial, which would ask the client to log in; of the registry's own failure; of whatever another
 * server says besides success, because that may repeat the signature in its URL.
 */
export function requireAcceptable(endpoint: Endpoint, answer: Answer): Answer {
  const refusal = findRefusal(endpoint, answer);
  if (refusal === undefined) return answer;
  discard(answer);
  throw refusal;
}

function findRefusal(endpoint: Endpoint, answer: Answer): Error | undefined {
  const { statusCode, headers, own } = answer;
  if (own && (statusCode === 401 || statusCode === 403)) return toDenial(endpoint, answer);
  if (!own && statusCode === 404)
    return new Refusal(404, "BLOB_UNKNOWN", `${endpoint.name} redirected to a server that does not hold it`);
  if (statusCode >= 500 || (!own && statusCode >= 400)) return toFailure(endpoint, statusCode, own ? headers : {});
  if (isRedirect({ statusCode })) return unavailable("no-answer", `${endpoint.name} redirected a write`);
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && String(encoding).toLowerCase() !== "identity")
    return unavailable("no-answer", `${endpoint.name} sent encoded content, which was not asked for`);
  return undefined;
}

/** Passes the answer on: its status, the headers that clients may see and these, and its body as it comes. */
export async function relay(answer: Answer, response: ServerResponse, own: Record<string, string> = {}): Promise<void> {
  response.writeHead(answer.statusCode, { ...selectAnswerHeaders(answer.headers), ...own });
  await pipeline(answer.body, response);
}
