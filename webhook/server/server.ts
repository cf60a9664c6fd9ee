import type { Socket } from "node:net";
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import type { Logger } from "pino";
import type { Gate, ReviewResult } from "../admission/gate.ts";
import { respond, type ReviewHandler } from "../admission/response.ts";
import { toHead, ReviewError, type ReviewHead } from "../admission/review.ts";
import { boundRecord } from "../../records/bound-record.ts";
import { clip } from "../../policies/show.ts";
import { createBatches, nextStage, type Batches } from "./batch.ts";
import { OverloadedError, parseBody, readBody, RequestError } from "./body.ts";
import { createDeadline, type ReviewDeadline } from "./deadline.ts";
import type { InFlight } from "./in-flight.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { toRecord, type RecordSettings } from "../telemetry/record.ts";

export interface WebhookDependencies {
  readonly gate: Gate;
  /** Further paths, where reviews are answered at once and without a decision. */
  readonly reviewers: Readonly<Record<string, ReviewHandler>>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly inFlight: InFlight;
  /** Throws RequestError for a client that may not ask; undefined where every client that connects may. */
  readonly checkClient?: ((socket: Socket) => void) | undefined;
  readonly records: RecordSettings;
  readonly maxBodyBytes: number;
  readonly reviewTimeoutMs: number;
  /** True while the server is being shut down: connections are then asked to close. */
  draining(): boolean;
}

/** As many reviews as the API server sends at once when it is busy. The first is answered when all of a batch are judged. */
const batchSize = 16;
/** A larger body takes long enough to parse that nobody else should wait for it. */
const maxBatchedBytes = 64 * 1024;

/** Of a text that somebody else wrote, in the log. */
const maxLoggedLength = 4_096;

/** The API server sends a request again, inside the same timeout, when it is told to. Seconds: it reads nothing else. */
const retryAfterSeconds = 1;

/**
 * `POST /validate`: an AdmissionReview in, an AdmissionReview out. Whatever has a uid is answered with HTTP 200 and a
 * verdict; what has none is a client error, which the API server treats by the webhook's failurePolicy. So it does with
 * what there is no room for, after it has tried again: that is refused before its body, and with it the uid, is read.
 */
export function createWebhook(parts: WebhookDependencies): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  const batches = createBatches(batchSize);
  app.post("/validate", (request, response) => answer(parts, batches, request, response));
  for (const [path, reviewer] of Object.entries(parts.reviewers))
    app.post(path, (request, response) => answerPlainly(parts, path, reviewer, request, response));
  app.all(["/validate", ...Object.keys(parts.reviewers)], () => {
    throw new RequestError(405, "expected POST");
  });
  app.use(() => {
    throw new RequestError(404, "not found: reviews are answered at POST /validate");
  });
  app.use(refuse(parts));
  return app;
}

async function answer(
  parts: WebhookDependencies,
  batches: Batches,
  request: Request,
  response: Response,
): Promise<void> {
  const startMs = performance.now();
  const { inFlight } = parts;
  const place = takePlace(parts, request);
  let deadline: ReviewDeadline | undefined;
  try {
    const { head, judged, until } = await beginReview(parts, batches, request, place, startMs);
    deadline = until;
    const verdict = judged instanceof Promise ? await waitFor(judged, place, deadline, inFlight) : judged;
    if (verdict.cause !== undefined) parts.log.error({ uid: head.uid, err: verdict.cause }, "review failed");
    await nextStage;
    send(parts, response, 200, respond(head.uid, verdict.decision));
    await nextStage;
    report(parts, head, verdict, (performance.now() - startMs) / 1000);
  } finally {
    place.giveBack();
    deadline?.clear();
  }
}

interface Begun {
  readonly head: ReviewHead;
  readonly judged: ReviewResult | Promise<ReviewResult>;
  readonly until: ReviewDeadline;
}

