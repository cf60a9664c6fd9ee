import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

/**
 * What a request asks for. `upload` is a session that a blob is sent in, `download` a place of the registry's own that blobs
 * are redirected to, `other` anything that the distribution protocol does not know.
 */
export type RequestKind =
  "ping" | "manifest" | "blob" | "upload" | "download" | "referrers" | "tags" | "token" | "other";

/** A request as it arrived, kept for tests to look at. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, exactly as sent. */
  readonly target: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly kind: RequestKind;
  /** Empty where the request names none. */
  readonly repository: string;
  /** Digest, tag or the id of an upload; empty where the request names none. */
  readonly reference: string;
  /** What was sent, every byte. */
  readonly body: Buffer;
  /** What was sent, read as a form. */
  readonly form: URLSearchParams;
  /** Resolves when the answer is complete or its connection is gone. */
  readonly closed: Promise<void>;
  /** Bytes that left for this request's connection so far. */
  sentBytes(): number;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array;
}

/** One request being answered. */
export interface Exchange {
  readonly recorded: RecordedRequest;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What an honest registry would answer. */
  readonly honest: Answer;
  readonly send: (answer: Answer) => void;
}

/** Answers in its own way. Must end the response, unless hanging is the point. */
export type Fault = (exchange: Exchange) => void;

/** An answer that has no body. */
export function empty(status: number, headers: OutgoingHttpHeaders = {}): Answer {
  return { status, headers: { "content-length": 0, ...headers }, body: Buffer.alloc(0) };
}

export function text(status: number, body: string, headers: OutgoingHttpHeaders = {}): Answer {
  return { status, headers: { "content-type": "text/plain", ...headers }, body: Buffer.from(body) };
}

export function json(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** An error in the form of https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
export function errorAnswer(status: number, code: string, headers: OutgoingHttpHeaders = {}): Answer {
  return json(status, { errors: [{ code, message: code.toLowerCase() }] }, headers);
}
