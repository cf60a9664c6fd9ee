import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { WriteSeldom } from "../../runtime/write-seldom.ts";
import type { Gate, ReviewResult } from "../admission/gate.ts";
import type { ReviewHandler } from "../admission/response.ts";
import type { ReviewHead } from "../admission/review.ts";
import type { Log } from "../telemetry/log.ts";
import type { RecordSettings } from "../telemetry/record.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { InFlight } from "./in-flight.ts";

/** What the server of the webhook is made of. */
export interface WebhookDependencies {
  readonly gate: Gate;
  /** Further paths, where reviews are answered at once and without a decision. */
  readonly reviewers: Readonly<Record<string, ReviewHandler>>;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Writes the line of a decision. */
  readonly writeRecord: Log["writeRecord"];
  /** For lines that requests of one kind would write again and again. */
  readonly seldom: WriteSeldom;
  /** Told of each review when its answer is on its way. Neither waits nor throws. */
  readonly reviewed?: ((review: ReviewHead, result: ReviewResult) => void) | undefined;
  readonly inFlight: InFlight;
  /** Throws RequestError for a client that may not ask; undefined where every client that connects may. */
  readonly checkClient?: ((socket: Socket) => void) | undefined;
  /** As `explainUrl` of the configuration. */
  readonly explainUrl?: string | undefined;
  readonly records: RecordSettings;
  readonly maxBodyBytes: number;
  readonly reviewTimeoutMs: number;
  /** True while the server is being shut down: connections are then asked to close. */
  draining(): boolean;
}
