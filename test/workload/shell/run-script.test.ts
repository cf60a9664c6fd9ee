import { describe, expect, it } from "@jest/globals";
import { Budget, WorkloadTooLarge } from "../../../workload/budget.ts";
import { isOpaque } from "../../../workload/expansion.ts";
import { runScript, type ScriptReading, type Start } from "../../../workload/shell/run-script.ts";

const values = {
  MODEL: "acme/granite",
  FLAGS: "--port 8000 --tp 2",
  EMPTY: "",
  SECRET: "\0$(SECRET)\0",
  PATTERN: "*.bin",
  PART: "x-\0$(S)\0",
};

function read(script: string, start: Partial<Start> & { variables?: Record<string, string> } = {}): ScriptReading {
  const env = { values: new Map(Object.entries(start.variables ?? values)), open: false };
  const positional = { zero: "start", args: ["first", "second word"] };
  return runScript(script, { env, positional, shell: "bash", ...start }, new Budget(), "spec");
}

/** Opaque words as `?`, a command whose words may change with `~` behind it. */
function shown({ commands }: ScriptReading): string[] {
  return commands.map(({ words, splits }) => {
    const line = words.map((word) =>
      isOpaque(word) ? word.replaceAll(/\0[^\0]*\0/g, "?") : /^\S+$/.test(word) ? word : JSON.stringify(word),
    );
    return line.join(" ") + (splits ? " ~" : "");
  });
}

function expectCommands(script: string, expected: readonly string[], start: Parameters<typeof read>[1] = {}): void {
  const reading = read(script, start);
  expect({ commands: shown(reading), problem: reading.problem }).toEqual({ commands: expected, problem: undefined });
}

describe("words", () => {
  it.each<[string, string]>([
    ["a b  c", "a b c"],
    [`a 'b c' "d e" f\\ g`, 'a "b c" "d e" "f g"'],
    [`a "" ''`, 'a "" ""'],
    [`a "x\\"y\\\\z"`, 'a x"y\\z'],
    ["a \\\n  b\\\nc", "a bc"],
    ["a x#y # b", "a x#y"],
    ['a $MODEL ${MODEL} "$MODEL/x"', "a acme/granite acme/granite acme/granite/x"],
    ["a $FLAGS", "a --port 8000 --tp 2"],
    ['a "$FLAGS"', 'a "--port 8000 --tp 2"'],
    ["a x$FLAGS", "a x--port 8000 --tp 2"],
    ['a $EMPTY b "$EMPTY"', 'a b ""'],
    ["a $NONE", "a ? ~"],
    ['a "$NONE" "${NONE}"', "a ? ?"],
    ['a "$SECRET" --key=$SECRET', "a ? --key=? ~"],
    ['a "$PART"', "a x-?"],
    ["a $PATTERN", "a ? ~"],
    ['a "$PATTERN"', "a *.bin"],
    ["a *.txt", "a ? ~"],
    ["a --x={b,c}", "a ? ~"],
    ["a ~/x", "a ?"],
    ['M=$EMPTY:~/x; a "$M"', "a ?"],
    ["F='x MODEL=y'; command export M=$F; a \"$MODEL\"", "a ?"],
    ['a "$IFS"', "a ?"],
    ["a '$MODEL' \\$MODEL", "a $MODEL $MODEL"],
    ['a $(b) "$(c d)"', "b|c d|a ? ? ~"],
    ["a `b`", "b|a ? ~"],
    ['a $((1 + 2)) "$((NONE * 2))"', "a ? ?"],
    ["a $'x\\ty' b", "a ? b ~"],
    ["a ${MODEL:-x} ${EMPTY:-x y} ${NONE:-x}", "a acme/granite x y ? ~"],
    ["a ${MODEL:+--model $MODEL} ${EMPTY:+x}", "a --model acme/granite"],
    ['a ${MODEL:+"--model $MODEL"}', 'a "--model acme/granite"'],
    ["a ${#MODEL}", "a 12"],
    ["a ${MODEL%/*} ${MODEL##*/} ${MODEL%granite}m ${MODEL#*/}", "a acme granite acme/m granite"],
    ['a "${MODEL%/*}" "${MODEL##*/}" "${NONE##*/}"', "a acme granite ?"],
    ["a ${MODEL/acme/evil}", "a ? ~"],
    ['a $0 $1 "$2" $# ${10}', 'a start first "second word" 2'],
    ['a "$@" "$*"', 'a first "second word" "first second word"'],
    ["a $@", "a first second word"],
    ['a "x$@y"', 'a xfirst "second wordy"'],
    ['a ${1+"$@"}', 'a first "second word"'],
    ['a ${1:+"$@"}', 'a first "second word"'],
    ["a $? $$", "a ? ?"],
    ["a $RANDOM", "a ? ~"],
    ["a >/dev/null 2>&1 b <x", "a b"],
    ["a <(b)", "b|a ?"],
    ["a {} ; [ x = y ]", "a {}|[ x = y ]"],
    ["a '{\"k\": 1}'", 'a "{\\"k\\": 1}"'],
  ])("%j", (script, expected) => {
    expectCommands(script, expected.split("|"));
  });
});

