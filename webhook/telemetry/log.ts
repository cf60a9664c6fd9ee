import { pino, type DestinationStream, type Logger } from "pino";
import { openLineWriter } from "../../runtime/line-writer.ts";

/** Where the program writes its log. */
export interface Log {
  readonly logger: Logger;
  /** Writes what is still in memory, before the process ends, see {@link LineWriter.end}. */
  flush(): Promise<number>;
}

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
  if (fd === undefined) return { logger: pino(options, out as DestinationStream), flush: () => Promise.resolve(0) };
  const writer = openLineWriter(fd, (lines) =>
    logger.error({ lines }, "log lines were lost: whoever reads the log does not keep up"),
  );
  const logger = pino(options, writer);
  return { logger, flush: writer.end };
}
