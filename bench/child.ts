import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A process under measurement. */
export interface Child {
  readonly process: ChildProcess;
  /** The first line of its standard output that `matches`. */
  line(matches: RegExp): Promise<string>;
  stop(): Promise<void>;
}

export function start(file: string, args: readonly string[], cwd: string): Child {
  const child = spawn(process.execPath, [file, ...args], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  const seen: string[] = [];
  const waiting: { matches: RegExp; resolve: (line: string) => void }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (seen.length < 100) seen.push(line);
    for (const { matches, resolve } of waiting) if (matches.test(line)) resolve(line);
  });
  return {
    process: child,
    line(matches) {
      const known = seen.find((line) => matches.test(line));
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        waiting.push({ matches, resolve });
        child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
      });
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
