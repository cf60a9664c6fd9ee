import { afterAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { Budget, WorkloadTooLarge } from "../../../workload/budget.ts";
import { runScript, type ScriptReading } from "../../../workload/shell/run-script.ts";
import { accountsFor, RealShell, shells } from "./real-shell.ts";

const values = { A: "a", F: "--x 1 --y", E: "" };
const args = ["first", "second word"];
const watched = ["A", "B", "F"];
const programs = ["run", "ok", "no", "maybe", "say", "serve"];

const real = new RealShell(programs, watched);
afterAll(() => real[Symbol.dispose]());

/** What a real shell ran that the reading does not account for. Undefined: the script is not understood. */
function unaccounted(shell: string, script: string): unknown[] | undefined {
  const reading = read(shell, script);
  if (reading === undefined || reading.problem !== undefined) return undefined;
  const { commands } = reading;
  return real
    .run(shell, script, { args, env: values })
    .filter((started) => !commands.some((command) => accountsFor(command, started)));
}

/** Undefined where it would run more than is read: a function that calls itself may. */
function read(shell: string, script: string): ScriptReading | undefined {
  const env = { values: new Map(Object.entries(values)), open: false };
  try {
    return runScript(script, { env, positional: { zero: "start", args }, shell }, new Budget(), "");
  } catch (cause) {
    if (cause instanceof WorkloadTooLarge) return undefined;
    throw cause;
  }
}

const one = (...choices: string[]): fc.Arbitrary<string> => fc.constantFrom(...choices);
const name = one("A", "B", "F", "E");
const shared = {
  word: fc.oneof(
    one(
      "x",
      "--y",
      "'q q'",
      '"$@"',
      "$1",
      '"$2"',
      "$#",
      "$@",
      '"$*"',
      "$(say)",
      '"$(say)"',
      "`say`",
      "$((1 + 2))",
      "\\$A",
      "~",
      "*",
    ),
    name.chain((n) =>
      one(
        `$${n}`,
        `"$${n}"`,
        `x$${n}`,
        `"--m=\${${n}}"`,
        `\${${n}:-d e}`,
        `"\${${n}:-d}"`,
        `\${${n}:+--k $${n}}`,
        `\${${n}:+"$@"}`,
        `\${#${n}}`,
        `\${${n}%a}`,
        `"\${${n}#*-}"`,
        `\${${n}:=v w}`,
        `\${${n}-u}`,
      ),
    ),
  ),
};

const words = fc.array(shared.word, { maxLength: 3 }).map((all) => all.join(" "));
const program = one("run", "ok", "no", "maybe", "serve");

const simple = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(program, words).map(([p, all]) => `${p} ${all}`) },
  {
    weight: 4,
    arbitrary: fc.tuple(name, shared.word).map(([n, word]) => `${n}=${/^[$\\]@|^"\$@/.test(word) ? "x" : word}`),
  },
  fc.tuple(name, shared.word, words).map(([n, word, all]) => `${n}=${word} run ${all}`),
  fc.tuple(name, one("y", '"$A"', "$(say)", "'p q'")).map(([n, word]) => `export ${n}=${word}`),
  name.map((n) => `export ${n}`),
  name.map((n) => `unset ${n}`),
  name.map((n) => `read ${n} <<E\nr s\nE\n`),
  name.map((n) => `eval "run $${n} 'l l'"`),
  name.map((n) => `eval "${n}=n"`),
  fc.tuple(name, words).map(([n, all]) => `$${n} ${all}`),
  words.map((all) => `set -- ${all}`),
  name.map((n) => `cat <<E\n$${n} $(run in document)\nE\n`),
  name.map((n) => `${n}=$((${n} + 1))`),
  name.map((n) => `[ "$${n}" = a ]`),
  name.map((n) => `[ -z "$${n}" ]`),
  one(
    "shift",
    "break",
    "return",
    "exit",
    "exec run last",
    "f",
    "f p",
    "g",
    "true",
    "false",
    "command run c",
    "set -a",
    "IFS=",
    "trap 'run trapped $A' EXIT",
    "cd /",
  ),
);

const { list } = fc.letrec<{ list: string; command: string }>((tie) => ({
  list: fc.array(tie("command"), { minLength: 1, maxLength: 4 }).map((all) => all.join("\n")),
  command: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 6, arbitrary: simple },
    fc.tuple(tie("command"), one("&&", "||", "|"), tie("command")).map(([a, by, b]) => `{ ${a}\n} ${by} { ${b}\n}`),
    fc.tuple(tie("command"), tie("list"), tie("list")).map(([c, a, b]) => `if ${c}\nthen\n${a}\nelse\n${b}\nfi`),
    fc
      .tuple(tie("command"), tie("list"), tie("command"), tie("list"))
      .map(([c, a, d, b]) => `if ${c}\nthen\n${a}\nelif ${d}\nthen\n${b}\nfi`),
    fc.tuple(name, words, tie("list")).map(([n, all, body]) => `for ${n} in ${all}; do\n${body}\ndone`),
    tie("list").map((body) => `n=0; while [ $n -lt 2 ]; do n=$((n + 1))\n${body}\ndone`),
    tie("list").map((body) => `while maybe; do\n${body}\nbreak\ndone`),
    fc
      .tuple(name, tie("list"), tie("list"))
      .map(([n, a, b]) => `case $${n} in a|x) ${a}\n;; "") ${b}\n;; -*) ok;; *) run other;; esac`),
    tie("list").map((body) => `( ${body}\n)`),
    tie("list").map((body) => `{ ${body}\n} &\nwait`),
    tie("list").map((body) => `f() { ${body}\n}`),
    tie("list").map((body) => `g() { local A; ${body}\n}`),
  ),
}));

const listOfBash = fc
  .array(
    fc.oneof(
      list,
      one(
        "L=(x 'y z' $A)",
        'L+=("$B" --k)',
        'run "${L[@]}"',
        'run ${L[@]} ${#L[@]} "${L[0]}" $L',
        "A+=x",
        "A+=$B",
        "F+=' --z'",
      ),
      one(
        "[[ -n $A && x == y ]] && run t",
        "((n++)) || run u",
        "for ((i = 0; i < 2; i++)); do run $i; done",
        "run {a,b}$A",
      ),
      one(
        "function f { run in f $1; A=f; }",
        "run <(say)",
        "read -r B <<<'h i'",
        "declare -x B=$A",
        "run ${A//a/b} ${A^^} $'e\\tf'",
      ),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) => all.join("\n"));

/** Real shells are slow to start; the numbers of scripts are what a test may take. */
const runs = { numRuns: 150 } as const;

describe.each(shells)("every program that %s starts is among those read", (shell) => {
  it("for any script of a small grammar", () => {
    let understood = 0;
    let all = 0;
    fc.assert(
      fc.property(shell === "bash" ? listOfBash : list, (script) => {
        const missing = unaccounted(shell, script);
        all += 1;
        if (missing !== undefined) understood += 1;
        expect(missing ?? []).toEqual([]);
      }),
      runs,
    );
    expect(understood).toBeGreaterThan(all / 3);
  });
});
