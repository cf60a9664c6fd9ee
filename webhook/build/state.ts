import type { Logger } from "pino";
import type { Config } from "../../config/config.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { toKindKey, type KindTable, mergeKinds } from "../../workload/kinds/kinds.ts";
import { createInFlight, type InFlight } from "../server/in-flight.ts";
import type { Log } from "../telemetry/log.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.ts";
import { listConfiguredHosts } from "../telemetry/registry-hosts.ts";

/** What every part of the gate is built with. */
export interface GateState {
  isDraining: boolean;
  readonly config: Config;
  readonly log: Logger;
  /** Writes the line of a decision. */
  readonly writeRecord: Log["writeRecord"];
  readonly environment: NodeJS.ProcessEnv;
  readonly kinds: KindTable;
  readonly inFlight: InFlight;
  readonly metrics: Metrics;
}

/** Builds what every part is built with. The gate serves: it is not draining. */
export function buildState(
  config: Config,
  { logger: log, writeRecord }: Log,
  environment: NodeJS.ProcessEnv,
): GateState {
  const kinds = mergeKinds(builtinKinds, config.kinds);
  const inFlight = createInFlight(config.inFlight);
  const metrics = createMetrics({
    knowsKind: (group, kind) => kinds.has(toKindKey(group, kind)),
    inFlight: inFlight.count,
    waiting: inFlight.countWaiting,
    hosts: listConfiguredHosts(config.registries),
  });
  return { isDraining: false, config, log, writeRecord, environment, kinds, inFlight, metrics };
}