/** By itself, so that nobody holds the body or the object in it while the review waits. */
async function beginReview(
  { gate, inFlight, maxBodyBytes, reviewTimeoutMs }: WebhookDependencies,
  batches: Batches,
  request: Request,
  place: Place,
  startMs: number,
): Promise<Begun> {
  const body = await readBody(request, maxBodyBytes, inFlight);
  place.heldBytes = body.length;
  if (body.length <= maxBatchedBytes) await batches.join();
  const review = parseBody(body);
  const until = createDeadline(request.url, reviewTimeoutMs, { tenant: review.namespace, startMs });
  return { head: toHead(review), judged: gate.judge(review, until), until };
}

/** Throws OverloadedError where too many wait already. Nothing is remembered of that: the review may be sent again. */
function waitFor(
  judged: Promise<ReviewResult>,
  place: Place,
  deadline: ReviewDeadline,
  inFlight: InFlight,
): Promise<ReviewResult> {
  const waiting = inFlight.wait(deadline.waitsFor(), place.heldBytes);
  if ("full" in waiting) throw new OverloadedError(`as many reviews wait for ${waiting.full} as may: try again`);
  place.giveBack();
  place.giveBack = () => waiting.end();
  return judged;
}

async function answerPlainly(
  parts: WebhookDependencies,
  path: string,
  reviewer: ReviewHandler,
  request: Request,
  response: Response,
): Promise<void> {
  const place = takePlace(parts, request);
  try {
    const body = await readBody(request, parts.maxBodyBytes, parts.inFlight);
    place.heldBytes = body.length;
    const review = parseBody(body);
    if (review.tooLarge !== undefined) throw new RequestError(413, review.tooLarge);
    const plain = reviewer(review);
    send(parts, response, 200, plain);
    const { allowed, status } = plain.response;
    parts.metrics.answered(path, allowed);
    const { uid, operation, name, user, dryRun } = review;
    const short = clip(name, maxLoggedLength);
    const record = { path, uid, operation, kind: review.kind.kind, name: short, user: user.username, dryRun, allowed };
    const why = status && { reason: clip(status.message, maxLoggedLength) };
    parts.log.info({ ...record, ...why }, "review answered");
  } finally {
    place.giveBack();
  }
}

/** One request's place, and what of its body is held. */
interface Place {
  heldBytes: number;
  giveBack(): void;
}

/** Before the body is read. Throws RequestError for a client that may not ask, and where there is no room. */
function takePlace({ inFlight, checkClient }: WebhookDependencies, { socket }: Request): Place {
  checkClient?.(socket);
  if (!inFlight.enter())
    throw new OverloadedError(`as many reviews are under way as may be (${inFlight.count()}): try again`);
  return {
    heldBytes: 0,
    giveBack() {
      inFlight.release(this.heldBytes);
      inFlight.leave();
    },
  };
}

/** After the answer is on its way, so that no log or metric can delay it. */
function report(
  { metrics, log, records }: WebhookDependencies,
  review: ReviewHead,
  verdict: ReviewResult,
  durationSeconds: number,
): void {
  metrics.reviewed(review, verdict, durationSeconds);
  log.info(boundRecord(toRecord(review, verdict, records)), "decision");
}

function send({ draining }: WebhookDependencies, response: Response, status: number, body: unknown): void {
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
function refuse(parts: WebhookDependencies): ErrorRequestHandler {
  return (cause: unknown, _request, response, _next) => {
    const [status, message] = statusOf(cause);
    parts.metrics.refused(status);
    if (status === 500) parts.log.error({ status, err: cause }, "request refused");
    // One line for each would be more work than the reviews that there is no room for: these are counted.
    else if (status !== 503) parts.log.warn({ status, reason: message }, "request refused");
    if (response.headersSent) response.destroy();
    else send(parts, response, status, failure(status, message));
  };
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

function statusOf(cause: unknown): [number, string] {
  if (cause instanceof RequestError) return [cause.status, cause.message];
  if (cause instanceof ReviewError) return [400, cause.message];
  return [500, "internal error"];
}