describe("variables of the script", () => {
  it.each<[string, string]>([
    ["M=x; a $M", "a x"],
    ["M=x N=$M; a $N", "a x"],
    ['M="x y"; a "$M" $M', 'a "x y" x y'],
    ['M=$(b); a "$M"', "b|a ?"],
    ["unset MODEL; a x $MODEL", "a x"],
    ['unset MODEL; a "${MODEL:-y}"', "a y"],
    ["M=x; M=${M}y; a $M", "a xy"],
    ["M=x; M+=y; a $M", "a xy"],
    ["if b; then M=x; else M=x; fi; a $M", "b|a x"],
    ["if b; then M=x; else M=y; fi; a $M", "b|a ? ~"],
    ["if b; then M=x; a $M; fi", "b|a x"],
    ["if b; then MODEL=x; fi; a $MODEL", "b|a ? ~"],
    ["if b; then MODEL=x; exit 1; fi; a $MODEL", "b|a acme/granite"],
    ['if [ -z "$MODEL" ]; then MODEL=x; fi; a $MODEL', "[ -z acme/granite ]|a acme/granite"],
    [
      'if [ "$MODEL" = x ]; then a; elif [ -n "$FLAGS" ]; then b; else c; fi',
      '[ acme/granite = x ]|[ -n "--port 8000 --tp 2" ]|b',
    ],
    ['b && M=x; a "$M"', "b|a ?"],
    ['M=x; b || M=x; a "$M"', "b|a x"],
    ['(M=x); a "$M"', "a ?"],
    ['M=y; (M=x; b $M); a "$M"', "b x|a y"],
    ['M=y; b | M=x; a "$M"', "b|a ?"],
    ['M=y; M=x & a "$M"', "a y"],
    ['M=x; while b; do M=y; done; a "$M"', "b|a ?"],
    ['M=x; while b "$M"; do M=y$M; done', "b ?"],
    ['M=x; while b; do M=x; done; a "$M"', "b|a x"],
    ["until b; do c; done; a", "b|c|a"],
    ['for x in y; do a $x; done; b "$x"', "a y|b ?"],
    ['for x in y z; do a "$x"; done', "a ?"],
    ['for x; do a "$x"; done', "a ?"],
    ["case $MODEL in acme/*) a;; *) b;; esac", "a|b"],
    ["case $MODEL in x) a;; acme/granite|y) b;; *) c;; esac", "b"],
    ["case $NONE in x) a;; esac; b", "a|b"],
    ['M=x; read -r M; a "$M"', "a ?"],
    ['printf -v M x; a "$M"', "printf -v M x|a ?"],
    ["M=x; export M; a $M", "a x"],
    ["export M=x N; a $M", "a x"],
    ['declare -r M=x; a "$M"', "a ?"],
    ['readonly M=x; M=y; a "$M"', "a ?"],
    ['M=x b $M; a "$M"', "b ? ~|a ?"],
    ["IFS=,; a $FLAGS", "a ? ~"],
    ['while IFS= read -r line; do b "$line"; done </x; a $FLAGS', "b ?|a --port 8000 --tp 2"],
    ['set -- x y; a "$@"; shift; b $1', "a x y|b y"],
    ["set -euxo pipefail; a $1", "a first"],
    ['shift; a "$1" $#', 'a "second word" 1'],
    ['while [ $# -gt 0 ]; do a "$1"; shift; done', "[ ? -gt 0 ]|a ?"],
    ['f() { a "$1" $M; }; M=x; f y; f z', "a y x|a z x"],
    ["f() { a; }", ""],
    ['f() { M=y; return; M=z; }; M=x; f; a "$M"', "a ?"],
    ['f() { local M=y; a $M; }; M=x; f; b "$M"', "a y|b ?"],
    ["function f { a; }; f", "a"],
    ["A=(x 'y z' $MODEL); a \"${A[@]}\"", 'a x "y z" acme/granite'],
    ['A=(x); A+=(--y "$NONE"); a "${A[@]}" ${#A[@]}', "a x --y ? 3"],
    ['A=(x $NONE); a "${A[@]}"', "a x ? ~"],
    ['A=(x); if b; then A+=(y); fi; a "${A[@]}"', "b|a ? ~"],
    ["A=(x y); a ${A[1]} $A", "a y x"],
    ["i=0; while b; do i=$((i + 1)); done; a $i", "b|a ?"],
    ["i=$(c | wc -l); a $((i * 2))", "c|wc -l|a ?"],
  ])("%j", (script, expected) => {
    expectCommands(script, expected === "" ? [] : expected.split("|"));
  });
});

