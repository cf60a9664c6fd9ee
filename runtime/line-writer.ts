import { write, writeSync } from "node:fs";
import { getErrorCode } from "./error-code.ts";

/** Lines on their way to a file, a pipe or a terminal. Whoever has one to write never waits for whoever reads it. */
export interface LineWriter {
  /** Takes a line, with its line break. It is lost where nobody can read it, or where too much is held already. */
  write(line: string): void;
  /** Writes what is held, and takes no more. Waits at most {@link patienceMs}; resolves to how many bytes were not written. */
  end(): Promise<number>;
}

/** Written as soon as one is full: each write takes a turn of another thread, which costs more than many lines. */
const chunkBytes = 256 * 1024;
/** And otherwise so often. */
const everyMs = 100;
/** A pipe that is full is tried again so much later. */
const againMs = 5;
/** Beyond it lines are lost, and counted: a program without memory serves nobody. */
const mostHeldBytes = 32 * 1024 * 1024;
/** How long the end of the process waits for a reader that does not keep up. */
const patienceMs = 2_000;
/** What one unit of UTF-16 takes at most in UTF-8: nearly all lines fit, and are not counted. */
const mostUnitBytes = 3;

/** Whole lines, encoded. More may be added behind those that a thread writes. */
interface Chunk {
  readonly memory: Buffer;
  filled: number;
  /** As far as it is written, or a thread writes it. */
  taken: number;
}

/** What is held, and what becomes of it. */
interface Held {
  /** In their order. Lines are added to the last one, and written from the first. */
  readonly chunks: Chunk[];
  /** Of a chunk that was written, for the next. */
  spare: Buffer | undefined;
  /** What is not written yet, in all chunks. */
  bytes: number;
  /** A thread writes; or there is no room in the pipe; or there is more to wait for, or the next time. */
  state: "with-thread" | "waits-for-room" | "rests";
  /** Lines that were lost since that was last said. */
  lost: number;
  /** Nobody can read what is written, ever again; or no more is taken. */
  isClosed: boolean;
  /** Told when nothing is held any more, or cannot be written now. */
  atRest(): void;
}

/** Opens a writer of what is open already. `onLost` is told how many lines were lost, when others can be written again. */
export function openLineWriter(fd: number, onLost: (lines: number) => void): LineWriter {
  const held = holdNothing();
  let timer: NodeJS.Timeout | undefined;
  const writeLater = (): void => {
    timer = undefined;
    writeHeld(fd, held, onLost);
    if (held.bytes > 0 && !held.isClosed) timer ??= setTimeout(writeLater, everyMs).unref();
  };
  const endAtOnce = (): void => writeNow(fd, held);
  process.prependOnceListener("exit", endAtOnce);
  return {
    write(line) {
      if (held.isClosed) return;
      hold(held, line);
      if (held.chunks.length > 1) writeHeld(fd, held, onLost);
      if (held.bytes > 0) timer ??= setTimeout(writeLater, everyMs).unref();
    },
    async end() {
      held.isClosed = true;
      clearTimeout(timer);
      await endInTime(held, () => writeHeld(fd, held, onLost));
      process.off("exit", endAtOnce);
      return held.bytes;
    },
  };
}

function holdNothing(): Held {
  return { chunks: [], spare: undefined, bytes: 0, state: "rests", lost: 0, isClosed: false, atRest: tellNobody };
}

function tellNobody(): void {}

function hold(held: Held, line: string): void {
  const mostBytes = line.length * mostUnitBytes;
  if (held.bytes + mostBytes > mostHeldBytes && held.bytes + Buffer.byteLength(line) > mostHeldBytes)
    return void (held.lost += 1);
  const last = held.chunks.at(-1);
  const chunk = last !== undefined && hasRoom(last, line) ? last : addChunk(held, line);
  const bytes = chunk.memory.write(line, chunk.filled);
  chunk.filled += bytes;
  held.bytes += bytes;
}

/** Counts only where the line might not fit. */
function hasRoom({ memory, filled }: Chunk, line: string): boolean {
  const room = memory.byteLength - filled;
  return line.length <= room && (line.length * mostUnitBytes <= room || Buffer.byteLength(line) <= room);
}

/** One that has room for the line. */
function addChunk(held: Held, line: string): Chunk {
  const isLong = line.length * mostUnitBytes > chunkBytes;
  const memory = isLong ? Buffer.from(line) : (held.spare ?? Buffer.allocUnsafeSlow(chunkBytes));
  if (!isLong) held.spare = undefined;
  const chunk = { memory, filled: 0, taken: 0 };
  held.chunks.push(chunk);
  return chunk;
}

function writeHeld(fd: number, held: Held, onLost: (lines: number) => void): void {
  if (held.state !== "rests") return;
  const [chunk] = held.chunks;
  if (chunk === undefined || held.bytes === 0) return held.atRest();
  const from = chunk.taken;
  const bytes = chunk.filled - from;
  chunk.taken = chunk.filled;
  held.state = "with-thread";
  write(fd, chunk.memory, from, bytes, null, (error, written) => {
    chunk.taken = from + written;
    held.bytes -= written;
    letGoOfWritten(held, chunk);
    if (isBusy(error)) return waitForRoom(fd, held, onLost);
    // As long as no other write can begin: the line that says it would begin one.
    if (written === bytes) tellOfLost(held, onLost);
    held.state = "rests";
    if (getErrorCode(error) === "EPIPE") held.isClosed = true;
    // A disk may have room again: what is held is tried again the next time.
    if (error !== null) return held.atRest();
    if (written < bytes || held.chunks.length > 1 || held.isClosed) writeHeld(fd, held, onLost);
  });
}

function waitForRoom(fd: number, held: Held, onLost: (lines: number) => void): void {
  held.state = "waits-for-room";
  const again = (): void => {
    held.state = "rests";
    writeHeld(fd, held, onLost);
  };
  setTimeout(again, againMs).unref();
}

/** The memory of a chunk of the usual size is filled again. */
function letGoOfWritten(held: Held, chunk: Chunk): void {
  if (chunk.taken < chunk.filled) return;
  held.chunks.shift();
  if (chunk.memory.byteLength === chunkBytes) held.spare = chunk.memory;
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
  let left = Buffer.concat(held.chunks.map(({ memory, filled, taken }) => memory.subarray(taken, filled)));
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
