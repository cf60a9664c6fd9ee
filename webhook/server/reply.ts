import type { ServerResponse } from "node:http";
import { ReviewError } from "../admission/review.ts";
import { RequestError } from "./body.ts";
import type { WebhookDependencies } from "./dependencies.ts";

/** The API server sends a request again, inside the same timeout, when it is told to. Seconds: it reads nothing else. */
const retryAfterSeconds = 1;

/** Sends JSON, whole. */
export function send({ draining }: WebhookDependencies, response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  const headers: Record<string, string | number> = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  };
  if (draining() || status === 413) headers["connection"] = "close";
  if (status === 503) headers["retry-after"] = retryAfterSeconds;
  response.writeHead(status, headers);
  // As text, so that head and body leave in one piece.
  response.end(text);
}

/** The last resort: nothing that was thrown ends in an admission, and no stack trace leaves the process. */
export function refuseRequest(parts: WebhookDependencies, cause: unknown, response: ServerResponse): void {
  const [status, message] = toStatus(cause);
  parts.metrics.refused(status);
  logRefusal(parts, status, message, cause);
  if (response.headersSent) response.destroy();
  else send(parts, response, status, failure(status, message));
}

/** Anybody can send what is refused: of each kind one is written, and those that follow are counted. So are those without room. */
function logRefusal({ log, seldom }: WebhookDependencies, status: number, reason: string, cause: unknown): void {
  if (status === 503) return;
  seldom(status === 500 ? `500 ${String(cause)}` : String(status), (unwritten) => {
    const more = unwritten > 0 && { unwritten };
    if (status === 500) log.error({ status, err: cause, ...more }, "request refused");
    else log.warn({ status, reason, ...more }, "request refused");
  });
}

/**
 * A metav1.Status, because that is what the API server can read: its message then stands in what the user is told.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
function failure(code: number, message: string): unknown {
  return {
    apiVersion: "v1",
    kind: "Status",
    status: "Failure",
    code,
    reason: statusReasons[code] ?? "InternalError",
    message: `assaygate: ${message}`,
  };
}

/** https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#StatusReason */
const statusReasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  503: "ServiceUnavailable",
};

function toStatus(cause: unknown): [number, string] {
  if (cause instanceof RequestError) return [cause.status, cause.message];
  if (cause instanceof ReviewError) return [400, cause.message];
  return [500, "internal error"];
}
