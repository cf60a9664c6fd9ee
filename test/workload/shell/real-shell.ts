import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ShellCommand } from "../../../workload/shell/run-script.ts";

/** One program that a real shell started. */
export interface Started {
  readonly words: readonly string[];
  /** The variables that were asked for; undefined where it was not given one. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Programs that do nothing but note how they were started. `maybe` fails every now and then, `say` prints two words. */
export class RealShell implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "assaygate-shell-"));
  #runs = 0;
  readonly #watched: readonly string[];

  constructor(programs: readonly string[], watched: readonly string[]) {
    this.#watched = watched;
    for (const name of programs) {
      writeFileSync(join(this.#folder, name), this.#program(name));
      chmodSync(join(this.#folder, name), 0o755);
    }
  }

  /** What the shell started, in order, until it ended or a second had passed. */
  run(
    shell: string,
    script: string,
    options: { args: readonly string[]; env: Readonly<Record<string, string>> },
  ): Started[] {
    // What a script leaves running in the background must not write to the log of the next.
    this.#runs += 1;
    const log = join(this.#folder, `log-${this.#runs}`);
    writeFileSync(log, "");
    // It ends all that the script started, loops in the background among them.
    spawnSync("/usr/bin/timeout", ["-s", "KILL", "1", `/bin/${shell}`, "-c", script, "start", ...options.args], {
      env: { ...options.env, PATH: this.#folder, LOG_OF_TEST: log },
      cwd: this.#folder,
      stdio: "ignore",
    });
    const lines = readFileSync(log, "utf8").split("\u0001\u0002\u0001").slice(0, -1);
    return lines.map((line) => this.#started(line.split("\u0001")));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  #program(name: string): string {
    const variables = this.#watched.map((variable) => `"\${${variable}-\u0003}"`).join(" ");
    const note = `printf '%s\\001' ${variables} ${name} "$@" "\u0002" >>"$LOG_OF_TEST"`;
    const ends = { say: "echo z w", maybe: `read -r all <"$LOG_OF_TEST"; [ $((\${#all} % 3)) -gt 0 ]`, no: "exit 1" };
    return `#!/bin/dash\n${note}\n${ends[name as keyof typeof ends] ?? ""}\n`;
  }

  #started(parts: readonly string[]): Started {
    const values = this.#watched.map((name, at) => [name, parts[at] === "\u0003" ? undefined : parts[at]] as const);
    return { words: parts.slice(this.#watched.length), env: Object.fromEntries(values) };
  }
}

export const shells = ["dash", "bash"].filter((shell) => existsSync(`/bin/${shell}`));

/** The command that was read accounts for the one that ran: word for word, but where it says that it does not know. */
export function accountsFor(command: ShellCommand, started: Started): boolean {
  const isGiven = Object.entries(started.env).every(([name, value]) => {
    const expected = command.env.values.get(name);
    return expected === undefined ? value === undefined || command.env.open : fits(expected, value ?? "");
  });
  return (
    isGiven && (command.splits ? holdsInOrder(command.words, started.words) : fitsAll(command.words, started.words))
  );
}

function fitsAll(words: readonly string[], real: readonly string[]): boolean {
  return words.length === real.length && words.every((word, at) => fits(word, real[at] ?? ""));
}

/** Known words stand in their order; what is not known may be any words. */
function holdsInOrder(words: readonly string[], real: readonly string[]): boolean {
  let at = 0;
  return words
    .filter((word) => !word.includes("\0"))
    .every((word) => {
      at = real.indexOf(word, at) + 1;
      return at > 0;
    });
}

function fits(word: string, real: string): boolean {
  const parts = word.split(/\0[^\0]*\0/);
  if (parts.length === 1) return word === real;
  let at = 0;
  return parts.every((part, index) => {
    const found = index === 0 ? (real.startsWith(part) ? 0 : -1) : real.indexOf(part, at);
    at = found + part.length;
    return found !== -1;
  });
}
