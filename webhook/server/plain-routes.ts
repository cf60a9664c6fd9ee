import type { RequestListener } from "node:http";
import express, { type Request, type Response } from "express";
import type { ReviewHandler } from "../admission/response.ts";
import { clip } from "../../policies/show.ts";
import { parseBody, readBody, RequestError } from "./body.ts";
import type { WebhookDependencies } from "./dependencies.ts";
import { takePlace } from "./place.ts";
import { refuseRequest, send } from "./reply.ts";

/** Of a text that somebody else wrote, in the log. */
const maxLoggedLength = 4_096;

/**
 * Everything but the reviews of workloads at exactly `/validate`, which `review` answers, under its other spellings, too: the
 * reviews that are answered at once and without a decision, and requests that nobody answers.
 */
export function createPlainRoutes(
  parts: WebhookDependencies,
  review: (request: Request, response: Response) => Promise<void>,
): RequestListener {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.post("/validate", review);
  for (const [path, reviewer] of Object.entries(parts.reviewers))
    app.post(path, (request, response) => answerPlainly(parts, path, reviewer, request, response));
  app.all(["/validate", ...Object.keys(parts.reviewers)], () => {
    throw new RequestError(405, "expected POST");
  });
  app.use(() => {
    throw new RequestError(404, "not found: reviews are answered at POST /validate");
  });
  app.use((cause: unknown, _request: Request, response: Response, _next: unknown) =>
    refuseRequest(parts, cause, response),
  );
  return app;
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