describe("commands", () => {
  it.each<[string, string]>([
    ["a; b && c || d | e & f", "a|b|c|d|e|f"],
    ["! a; { b; }; (c)", "a|b|c"],
    ["true && a; false && b; true || c; false || d", "true|a|false|true|false|d"],
    ["exec a b; c", "a b"],
    ["if b; then exec a; fi; c", "b|a|c"],
    ["if b; then exec a; else exec c; fi; d", "b|a|c"],
    ["b || exit 1; a", "b|a"],
    ["exec >/dev/null; a", "a"],
    ["exec -a x a b", "a b"],
    ["command a b; builtin echo c; command -v d", "a b|echo c|command -v d"],
    ["CMD='vllm serve x'; $CMD --y", "vllm serve x --y"],
    ['eval "exec vllm serve $MODEL $FLAGS"; a', "vllm serve acme/granite --port 8000 --tp 2"],
    ["eval 'M=x'; a $M", "a x"],
    ["eval \"a '$FLAGS'\"", 'a "--port 8000 --tp 2"'],
    ["trap 'kill 0; b' TERM EXIT; a", "kill 0|b|a"],
    ["f() { b; }; trap f EXIT; a", "b|a"],
    ["cat <<EOF > /x\n$MODEL $(b)\nEOF\na", "b|cat|a"],
    ["cat <<'EOF'\n$(b) '\nEOF\na", "cat|a"],
    ["cat <<-EOF\n\tx\n\tEOF\na", "cat|a"],
    ["cat <<A; b <<B\nx\nA\ny\nB\na", "cat|b|a"],
    ["[[ -n $MODEL && x == y ]] && a", "a"],
    ["(( NONE > 1 )) && a", "a"],
    ["for ((i = 0; i < 3; i++)); do a $i; done", "a ?"],
    ["$NONE serve x", "? serve x ~"],
    ["time a", "a"],
    ["# only a comment", ""],
    ["", ""],
  ])("%j", (script, expected) => {
    expectCommands(script, expected === "" ? [] : expected.split("|"));
  });
});

