import type { Readable } from "node:stream";
import { toPrintableJson, toPrintable } from "./printable.ts";

/** Everything a command may touch besides the files it is told of. `main.ts` alone fills it from the process. */
export interface Io {
  readonly in: Readable;
  /** What a command prints. */
  readonly out: NodeJS.WritableStream;
  /** What went wrong, and remarks on the way. */
  readonly err: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
  /** Relative paths are taken from here. */
  readonly cwd: string;
  now(): Date;
  /** Resolves when the person or the platform asks the program to end. */
  untilStopped(): Promise<void>;
  /**
   * Aborts when the person or the platform asks the program to end. Who calls this tidies up then: the program ends by
   * itself, as the signal would have ended it, when its command has.
   */
  interrupted(): AbortSignal;
}

/** What every command ends with: public, scripts rely on it. */
export const exit = {
  /** Admitted, or done. */
  ok: 0,
  /** Something was disproved, or a test failed. */
  rejected: 1,
  /** Wrong usage, or an input or policy that cannot be read. */
  unusable: 2,
  /** Nothing was disproved, but the registry or the gate itself gave no answer. */
  couldNotLook: 3,
} as const;

/** What a command's process ends with. */
export type ExitCode = (typeof exit)[keyof typeof exit];

/** Data as JSON that a terminal can show: all that it would obey is escaped. */
export function toJson(data: unknown): string {
  return toPrintableJson(JSON.stringify(data, undefined, 2));
}

/** Writes lines, each with its line break, and nothing that a terminal would obey. For lines without a limit: {@link printAll}. */
export function print(stream: NodeJS.WritableStream, ...lines: readonly string[]): void {
  printAll(stream, lines);
}

/** Writes lines, each with its line break, however many: a call takes no more than some hundred thousand arguments. */
export function printAll(stream: NodeJS.WritableStream, lines: readonly string[]): void {
  for (const line of lines) stream.write(`${toPrintable(line)}\n`);
}
