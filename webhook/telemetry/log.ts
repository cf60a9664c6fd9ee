import { pino, type DestinationStream, type Logger } from "pino";

/** Where the program writes its log. */
export interface Log {
  readonly logger: Logger;
  /**
   * Writes what is still in memory, before the process ends, and waits no longer than {@link patienceMs} for whoever reads it.
   * Resolves to how many bytes were not written.
   */
  flush(): Promise<number>;
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
  if (fd === undefined) return { logger: pino(options, out as DestinationStream), flush: () => Promise.resolve(0) };
  const behind = openBehind(fd);
  const logger = pino(options, behind);
  tellOfLost(behind.destination, logger);
  return { logger, flush: behind.end };
}

/** A stream that is written to behind the back of whoever logs. */
interface Behind extends DestinationStream {
  readonly destination: ReturnType<typeof pino.destination>;
  /** See {@link Log.flush}. What is written later is lost without a word. */
  end(): Promise<number>;
}

function openBehind(fd: number): Behind {
  let giveUpMs = Infinity;
  let bytesHeld = 0;
  let state: "open" | "broken" | "ended" = "open";
  const destination = openDestination(fd, () => performance.now() < giveUpMs);
  destination.on("write", (bytes: number) => (bytesHeld -= bytes));
  destination.on("drop", (line: string) => (bytesHeld -= Buffer.byteLength(line)));
  // A disk may have room again, and what is held is tried again with the next line. A reader that is gone stays away.
  destination.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") state = "broken";
  });
  /** Of a program that ends without a last flush. What throws here would be the last that is heard of it. */
  const endAtOnce = (): void => {
    giveUpMs = performance.now() + patienceMs;
    try {
      destination.flushSync();
    } catch {
      // Nobody reads: there is nowhere left to say so.
    }
    destination.destroy();
  };
  process.prependOnceListener("exit", endAtOnce);
  return {
    destination,
    write(line) {
      if (state !== "open") return;
      bytesHeld += Buffer.byteLength(line);
      destination.write(line);
    },
    async end() {
      giveUpMs = performance.now() + patienceMs;
      if (state === "open") await endInTime(destination);
      state = "ended";
      process.off("exit", endAtOnce);
      destination.destroy();
      return bytesHeld;
    },
  };
}

function openDestination(fd: number, mayTryAgain: () => boolean): Behind["destination"] {
  return pino.destination({
    dest: fd,
    sync: false,
    minLength: minWriteBytes,
    periodicFlush: flushMs,
    maxLength: maxBehindBytes,
    retryEAGAIN: mayTryAgain,
  });
}

/** Resolves when all is written, and otherwise when that has failed. */
function endInTime(destination: Behind["destination"]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  destination.once("finish", resolve);
  destination.once("error", () => resolve());
  destination.end();
  return promise.finally(() => clearTimeout(timer));
}

function tellOfLost(destination: Behind["destination"], logger: Logger): void {
  let lost = 0;
  destination.on("drop", () => (lost += 1));
  destination.on("drain", () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    logger.error({ lines }, "log lines were lost: whoever reads the log does not keep up");
  });
}