describe("what is not understood is a problem", () => {
  it.each([
    "a 'b",
    'a "b',
    "a $(b",
    "a `b",
    "a ${b",
    "if a; then b",
    "a; fi",
    "a )",
    "cat <<EOF\nx",
    ". /x; a",
    "source /opt/env; a",
    'eval "a $NONE"',
    "eval \"a '$SECRET'\"",
    'eval "a $(cat /x)"',
    "alias vllm=evil; vllm",
    'trap "$SECRET" EXIT',
    "trap 'M=x' DEBUG; a",
    "X='a[$(b)]'; : $((X))",
    "X=$(cat /x); : $((X))",
    "[[ $SECRET -eq 1 ]]",
    "PS4='$(b)'; set -x; a",
    "hash -p /x vllm",
    "enable -n test",
    "set -k",
    "declare -n M=MODEL",
    "export -f f",
    "set -a; f() { a; }",
    "BASH_CMDS[vllm]=/evil; vllm",
    "shopt -s nocasematch; case x in X) a;; esac",
    "shopt -s expand_aliases",
    "jobs -x a",
    "command_not_found_handle() { a; }; b",
    "trap b EXIT; b() { a; }",
    "eval() { :; }; eval a",
    "exec -c a",
    "select x in a; do b; done",
    "f() { f; }; f",
    "if b; then f() { a; }; fi; f",
    "a --key \0$(KEY)\0",
    "a '\0$(KEY)\0'",
  ])("%j", (script) => {
    expect(read(script).problem).toMatch(/^the script /);
  });

  it.each(["((a --b))", "function f { a; }", "[[ a && b ]]", "a &> log b"])("%j, where sh may be no bash", (script) => {
    expect(read(script, { shell: "sh" }).problem).toMatch(/^the script /);
    expect(read(script).problem).toBeUndefined();
  });

  it.each(["SHELLOPTS", "BASHOPTS"])("a shell that %s changes", (name) => {
    expect(read("a", { variables: { [name]: "nocasematch" } }).problem).toMatch(name);
  });

  it("another shell", () => expect(read("a", { shell: "zsh" }).problem).toMatch(/zsh/));
  it("functions from variables", () => {
    expect(read("a", { variables: { "BASH_FUNC_a%%": "() { b; }" } }).problem).toMatch(/functions/);
  });
});

describe("the environment of a command", () => {
  const envOf = (script: string, name: string): string | undefined => {
    const value = read(script).commands.at(-1)?.env.values.get(name);
    return value !== undefined && isOpaque(value) ? "?" : value;
  };

  it.each<[string, string, string | undefined]>([
    ["a", "MODEL", "acme/granite"],
    ["MODEL=x; a", "MODEL", "x"],
    ["M=x; a", "M", "?"],
    ["export M=x; a", "M", "x"],
    ["M=x; export M; a", "M", "x"],
    ["set -a; M=x; a", "M", "x"],
    ["M=x a", "M", "x"],
    ["M=x b; a", "M", undefined],
    ["unset MODEL; a", "MODEL", undefined],
    ["if b; then export MODEL=x; fi; a", "MODEL", "?"],
    ["export MODEL=$(b); a", "MODEL", "?"],
    ["$NONE; a", "MODEL", "?"],
    ["export PATH=/x:$PATH; a", "PATH", "?"],
  ])("%j: %s is %j", (script, name, expected) => {
    expect(envOf(script, name)).toBe(expected);
  });

  it("is that of its own moment", () => {
    const [first, second] = read("MODEL=x; a; MODEL=y; b").commands;
    expect([first?.env.values.get("MODEL"), second?.env.values.get("MODEL")]).toEqual(["x", "y"]);
    expect(first?.env.values.get("FLAGS")).toBe(values.FLAGS);
  });

  it("is open once anything may have been set", () => {
    expect(read("a; $NONE; b").commands.map(({ env }) => env.open)).toEqual([false, false, true]);
  });
});

