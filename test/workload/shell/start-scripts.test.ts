import { afterAll, describe, expect, it } from "@jest/globals";
import { Budget, readingLimits } from "../../../workload/budget.ts";
import { runScript, type ScriptReading } from "../../../workload/shell/run-script.ts";
import { accountsFor, RealShell, shells } from "./real-shell.ts";

interface StartScript {
  readonly what: string;
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Variables that the image or the cluster adds, which the reading knows nothing of. */
  readonly added?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The command lines that matter, opaque words as `?`. */
  readonly runs: readonly string[];
  readonly needsBash?: boolean;
}

/** Of the kinds that charts and operators start model servers with; all names are invented. */
const scripts: readonly StartScript[] = [
  {
    what: "a leader and its workers by LeaderWorkerSet",
    env: { MODEL: "acme/granite", RAY_PORT: "6379" },
    added: { LWS_WORKER_INDEX: "0", LWS_GROUP_SIZE: "2", LWS_LEADER_ADDRESS: "leader" },
    needsBash: true,
    script: `set -euxo pipefail
if [ "\${LWS_WORKER_INDEX}" = "0" ]; then
  ray start --head --port="$RAY_PORT" --dashboard-host=0.0.0.0
  for i in $(seq 1 60); do
    if ray status | grep -q "$((LWS_GROUP_SIZE)) nodes"; then break; fi
    sleep 5
  done
  exec vllm serve "$MODEL" \\
    --tensor-parallel-size 8 \\
    --pipeline-parallel-size "$LWS_GROUP_SIZE" \\
    --port 8080 # the readiness probe asks here
else
  until ray health-check --address "$LWS_LEADER_ADDRESS:$RAY_PORT"; do
    echo "waiting for the leader"
    sleep 2
  done
  exec ray start --address="$LWS_LEADER_ADDRESS:$RAY_PORT" --block
fi`,
    runs: [
      "ray start --head --port=6379 --dashboard-host=0.0.0.0",
      "vllm serve acme/granite --tensor-parallel-size 8 --pipeline-parallel-size ? --port 8080",
      "ray start --address=?:6379 --block",
    ],
  },
  {
    what: "KServe's way with eval",
    env: { MODEL_NAME: "granite", VLLM_ADDITIONAL_ARGS: "--enable-lora --quantization awq" },
    script: `
START_RANK=0
eval "exec vllm serve /mnt/models \\
  --served-model-name '\${MODEL_NAME}' \\
  --port 8000 \\
  --disable-log-requests \\
  \${VLLM_ADDITIONAL_ARGS}"`,
    runs: [
      "vllm serve /mnt/models --served-model-name granite --port 8000 --disable-log-requests --enable-lora --quantization awq",
    ],
  },
  {
    what: "arguments in an array",
    env: { MODEL_ID: "acme/granite", QUANTIZATION: "fp8", REVISION: "" },
    script: `
ARGS=(
  --model "$MODEL_ID"   # from the values
  --host 0.0.0.0
)
if [ -n "\${QUANTIZATION:-}" ]; then
  ARGS+=(--quantization "\${QUANTIZATION}")
fi
if [ -n "\${REVISION}" ]; then
  ARGS+=(--revision "\${REVISION}")
fi
exec python3 -m vllm.entrypoints.openai.api_server "\${ARGS[@]}"`,
    runs: ["python3 -m vllm.entrypoints.openai.api_server --model acme/granite --host 0.0.0.0 --quantization fp8"],
    needsBash: true,
  },
  {
    what: "SGLang on several nodes",
    env: { NODES: "2" },
    script: `RANK=\${POD_INDEX:-0}
NODE_RANK=$((POD_INDEX + 1))
if [ "$NODES" -gt 1 ]; then
  echo "node $NODE_RANK of $NODES"
fi
python3 -m sglang.launch_server --model-path acme/granite --tp 8 --dist-init-addr "\${LEADER}:5000" --nnodes "$NODES" --node-rank $((POD_INDEX)) --trust-remote-code`,
    runs: [
      "python3 -m sglang.launch_server --model-path acme/granite --tp 8 --dist-init-addr ?:5000 --nnodes 2 --node-rank ? --trust-remote-code",
    ],
  },
  {
    what: "a config written first",
    env: { MODEL: "acme/granite" },
    script: `cat > /tmp/config.yaml <<EOF
model: \${MODEL}
port: 8000
EOF
cat <<'EOF' | tee /tmp/template.jinja >/dev/null
{% for m in messages %}{{ m['content'] }}$(not run){% endfor %}
EOF
vllm serve --config /tmp/config.yaml`,
    runs: ["vllm serve --config /tmp/config.yaml"],
  },
  {
    what: "an entry point that hands its arguments on",
    args: ["vllm", "serve", "acme/granite"],
    script: `#!/bin/sh
[ -z "$HF_TOKEN" ] || hf auth login --token "$HF_TOKEN"
exec "$@"`,
    runs: ["hf auth login --token ?", "vllm serve acme/granite"],
  },
  {
    what: "options that are taken one by one",
    args: ["--port", "9000", "--model", "acme/granite"],
    script: `port=8000
while [ $# -gt 0 ]; do
  case "$1" in
    --port) port="$2"; shift 2 ;;
    --port=*) port="\${1#*=}"; shift ;;
    *) break ;;
  esac
done
text-generation-launcher --port "$port"`,
    runs: ["text-generation-launcher --port ?"],
  },
  {
    what: "a server in the background that is waited for",
    script: `trap 'kill -TERM $PID; wait $PID' TERM INT
wait_for() {
  local url=$1 tries=0
  until curl -sf "$url" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 3 ]; then echo "gave up on $url" >&2; return 1; fi
    sleep 1
  done
}
ollama serve &
PID=$!
wait_for http://localhost:11434/ && ollama pull granite3
wait "$PID"`,
    runs: ["ollama serve", "curl -sf http://localhost:11434/", "ollama pull granite3"],
  },
  {
    what: "a command in a variable",
    env: { TP: "4" },
    script: `CMD="vllm serve acme/granite"
[ "$TP" != "1" ] && CMD="$CMD --tensor-parallel-size $TP"
echo "Running: $CMD"
$CMD 2>&1 | tee /dev/stderr`,
    runs: ["vllm serve acme/granite --tensor-parallel-size 4"],
  },
  {
    what: "a download before the server",
    env: { MODEL: "acme/Granite", DIR: "/models" },
    script: `set -e
export HF_HOME="\${DIR%/}/hub" HF_HUB_ENABLE_HF_TRANSFER=1
NAME="\${MODEL##*/}"
if [ ! -f "$DIR/$NAME/config.json" ]; then
  hf download "$MODEL" --local-dir "$DIR/$NAME" --revision main || { echo failed; exit 1; }
fi
exec vllm serve "$DIR/$NAME" --served-model-name "\${MODEL,,}"`,
    runs: [
      "hf download acme/Granite --local-dir /models/Granite --revision main",
      "vllm serve /models/Granite --served-model-name acme/granite",
    ],
    needsBash: true,
  },
];

