import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import type { Logger } from "pino";
import type { Gate, Verdict } from "./admission/gate.ts";
import { respond } from "./admission/respond.ts";
import { parseReview, ReviewError, type Review } from "./admission/review.ts";
import { readJsonBody, RequestError } from "./body.ts";
import { createDeadline } from "./deadline.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import { recordOf } from "./telemetry/record.ts";

export interface WebhookParts {
  readonly gate: Gate;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly maxBodyBytes: number;
  readonly reviewTimeoutMs: number;
  /** True while the server is being shut down: connections are then asked to close. */
  draining(): boolean;
}

/**
 * `POST /validate`: an AdmissionReview in, an AdmissionReview out. Whatever has a uid is answered with HTTP 200 and a
 * verdict; what has none is a client error, which the API server treats by the webhook's failurePolicy.
 */
export function createWebhook(parts: WebhookParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.post("/validate", (request, response) => answer(parts, request, response));
  app.all("/validate", () => {
    throw new RequestError(405, "expected POST");
  });
  app.use(() => {
    throw new RequestError(404, "not found: reviews are answered at POST /validate");
  });
  app.use(refuse(parts));
  return app;
}

async function answer(parts: WebhookParts, request: Request, response: Response): Promise<void> {
  const startMs = performance.now();
  const body = await readJsonBody(request, parts.maxBodyBytes);
  const review = parseReview(body);
  const deadline = createDeadline(request.url, parts.reviewTimeoutMs);
  parts.metrics.enter();
  try {
    const judged = parts.gate.judge(review, deadline);
    const verdict = judged instanceof Promise ? await judged : judged;
    if (verdict.cause !== undefined) parts.log.error({ uid: review.uid, err: verdict.cause }, "review failed");
    send(parts, response, 200, respond(review.uid, verdict.decision));
    report(parts, review, verdict, (performance.now() - startMs) / 1000);
  } finally {
    parts.metrics.leave();
    deadline.clear();
  }
}

/** After the answer is on its way, so that no log or metric can delay it. */
function report({ metrics, log }: WebhookParts, review: Review, verdict: Verdict, durationSeconds: number): void {
  metrics.reviewed(review, verdict, durationSeconds);
  log.info(recordOf(review, verdict), "decision");
}

function send({ draining }: WebhookParts, response: Response, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...(draining() || status === 413 ? { connection: "close" } : {}),
  });
  // As text, so that head and body leave in one piece.
  response.end(text);
}

/** The last resort: nothing that was thrown ends in an admission, and no stack trace leaves the process. */
function refuse(parts: WebhookParts): ErrorRequestHandler {
  return (cause: unknown, _request, response, _next) => {
    const [status, message] = statusOf(cause);
    parts.metrics.refused(status);
    parts.log[status >= 500 ? "error" : "warn"](
      { status, ...(status >= 500 ? { err: cause } : { reason: message }) },
      "request refused",
    );
    if (response.headersSent) response.destroy();
    else
      send(parts, response, status, {
        error: `assaygate: ${message}`,
        reason: status >= 500 ? "INTERNAL_ERROR" : "REVIEW_INVALID",
      });
  };
}

function statusOf(cause: unknown): [number, string] {
  if (cause instanceof RequestError) return [cause.status, cause.message];
  if (cause instanceof ReviewError) return [400, cause.message];
  return [500, "internal error"];
}
