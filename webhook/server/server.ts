import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { ReviewResult } from "../admission/gate.ts";
import { respond } from "../admission/response.ts";
import { toHead, type ReviewHead } from "../admission/review.ts";
import { boundRecord } from "../../records/writing/bound-record.ts";
import { toRecord } from "../telemetry/record.ts";
import { createBatches, nextStage, type Batches } from "./batch.ts";
import { OverloadedError, parseBody, readBody } from "./body.ts";
import { createDeadline, type ReviewDeadline } from "./deadline.ts";
import type { WebhookDependencies } from "./dependencies.ts";
import type { InFlight } from "./in-flight.ts";
import { takePlace, type Place } from "./place.ts";
import { refuseRequest, send } from "./reply.ts";

/** As many reviews as the API server sends at once when it is busy. The first is answered when all of a batch are judged. */
const batchSize = 16;
/** A larger body takes long enough to parse that nobody else should wait for it. */
const maxBatchedBytes = 64 * 1024;

/**
 * `POST /validate`: an AdmissionReview in, an AdmissionReview out. Whatever has a uid is answered with HTTP 200 and a
 * verdict; what has none is a client error, which the API server treats by the webhook's failurePolicy. So it does with
 * what there is no room for, after it has tried again: that is refused before its body, and with it the uid, is read.
 *
 * It asks no router: the API server writes the path as the webhook configuration has it. The router has all other paths, and
 * is loaded when one of them is first asked for.
 */
export function createWebhook(parts: WebhookDependencies): RequestListener {
  const batches = createBatches(batchSize);
  const review = (request: IncomingMessage, response: ServerResponse): Promise<void> =>
    answer(parts, batches, request, response);
  let routes: Promise<RequestListener> | undefined;
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    routes ??= import("./plain-routes.ts").then(({ createPlainRoutes }) => createPlainRoutes(parts, review));
    const listen = await routes;
    // Who has gone meanwhile is told nothing, and the end of the request would never be seen.
    if (!request.destroyed) listen(request, response);
  };
  return (request, response) => {
    const answered = isReview(request) ? review(request, response) : route(request, response);
    answered.catch((cause: unknown) => refuseRequest(parts, cause, response));
  };
}

function isReview({ method, url = "" }: IncomingMessage): boolean {
  return method === "POST" && (url === "/validate" || url.startsWith("/validate?"));
}

async function answer(
  parts: WebhookDependencies,
  batches: Batches,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startMs = performance.now();
  const { inFlight } = parts;
  const place = takePlace(parts, request);
  let deadline: ReviewDeadline | undefined;
  try {
    const { head, judged, until } = await beginReview(parts, batches, request, place, startMs);
    deadline = until;
    const verdict = judged instanceof Promise ? await waitFor(judged, place, deadline, inFlight) : judged;
    if (verdict.cause !== undefined) logFailure(parts, head.uid, verdict.cause);
    await nextStage;
    send(parts, response, 200, respond(head.uid, verdict.decision, parts.explainUrl));
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
  request: IncomingMessage,
  place: Place,
  startMs: number,
): Promise<Begun> {
  const body = await readBody(request, maxBodyBytes, inFlight);
  place.heldBytes = body.length;
  if (body.length <= maxBatchedBytes) await batches.join();
  const review = parseBody(body);
  const until = createDeadline(request.url ?? "", reviewTimeoutMs, { tenant: review.namespace, startMs });
  return { head: toHead(review), judged: gate.judge(review, until), until };
}

/** The record of each says that it failed; why, the first of each kind does. */
function logFailure({ log, seldom }: WebhookDependencies, uid: string, cause: unknown): void {
  seldom(`review ${String(cause)}`, (unwritten) =>
    log.error({ uid, err: cause, ...(unwritten > 0 && { unwritten }) }, "review failed"),
  );
}

/** Throws OverloadedError where too many wait already. Nothing is remembered of that: the review may be sent again. */
function waitFor(
  judged: Promise<ReviewResult>,
  place: Place,
  deadline: ReviewDeadline,
  inFlight: InFlight,
): Promise<ReviewResult> {
  const waiting = inFlight.wait(deadline.listAwaited(), place.heldBytes);
  if ("full" in waiting) throw new OverloadedError(`too many reviews wait for ${waiting.full}: try again`);
  place.giveBack();
  place.giveBack = () => waiting.end();
  return judged;
}

/** After the answer is on its way, so that no log or metric can delay it. */
function report(
  { metrics, writeRecord, records, reviewed }: WebhookDependencies,
  review: ReviewHead,
  verdict: ReviewResult,
  durationSeconds: number,
): void {
  metrics.reviewed(review, verdict, durationSeconds);
  writeRecord(boundRecord(toRecord(review, verdict, records)));
  reviewed?.(review, verdict);
}