const programs = "cat curl grep hf ollama python3 ray seq sleep tee text-generation-launcher vllm".split(" ");
const real = new RealShell(programs, ["MODEL"]);
afterAll(() => real[Symbol.dispose]());

function readingOf(one: StartScript, shell: string, budget = new Budget()): ScriptReading {
  const env = { values: new Map(Object.entries(one.env ?? {})), open: false };
  const start = { env, positional: { zero: "start", args: one.args ?? [] }, shell };
  return runScript(one.script, start, budget, "spec");
}

const isServer = (line: string): boolean =>
  /^(?:vllm|python3|hf|ollama|text-generation-launcher|ray start)\b/.test(line);

describe.each(scripts.map((one) => [one.what, one] as const))("%s", (_what, one) => {
  const shell = one.needsBash === true ? "bash" : "sh";

  it("is understood", () => {
    const { commands, problem } = readingOf(one, shell);
    expect(problem).toBeUndefined();
    const lines = commands.map(({ words }) => words.map((word) => word.replaceAll(/\0[^\0]*\0/g, "?")).join(" "));
    expect(lines).toEqual(expect.arrayContaining([...one.runs]));
    expect(lines.filter(isServer)).toEqual(one.runs.filter(isServer));
    expect(commands.filter(({ words, splits }) => splits && isServer(words.join(" ")))).toEqual([]);
  });

  it.each(shells.filter((name) => shell === "sh" || name === "bash"))("%s starts nothing else", (name) => {
    const { commands } = readingOf(one, name);
    const started = real.run(name, one.script, { args: one.args ?? [], env: { ...one.env, ...one.added } });
    expect(started).not.toEqual([]);
    expect(started.filter((each) => !commands.some((command) => accountsFor(command, each)))).toEqual([]);
  });

  it("takes a small part of what may be spent", () => {
    const budget = new Budget();
    readingOf(one, "bash", budget);
    for (const counted of ["commands", "words", "shellCharacters", "shellParts", "expandedCharacters"] as const) {
      expect(budget.spent[counted]).toBeLessThan(readingLimits[counted] / 20);
    }
  });
});
