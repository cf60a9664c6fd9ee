import { pino, type DestinationStream, type Logger } from "pino";

export interface Log {
  readonly logger: Logger;
  /** Writes what is still in memory, before the process ends. */
  flush(): void;
}

/** Lines are written together once they come to so many bytes, and otherwise so often. */
const minWriteBytes = 4_096;
const flushMs = 100;

/**
 * JSON lines, with `ts` in milliseconds since 1970: a decision record has a `time` of its own. A stream that is a file, a pipe
 * or a terminal is written to behind the back of the review, which never waits for whoever reads the log.
 */
export function createLog(level: string, out: NodeJS.WritableStream): Log {
  const options = {
    level,
    base: null,
    timestamp: () => `,"ts":${Date.now()}`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const fd = "fd" in out && typeof out.fd === "number" ? out.fd : undefined;
  if (fd === undefined) return { logger: pino(options, out as DestinationStream), flush: () => undefined };
  const destination = pino.destination({ dest: fd, sync: false, minLength: minWriteBytes, periodicFlush: flushMs });
  return { logger: pino(options, destination), flush: () => destination.flushSync() };
}
