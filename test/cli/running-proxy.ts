import { Writable } from "node:stream";
import type { Program, Ran } from "./program.ts";

/** `assaygate registry-proxy`, running in this process. */
export interface RunningProxy {
  /** What it said when it was ready. */
  readonly ready: string;
  readonly url: string;
  /** As SIGTERM. Resolves to what it came to, and all that it said. */
  stop(): Promise<Ran>;
}

/** Runs the command until it says that it is ready. Throws what it said where it ends instead. */
export async function runProxy(program: Program, ...args: readonly string[]): Promise<RunningProxy> {
  const stopped = Promise.withResolvers<void>();
  const readied = Promise.withResolvers<string>();
  let said = "";
  const err = new Writable({
    write(chunk: Buffer, _encoding, done) {
      said += chunk.toString();
      const [line] = /^ready: .*$/m.exec(said) ?? [];
      if (line !== undefined) readied.resolve(line);
      done();
    },
  });
  const ended = program.runWith({ err, untilStopped: () => stopped.promise }, "registry-proxy", ...args);
  const failed = ended.then(({ code }) => Promise.reject(new Error(`ended with ${code}: ${said}`)));
  const ready = await Promise.race([readied.promise, failed]);
  failed.catch(() => undefined);
  return {
    ready,
    url: /http:\/\/[^/]+\/v2\//.exec(ready)?.[0] ?? "",
    async stop() {
      stopped.resolve();
      return { ...(await ended), err: said };
    },
  };
}
