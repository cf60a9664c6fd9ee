import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { nodeEnvironment, nodeFlags } from "./node-flags.ts";

/** A process under measurement, run as the image runs the gate. */
export interface Child {
  readonly process: ChildProcess;
  /** The first line of its standard output that `matches`; may be asked for once. */
  line(matches: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** How a program is run, where that is not as the image runs the gate. */
export interface RunOptions {
  /** Node's own flags. */
  readonly flags?: readonly string[];
  /** Variables besides those of this process. */
  readonly environment?: NodeJS.ProcessEnv;
  /** The one core that it may use, by its number, with every thread that it starts. */
  readonly core?: number;
}

/** Starts a program of ours with Node, with the flags and the environment that the image gives it. */
export function startProgram(
  file: string,
  args: readonly string[],
  cwd: string,
  { flags = nodeFlags, environment = nodeEnvironment, core }: RunOptions = {},
): Child {
  const command = [process.execPath, ...flags, file, ...args];
  const [program = "", ...rest] = core === undefined ? command : ["taskset", "-c", String(core), ...command];
  const env = { ...process.env, ...environment };
  const child = spawn(program, rest, { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  return {
    process: child,
    async line(matches) {
      for await (const line of lines) {
        if (!matches.test(line)) continue;
        // From here on the output is let go unread: reading it would be work for whoever measures.
        lines.close();
        child.stdout.resume();
        return line;
      }
      throw new Error(`${file} ended without saying ${String(matches)}`);
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
