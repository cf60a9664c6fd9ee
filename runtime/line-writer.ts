import { write, writeSync } from "node:fs";
import { getErrorCode } from "./error-code.ts";

/** Lines on their way to a file, a pipe or a terminal. Whoever has one to write never waits for whoever reads it. */
export interface LineWriter {
  /** Takes a line, with its line break. It is lost where nobody can read it, or where too much is held already. */
  write(line: string): void;
  /** Writes what is held, and takes no more. Waits at most {@link patienceMs}; resolves to how many bytes were not written. */
  end(): Promise<number>;
}

/** Written as soon as they come to so many characters: each write takes a turn of another thread, which costs more than a line. */
const togetherLength = 32 * 1024;
/** And otherwise so often. */
const everyMs = 100;
/** A pipe that is full is tried again so much later. */
const againMs = 5;
/** Beyond it lines are lost, and counted: a program without memory serves nobody. */
const mostHeldBytes = 32 * 1024 * 1024;
/** How long the end of the process waits for a reader that does not keep up. */
const patienceMs = 2_000;

/** What is held, and what becomes of it. */
interface Held {
  /** Not encoded yet, and how many bytes that will be. */
  text: string;
  textBytes: number;
  /** Being written. */
  bytes: Buffer;
  /** A thread has `bytes`; or they wait for room in the pipe; or for more lines, or the next time. */
  state: "with-thread" | "waits-for-room" | "rests";
  /** Lines that were lost since all was written. */
  lost: number;
  /** Nobody can read what is written, ever again; or no more is taken. */
  isClosed: boolean;
  /** Told when nothing is held any more, or cannot be written now. */
  atRest(): void;
}

/** Opens a writer of what is open already. `onLost` is told how many lines were lost, when others can be written again. */
export function openLineWriter(fd: number, onLost: (lines: number) => void): LineWriter {
  const held: Held = {
    text: "",
    textBytes: 0,
    bytes: noBytes,
    state: "rests",
    lost: 0,
    isClosed: false,
    atRest: () => undefined,
  };
  let timer: NodeJS.Timeout | undefined;
  const writeLater = (): void => {
    timer = undefined;
    writeHeld(fd, held, onLost);
    if (isAnyHeld(held) && !held.isClosed) timer ??= setTimeout(writeLater, everyMs).unref();
  };
  const endAtOnce = (): void => writeNow(fd, held);
  process.prependOnceListener("exit", endAtOnce);
  return {
    write(line) {
      if (held.isClosed) return;
      hold(held, line);
      if (held.text.length >= togetherLength) writeHeld(fd, held, onLost);
      if (isAnyHeld(held)) timer ??= setTimeout(writeLater, everyMs).unref();
    },
    async end() {
      held.isClosed = true;
      clearTimeout(timer);
      await endInTime(held, () => writeHeld(fd, held, onLost));
      process.off("exit", endAtOnce);
      return held.bytes.byteLength + held.textBytes;
    },
  };
}

const noBytes = Buffer.alloc(0);

function hold(held: Held, line: string): void {
  const bytes = Buffer.byteLength(line);
  if (held.bytes.byteLength + held.textBytes + bytes > mostHeldBytes) return void (held.lost += 1);
  held.text += line;
  held.textBytes += bytes;
}

function isAnyHeld(held: Held): boolean {
  return held.bytes.byteLength + held.textBytes > 0;
}

function writeHeld(fd: number, held: Held, onLost: (lines: number) => void): void {
  if (held.state !== "rests") return;
  if (held.bytes.byteLength === 0) [held.bytes, held.text, held.textBytes] = [Buffer.from(held.text), "", 0];
  if (held.bytes.byteLength === 0) return held.atRest();
  held.state = "with-thread";
  const again = (): void => {
    held.state = "rests";
    writeHeld(fd, held, onLost);
  };
  write(fd, held.bytes, (error, written) => {
    held.bytes = held.bytes.subarray(written);
    if (isBusy(error)) {
      held.state = "waits-for-room";
      return void setTimeout(again, againMs).unref();
    }
    // As long as no other write can begin: the line that says it would begin one.
    if (error === null && held.bytes.byteLength === 0) tellOfLost(held, onLost);
    held.state = "rests";
    if (getErrorCode(error) === "EPIPE") held.isClosed = true;
    // A disk may have room again: what is held is tried again the next time.
    if (error !== null) return held.atRest();
    if (held.bytes.byteLength > 0 || held.text.length >= togetherLength || held.isClosed) again();
  });
}

function tellOfLost(held: Held, onLost: (lines: number) => void): void {
  const { lost, isClosed } = held;
  if (lost === 0) return;
  held.lost = 0;
  // At the end, this is the last line that is taken.
  held.isClosed = false;
  onLost(lost);
  held.isClosed = isClosed;
}

/** Resolves when all is written, and otherwise when that has failed. */
function endInTime(held: Held, begin: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  held.atRest = resolve;
  begin();
  return promise.finally(() => clearTimeout(timer));
}

/** At the end of a program that did not wait for another. What throws here would be the last that is heard of it. */
function writeNow(fd: number, held: Held): void {
  const giveUpMs = performance.now() + patienceMs;
  const own = held.state === "with-thread" ? noBytes : held.bytes;
  let left = Buffer.concat([own, Buffer.from(held.text)]);
  while (left.byteLength > 0)
    try {
      left = left.subarray(writeSync(fd, left));
    } catch (error) {
      // Where nobody reads, there is nowhere left to say so.
      if (!isBusy(error) || performance.now() >= giveUpMs) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, againMs);
    }
}

function isBusy(error: unknown): boolean {
  const code = getErrorCode(error);
  return code === "EAGAIN" || code === "EBUSY";
}
