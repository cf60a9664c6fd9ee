import { pino, type DestinationStream, type Logger } from "pino";
import type { DecisionRecord } from "../../records/record-schema.ts";
import { writeFields } from "../../records/writing/write-fields.ts";
import { openLineWriter } from "../../runtime/line-writer.ts";

/** Where the program writes its log. */
export interface Log {
  readonly logger: Logger;
  /** Writes the line of a decision, as the logger would: every review has one. */
  writeRecord(record: DecisionRecord): void;
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
  const { lines, flush } = openLines(out, (lost) =>
    logger.error({ lines: lost }, "log lines were lost: whoever reads the log does not keep up"),
  );
  const logger = pino(options, lines);
  return {
    logger,
    writeRecord(record) {
      if (logger.isLevelEnabled("info"))
        lines.write(`{"level":"info","ts":${Date.now()},${writeFields(record)},"msg":"decision"}\n`);
    },
    flush,
  };
}

function openLines(
  out: NodeJS.WritableStream,
  onLost: (lines: number) => void,
): { readonly lines: DestinationStream } & Pick<Log, "flush"> {
  const fd = "fd" in out && typeof out.fd === "number" ? out.fd : undefined;
  if (fd === undefined) return { lines: { write: (line) => out.write(line) }, flush: () => Promise.resolve(0) };
  const writer = openLineWriter(fd, onLost);
  return { lines: writer, flush: writer.end };
}
