import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable, Writable } from "node:stream";
import { run } from "../../cli/run.ts";
import type { ExitCode, Io } from "../../cli/io.ts";

/** What a run of the program came to. */
export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** The program in a folder of its own, in this process. */
export interface Program {
  readonly folder: string;
  run(...args: readonly string[]): Promise<Ran>;
  runWith(over: Partial<Io>, ...args: readonly string[]): Promise<Ran>;
  /** Writes a file: text as it is, anything else as JSON, which is YAML, too. */
  write(path: string, content: unknown): Promise<void>;
  remove(): Promise<void>;
}

/** The time at which everything is judged unless a test says otherwise. */
export const now = new Date("2026-11-20T12:00:00Z");

export async function createProgram(): Promise<Program> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-cli-"));
  const runWith: Program["runWith"] = async (over, ...args) => {
    const out = new Collector();
    const err = new Collector();
    const io: Io = {
      in: Readable.from([]),
      out,
      err,
      env: {},
      cwd: folder,
      now: () => now,
      untilStopped: async () => {},
      interrupted: () => new AbortController().signal,
      ...over,
    };
    const code = await run(args, io);
    return { code, out: out.text, err: err.text };
  };
  return {
    folder,
    runWith,
    run: (...args) => runWith({}, ...args),
    async write(path, content) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A stream that keeps what was written. */
export class Collector extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}
