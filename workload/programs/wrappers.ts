/**
 * Programs that run the command they are given. `values`: flags that take the next word; every other flag stands alone, or
 * holds its value after `=` or directly behind its letter. `skip`: words before the command that are not flags.
 * Words with which a wrapper does something other than run the rest make it not understood.
 */
export interface Wrapper {
  readonly values?: readonly string[];
  readonly switches?: readonly string[];
  readonly skip?: number;
  /** What it does before it runs the command is none of ours, whatever flags it has; they may be joined with `=`. */
  readonly joined?: readonly string[];
}

const wrappers: Readonly<Record<string, Wrapper>> = {
  nohup: {},
  time: { switches: ["-p", "-v"] },
  setsid: { switches: ["-f", "--fork", "-w", "--wait", "-c", "--ctty"] },
  nice: { values: ["-n", "--adjustment"], joined: ["--adjustment"] },
  ionice: { values: ["-c", "-n", "--class", "--classdata"], switches: ["-t"], joined: ["--class", "--classdata"] },
  chrt: { switches: ["-f", "-r", "-b", "-o", "-i"], skip: 1 },
  stdbuf: { values: ["-i", "-o", "-e", "--input", "--output", "--error"], joined: ["--input", "--output", "--error"] },
  timeout: {
    values: ["-k", "-s", "--kill-after", "--signal"],
    switches: ["--foreground", "--preserve-status", "-v", "--verbose"],
    joined: ["--kill-after", "--signal"],
    skip: 1,
  },
  taskset: { switches: ["-c", "--cpu-list", "-a"], skip: 1 },
  numactl: {
    values: [
      "-N",
      "-m",
      "-C",
      "-p",
      "-i",
      "--cpunodebind",
      "--membind",
      "--physcpubind",
      "--interleave",
      "--preferred",
    ],
    switches: ["-l", "--localalloc", "--all"],
    joined: ["--cpunodebind", "--membind", "--physcpubind", "--interleave", "--preferred", "-N", "-m", "-C"],
  },
  tini: { values: ["-p", "-e"], switches: ["-s", "-v", "-vv", "-w", "-g", "--"] },
  "dumb-init": { values: ["-r", "--rewrite"], switches: ["-c", "-v", "--single-child", "--"] },
  catatonit: { switches: ["-P", "--"] },
  gosu: { skip: 1 },
  "su-exec": { skip: 1 },
  sudo: { values: ["-u", "-g"], switches: ["-E", "-H", "-n", "--preserve-env", "--"] },
  mpirun: {
    values: [
      "-n",
      "-np",
      "-c",
      "-H",
      "-host",
      "--host",
      "--hostfile",
      "-hostfile",
      "--bind-to",
      "--map-by",
      "-N",
      "-npernode",
    ],
    switches: ["--allow-run-as-root", "--oversubscribe", "--tag-output", "-tag-output", "--quiet", "-q"],
  },
};

/** Other names of the same programs. */
const otherNames: Readonly<Record<string, string>> = {
  mpiexec: "mpirun",
  "docker-init": "tini",
  "tini-static": "tini",
};

const byName: ReadonlyMap<string, Wrapper> = new Map([
  ...Object.entries(wrappers),
  ...Object.entries(otherNames).flatMap(([other, name]): [string, Wrapper][] => {
    const wrapper = wrappers[name];
    return wrapper === undefined ? [] : [[other, wrapper]];
  }),
]);

/** A program that runs another one, by its name. */
export function findWrapper(name: string): Wrapper | undefined {
  return byName.get(name);
}

/** The words of the command that the wrapper runs, or undefined where one of its own words is not understood. */
export function unwrap(
  { values = [], switches = [], joined = [], skip = 0 }: Wrapper,
  words: readonly string[],
): readonly string[] | undefined {
  let at = 1;
  while (at < words.length) {
    const word = words[at] ?? "";
    if (word === "--") {
      at += 1;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    if (values.includes(word)) at += 2;
    else if (switches.includes(word) || isJoined(word, values, joined)) at += 1;
    else return undefined;
  }
  return at + skip > words.length ? undefined : words.slice(at + skip);
}

/** `--signal=TERM`, and `-n10`. */
function isJoined(word: string, values: readonly string[], joined: readonly string[]): boolean {
  const equals = word.indexOf("=");
  if (equals !== -1) return joined.includes(word.slice(0, equals));
  return !word.startsWith("--") && word.length > 2 && values.includes(word.slice(0, 2));
}