describe("surroundings of a command", () => {
  it.each([
    ["a | b", [false, true]],
    ["b < /x", [true]],
    ["b < /dev/null 3< /x", [false]],
    ["b <<EOF\nx\nEOF", [true]],
    ["b <<< x", [true]],
    ["while a; do b; done < /x; c", [true, true, false]],
    ["exec < /x; a", [true]],
    ["curl x | { a; b; }", [false, true, true]],
  ])("%j reads what may be a script", (script, expected) => {
    expect(read(script).commands.map(({ stdin }) => stdin)).toEqual(expected);
  });

  it("writes files", () => {
    const { commands } = read("a > /x 2>> $NONE; { b; c >/y; } > /z; d >&2 2>/dev/null; > /w");
    expect(commands.map(({ writes }) => writes.map((file) => (isOpaque(file) ? "?" : file)))).toEqual([
      ["/x", "?"],
      ["/z"],
      ["/z", "/y"],
      [],
      ["/w"],
    ]);
  });

  it("has moved", () => {
    expect(read("a; (cd /x; b); c; cd /y; d").commands.map(({ moved }) => moved)).toEqual([
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
  });
});

describe("a script of a hostile size or shape is too large or not understood", () => {
  const doubling = Array.from({ length: 40 }, (_, at) => `A${at + 1}=$A${at}$A${at}`).join("\n");
  it.each([
    ["variables that double", `A0=xxxxxxxxxxxx\n${doubling}`],
    ["appending to itself", `A=xxxxxxxxxxxx\n${"A+=$A\n".repeat(40)}`],
    ["arrays that double", `A=(x)\n${'A+=("${A[@]}")\n'.repeat(40)}`],
    ["parameters that double", "set -- x\n" + 'set -- "$@" "$@"\n'.repeat(40)],
    [
      "functions that double",
      `f0() { a; }\n${Array.from({ length: 40 }, (_, at) => `f${at + 1}() { f${at}; f${at}; }`).join("\n")}\nf40`,
    ],
    ["loops in loops", "while a; do i=$((i+1));".repeat(50) + "a;" + "done;".repeat(50)],
    ["empty assignments", `f() { ${"A= ".repeat(2_000)}; }\n${"f;".repeat(2_000)}`],
    ["words that vanish", `E=\nf() { a ${"$E ".repeat(2_000)}; }\n${"f;".repeat(2_000)}`],
    ["parts that vanish", `E=\nf() { a "${"$E".repeat(2_000)}"; }\n${"f;".repeat(2_000)}`],
    ["long values that vanish", `X=${"x".repeat(20_000)}\n${"a ${X:+} ${X##*/} ${#X};".repeat(1_000)}`],
    ["many commands", "a;".repeat(10_000)],
    ["many words", "a ".repeat(40_000)],
    ["a long script", "a".repeat(300_000)],
    ["here-documents without an end", "<<A ".repeat(20_000)],
  ])("%s", (_what, script) => {
    expect(() => read(script)).toThrow(WorkloadTooLarge);
  });

  it.each([
    ["parentheses", "(".repeat(45_000)],
    ["substitutions", "$(".repeat(45_000)],
    ["braces", "${a:-".repeat(15_000)],
    ["quotes in braces", '"${a:-'.repeat(15_000)],
    ["arithmetic", "$((".repeat(30_000)],
    ["backticks", "`\\`".repeat(30_000)],
    ["conditions", "if ".repeat(30_000)],
    ["groups", "{ ".repeat(45_000)],
    ["a function that calls itself", "f() { f & f; }; f"],
    ["here-documents", "<<A ".repeat(2_000)],
    ["negations", "! ".repeat(45_000)],
  ])("%s without an end", (_what, script) => {
    expect(read(script).problem).toMatch(/^the script /);
  });
});
