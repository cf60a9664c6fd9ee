import type { Json } from "../artifacts.ts";
import { aPod, aScript, fill, fillText, nested, shapesOf } from "./shape.ts";

/** Below the limit on shell, so that the script is read and not only measured. */
const limitBytes = 95 * 1024;
const script =
  (make: (at: number) => string, before = "", after = "") =>
  (bytes: number): Json =>
    aScript(before + fillText(Math.min(bytes, limitBytes) - before.length - after.length, make) + after);
const unbounded =
  (make: (at: number) => string) =>
  (bytes: number): Json =>
    aScript(fillText(bytes, make));
const many = (count: number, make: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => make(at)).join("");

/** Scripts of every construct that the reader knows, and of some that it refuses. */
export const scriptShapes = shapesOf("script", {
  "servers, thousands, unbounded": unbounded((at) => `vllm serve /x${at}\n`),
  servers: script((at) => `vllm serve /x${at}\n`),
  "servers of one hub": script((at) => `vllm serve acme/m${at} --max-model-len 4096 &\n`),
  commands: script(() => "a;"),
  words: script(() => "a "),
  "one long word": script(() => "a"),
  quotes: script(() => `a "$X"`),
  "quotes, empty": script(() => "''"),
  "quotes that never close": script(() => '"'),
  "nested quotes and substitutions": (bytes) =>
    aScript(nested(Math.min(bytes / 6, 250), (inner) => `"$(a ${inner})"`, "x")),
  parentheses: unbounded(() => "("),
  "parentheses below the limit": script(() => "( "),
  subshells: script((at) => `(A${at}=1;a)\n`),
  heredocs: script(() => "a <<A\nx\nA\n"),
  "heredocs that never end": script(() => "<<A "),
  arrays: script(() => "x ", "A=(", ")"),
  "array elements": script(() => "A[1]=x;"),
  "arrays that never close": script(() => "A[1]=("),
  functions: script((at) => `f${at}() { a; };f${at};`),
  "functions that call each other twice": (bytes) =>
    aScript(`f0() { a; }\n${many(Math.min(bytes / 24, 60), (at) => `f${at + 1}() { f${at}; f${at}; }\n`)}f40`),
  "functions that change variables": script((at) => `f${at}() { A=$A${at}; B${at}=1; return; };f${at};`),
  "case, items": script((at) => `x${at}) A${at}=1;;\n`, "case $X in ", " esac"),
  "case, patterns": script((at) => `x${at}|`, "case $X in ", "y) a;; esac"),
  if: script(() => "if a; then A=1; else B=2; fi;"),
  elif: script(() => "elif a; then A=1;", "if a; then b;", " fi"),
  "if within if": (bytes) =>
    aScript(nested(Math.min(bytes / 40, 90), (inner) => `if a; then A=1; ${inner}; else B=2; fi`, "a")),
  loops: script(() => "while a; do i=$((i+1)); done;"),
  "loops within loops": (bytes) =>
    aScript(nested(Math.min(bytes / 40, 90), (inner) => `while a; do A=$A$B; B=$A; ${inner}; done`, "a")),
  "loops within loops, each of its own variable": (bytes) => {
    let at = 0;
    return aScript(
      nested(
        Math.min(bytes / 40, 60),
        (inner) => `for v${(at += 1)} in a b; do A${at}=$v${at}$A${at - 1}; ${inner}; done`,
        "a",
      ),
    );
  },
  "a loop of many changes": script((at) => `A${at}=$A${at + 1};`, "while a; do ", "done"),
  "branches of many changes": script((at) => `if a; then A${at}=1; fi;`),
  assignments: script((at) => `A${at}=1;`),
  "assignments that double": (bytes) =>
    aScript(`A=aaaaaaaaaaaa;${many(Math.min(bytes / 10, 60), () => "A=$A$A;")}vllm serve $A`),
  "assignments that double words": (bytes) =>
    aScript(`A="a b c d e f";${many(Math.min(bytes / 10, 60), () => 'A="$A $A";')}vllm serve $A`),
  "exports and commands": script((at) => `export A${at}=1;a;`),
  "assignments before commands": script((at) => `A${at}=1 a;`),
  "exports and servers": script((at) => (at < 100 ? `export A${at}=1;vllm serve m${at};` : "a;")),
  "expansions with defaults": script(() => "a ${X:-y} "),
  "expansions with defaults, nested": (bytes) =>
    aScript(`a ${nested(Math.min(bytes / 6, 290), (inner) => `\${X:-${inner}}`, "y")}`),
  "expansions with patterns": script(() => "a ${X//a*b/c} ${X%%*} "),
  arithmetic: script(() => "a $((1+X)) "),
  "arithmetic, one": script(() => "+1", "a $((1", "))"),
  substitutions: script(() => "a $(b) "),
  backticks: script(() => "a `b` "),
  "backticks within backticks": (bytes) => {
    const slashes = Math.min(10, Math.log2(bytes));
    let text = "a";
    for (let at = 0; at < slashes; at += 1) text = `\`b ${text.replaceAll(/[\\`]/g, String.raw`\$&`)}\``;
    return aScript(`a ${text}`);
  },
  eval: script(() => "eval 'a b';"),
  "eval within eval": (bytes) => aScript(nested(Math.min(bytes / 8, 60), (inner) => `eval ${inner}`, "vllm serve x")),
  "eval of what doubles": (bytes) =>
    aScript(`A='a;';${many(Math.min(bytes / 10, 14), () => "A=$A$A;")}eval "$A";eval "$A";eval "$A"`),
  escapes: script(() => "\\a"),
  dollars: script(() => "$"),
  tabs: script(() => "\t"),
  comments: script(() => "#\n"),
  "line continuations": script(() => "\\\n"),
  patterns: script(() => "*", "a "),
  braces: script(() => "{a,b}", "a "),
  pipes: script(() => "a|", "", "a"),
  "and, or": script(() => "a&&A=1||", "", "a"),
  negations: script(() => "! "),
  background: script(() => "a &\n"),
  traps: script(() => "trap 'a' EXIT;"),
  reads: script(() => "read a b c;"),
  sets: script((at) => `set -- "$@" a${at};`),
  shifts: script(() => "shift;", "set -- a b c d e f g h i j;"),
  positional: script(() => 'a $1 $@ "$@";'),
  sources: script((at) => `A${at}=1;. x;\n`),
  unsets: script(() => "unset a;"),
  tests: script(() => "[[ $A -eq 1 && $B = x ]];"),
  redirections: script((at) => `a >/x${at} 2>&1;`),
  "many redirections of one command": script((at) => `>/x${at} `, "a "),
  wrappers: script(() => "env exec nohup timeout 1 nice ", "", "vllm serve m"),
  "shells within shells": (bytes) =>
    aScript(nested(Math.min(bytes / 16, 12), (inner) => `sh -c ${JSON.stringify(inner)}`, "vllm serve m")),
  "one command with many wrappers and variables": script((at) => `env A${at}=1 `, "", "vllm serve m"),
  downloads: script((at) => `huggingface-cli download acme/m${at} --local-dir /m/${at};`),
  pip: script((at) => `pip install vllm==0.${at} ;`),
  python: script((at) => `python3 -m vllm.entrypoints.openai.api_server --model m${at} & `),
  curl: script((at) => `curl -sSL https://acme.com/${at} -o /x${at};`),
  unicode: script(() => "é "),
  "many variables, many commands": (bytes) =>
    aScript(
      fillText(Math.min(bytes / 2, 40_000), (at) => `export B${at}=1; a $A${at};`),
      fill(Math.min(bytes / 2, 8_000 * 30), (at) => ({ name: `A${at}`, value: "x" })),
    ),
  "env before many commands, many variables": (bytes) =>
    aScript(
      fillText(Math.min(bytes / 2, 40_000), (at) => `env B${at}=1 a;`),
      fill(Math.min(bytes / 2, 8_000 * 30), (at) => ({ name: `A${at}`, value: "x" })),
    ),
  "env within env, many variables": (bytes) =>
    aScript(
      fillText(Math.min(bytes / 2, 40_000), () => "env A=1 env B=1 env C=1 env D=1 sh -c a;"),
      fill(Math.min(bytes / 2, 8_000 * 30), (at) => ({ name: `A${at}`, value: "x" })),
    ),
  "words of variables, many": (bytes) =>
    aScript(
      fillText(Math.min(bytes / 2, limitBytes), () => "a $A;"),
      [{ name: "A", value: "x ".repeat(Math.min(bytes / 4, 8_000)) }],
    ),
  "one large variable, many commands": (bytes) =>
    aScript(
      fillText(Math.min(bytes / 2, limitBytes), () => 'a "$A";'),
      [{ name: "A", value: "x".repeat(Math.min(bytes / 2, 500_000)) }],
    ),
  "arguments of the shell": (bytes) =>
    aPod({ command: ["bash", "-c", 'a "$@"; vllm serve "$@"', "bash", ...fill(bytes, (at) => `w${at}`)] }),
  "many small scripts": (bytes) => {
    const containers = fill(Math.min(bytes, 500 * 120), (at) => ({
      name: `c${at}`,
      command: ["sh", "-c", `export A=$(date); vllm serve m$A${at} --port $P`],
    }));
    return aPod({}, { containers });
  },
  "for a shell that is not known": (bytes) =>
    aScript(
      fillText(bytes, () => "a;"),
      [],
      "zsh",
    ),
});
