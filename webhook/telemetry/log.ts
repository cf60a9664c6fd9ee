import { pino, type DestinationStream, type Logger } from "pino";

/** Where the program writes its log. */
export interface Log {
  readonly logger: Logger;
  /** Writes what is still in memory, before the process ends. */
  flush(): void;
}

/** Lines are written together once they come to so many bytes, and otherwise so often. */
const minWriteBytes = 4_096;
const flushMs = 100;
/** What is kept for a reader that does not keep up. Beyond it lines are lost, and counted: a gate without memory admits nobody. */
const maxBehindBytes = 32 * 1024 * 1024;
/** How long the end of the process waits for such a reader. */
const patienceMs = 2_000;

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
  let giveUpMs = Infinity;
  const destination = pino.destination({
    dest: fd,
    sync: false,
    minLength: minWriteBytes,
    periodicFlush: flushMs,
    maxLength: maxBehindBytes,
    retryEAGAIN: () => performance.now() < giveUpMs,
  });
  const logger = pino(options, destination);
  tellOfLost(destination, logger);
  return {
    logger,
    flush() {
      giveUpMs = performance.now() + patienceMs;
      try {
        destination.flushSync();
      } catch {
        // Nobody reads: there is nowhere left to say so.
      }
    },
  };
}

function tellOfLost(destination: ReturnType<typeof pino.destination>, logger: Logger): void {
  let lost = 0;
  destination.on("drop", () => (lost += 1));
  destination.on("drain", () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    logger.error({ lines }, "log lines were lost: whoever reads the log does not keep up");
  });
}
