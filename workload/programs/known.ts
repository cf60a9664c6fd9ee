/**
 * Programs that load no model, by what they are. Only what cannot run or write anything else stands here: whoever writes the
 * command also writes its arguments.
 */
const plain =
  // The shell's own words and small tools that read and print.
  ": true false echo printf test [ [[ cd pwd set shift wait jobs kill pkill exit return break continue umask ulimit type hash " +
  "times getopts read unset export readonly local declare typeset trap let sleep date hostname whoami id uname nproc arch " +
  "printenv basename dirname realpath readlink stat ls df du free ps top pgrep pidof cat head tail tac wc cut tr nl " +
  "grep egrep fgrep seq expr bc jq base64 md5sum sha256sum sha1sum cksum od hexdump strings diff cmp which whereis " +
  "sync lsof netstat route nslookup dig host getent ping ping6 traceroute lspci lscpu lsmod " +
  "mkdir rmdir rm touch chmod chown chgrp logger clear tput stty mesg nvidia-smi rocm-smi amd-smi hl-smi neuron-ls xpu-smi " +
  "npu-smi vmstat iostat dmesg killall locale";

/** Clients that talk to a server, and loads that are put on one. Those that can also load a model themselves are told apart by their arguments. */
const clients = "grpc_health_probe grpc-health-probe hey";

/**
 * Routers, proxies and exporters that nothing can be told to run or write. Those whose configuration can (scripts, plug-ins,
 * logs with a format and a path of one's own) are not here: nginx, Envoy, collectors of logs and most others.
 */
const companions =
  "oauth2-proxy kube-rbac-proxy cloud-sql-proxy linkerd2-proxy prometheus node_exporter dcgm-exporter nvidia_gpu_exporter " +
  "statsd_exporter etcd nats-server vllm-router vllm-production-stack-router llm-d-routing-sidecar routing-sidecar epp " +
  "inference-gateway queue-proxy batch-processor lmcache_controller mooncake_master nixl_ep_server";

const noModelPrograms: ReadonlySet<string> = new Set([plain, clients].flatMap((list) => list.split(" ")));
const companionPrograms: ReadonlySet<string> = new Set(companions.split(" "));

/** Flags that name a file to write, or settings that may: a log is a program to whoever runs it. */
const writing =
  /^\0|^--?(?:l|c|P|pid|log|alsolog\w*|log[-_.]?(?:dir|file|outputs?|path|s)|[\w.-]*(?:file(?:name|s)?|path|config|output|outputs))(?:=|$)/;

type Check = (value: string) => boolean;

/**
 * The flags with which a program neither writes files nor runs others. Whatever is not here makes it another program: names
 * may be shortened, and new versions have new flags.
 */
interface Usage {
  /** Letters that stand alone, and letters that take a value. */
  readonly letters?: string;
  readonly valued?: string;
  /** Long names, with their dashes. */
  readonly switches?: string;
  readonly values?: string;
  /** What the values of some flags must be. */
  readonly checks?: Readonly<Record<string, Check>>;
  /** What words that are not flags must be, and how many there may be. */
  readonly operand?: Check;
  readonly maxOperands?: number;
}

const goesNowhere: Check = (value) => value === "/dev/null" || value === "-";

const usages: Readonly<Record<string, Usage>> = {
  curl: {
    letters: "sSfLkivIgGNnqa046#",
    valued: "XHduAmebxyYwo",
    switches:
      "--silent --show-error --fail --fail-with-body --location --insecure --include --head --get --verbose --no-progress-meter " +
      "--compressed --retry-connrefused --retry-all-errors --no-buffer --http1.1 --http2 --ipv4 --ipv6 --globoff",
    values:
      "--request --header --data --data-raw --data-binary --data-urlencode --json --user --user-agent --max-time --connect-timeout " +
      "--retry --retry-delay --retry-max-time --write-out --output --url --cacert --cert --key --proxy --noproxy --resolve --form -F",
    checks: { "-o": goesNowhere, "--output": goesNowhere, "-w": isFormat, "--write-out": isFormat },
  },
  wget: {
    letters: "q",
    valued: "tTO",
    switches: "--quiet --spider --no-check-certificate --server-response -nv --no-verbose -S",
    values: "--timeout --tries --retry-connrefused --header --post-data --output-document --waitretry",
    checks: { "-O": goesNowhere, "--output-document": goesNowhere },
  },
  sort: { letters: "bdfghinMrRuVsz", valued: "kt", switches: "--unique --reverse --numeric-sort --version-sort" },
  uniq: { letters: "cdui", maxOperands: 1 },
  xxd: { letters: "p", valued: "lcs", maxOperands: 1 },
  file: { letters: "bLi", switches: "--brief --mime-type" },
  yq: { letters: "reMPCNn", valued: "op", switches: "--raw-output --no-colors" },
  nc: { letters: "zvuln46kN", valued: "wqp" },
  ldconfig: { maxOperands: 0 },
  nvcc: { switches: "--version -V", maxOperands: 0 },
  command: { letters: "vV" },
  tee: { letters: "ai", operand: isHarmlessFile },
  sysctl: {
    letters: "wqen",
    operand: (word) => /^(?:net|vm)\.[\w./=\s-]*$|^fs\.(?:inotify|file-max)[\w./=\s-]*$/.test(word),
  },
  "redis-cli": { valued: "hpan" },
  "redis-server": {
    values: "--port --bind --save --appendonly --protected-mode --daemonize --requirepass",
    maxOperands: 0,
  },
  grpcurl: { switches: "-plaintext -insecure -v", values: "-d -H -max-time -connect-timeout -authority" },
  kubectl: {
    valued: "nloc",
    letters: "AfqRw",
    switches: "--all --all-namespaces --ignore-not-found --no-headers --watch --overwrite --wait",
    values:
      "--namespace --selector --output --for --timeout --field-selector --context --replicas --tail --container -p --type --patch",
    operand: (word) => !/^(?:cp|exec|run|debug|edit|diff|plugin|proxy|attach|config|kustomize)$/.test(word),
  },
};

/** The first word of such a program is a command of its own, and must be one of these. */
const subcommands: Readonly<Record<string, RegExp>> = {
  kubectl: /^(?:get|wait|rollout|describe|logs|label|annotate|patch|version|apply|delete|scale|create|top)$/,
};

/** Files that output may go to without another program being read from there, or a model. */
const outputPlaces = /^(?:\/tmp|\/var\/log|\/var\/run|\/run|\/dev\/shm|\/logs?)\/[^\0]*$/;
const outputNames = /(?:^|\/)[^/.\0][^/\0]*\.(?:log|out|txt|pid|err)$/;
/** Endings that neither code nor weights have. */
const plainEndings =
  /(?:^|\/)[^/.\0]+(?:[^/\0]*\.(?:log|out|txt|pid|err|json|ya?ml|jinja|csv|conf|cfg|ini|lock|ready|done|html?|tsv|sock))?$/;
/** Hidden folders, caches of a hub, and folders of programs and modules. */
const loadedFrom =
  /(?:^|\/)(?:\.[^/]*|bin|sbin|lib(?:exec|32|64)?|site-packages|dist-packages|hub|snapshots|blobs|[^/]*\.(?:dist|egg)-info|(?:models|datasets|spaces)--[^/]*)(?:\/|$)/;

/** True for a file that nothing loads: output, or plain data in a place for it. */
export function isHarmlessFile(path: string): boolean {
  const isOutput = outputNames.test(path) || (outputPlaces.test(path) && plainEndings.test(path));
  return isOutput && !path.includes("\0") && !loadedFrom.test(path);
}

/** What curl prints; with `%output{…}` it writes. */
function isFormat(value: string): boolean {
  return !value.startsWith("@") && !value.includes("%output");
}

/**
 * Whether the command loads no model, and neither writes what another one may run. `words[0]` is the program's name; `splits`:
 * words may be added when it runs.
 */
export function isModelFree(words: readonly string[], splits: boolean): boolean {
  const [program = "", ...args] = words;
  if (program === "guidellm") return !splits && usesOpenAi(args);
  if (companionPrograms.has(program)) return !splits && !args.some((word) => writing.test(word));
  const usage = Object.hasOwn(usages, program) ? usages[program] : undefined;
  if (usage === undefined) return noModelPrograms.has(program);
  // A word that is not known may be the flag that is not allowed.
  return (
    !splits &&
    !args.some((word) => word.startsWith("\0")) &&
    (subcommands[program]?.test(args[0] ?? "") ?? true) &&
    isUsedSo(args, usage)
  );
}

/** Newer versions can also load the model themselves; a tokenizer may bring code, and results are files. */
function usesOpenAi(args: readonly string[]): boolean {
  return args.every((word, at) => {
    if (word.startsWith("\0") || /^--(?:scenario|config|output)|trust/.test(word)) return false;
    if (!word.startsWith("--back")) return true;
    return (word.includes("=") ? word.slice(word.indexOf("=") + 1) : (args[at + 1] ?? "")).startsWith("openai");
  });
}

function isUsedSo(args: readonly string[], usage: Usage): boolean {
  const { operand = () => true, maxOperands = Number.POSITIVE_INFINITY } = usage;
  const operands: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (word === "--") {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    const taken = readFlag(word, args[at + 1], usage);
    if (taken === undefined) return false;
    at += taken;
  }
  return operands.length <= maxOperands && operands.every(operand);
}

/** How many of the next words belong to it; undefined where it is not one of the flags. */
function readFlag(word: string, next: string | undefined, usage: Usage): 0 | 1 | undefined {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  if (splitNames(usage.switches).includes(word)) return 0;
  if (splitNames(usage.values).includes(name)) {
    const value = equals === -1 ? next : word.slice(equals + 1);
    return isValue(name, value, usage) ? (equals === -1 ? 1 : 0) : undefined;
  }
  return word.startsWith("--") ? undefined : readLetters(word, next, usage);
}

/** `-sSfo /dev/null`. */
function readLetters(word: string, next: string | undefined, usage: Usage): 0 | 1 | undefined {
  const { letters = "", valued = "" } = usage;
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at] ?? "";
    if (letters.includes(letter)) continue;
    if (!valued.includes(letter)) return undefined;
    const rest = word.slice(at + 1);
    return isValue(`-${letter}`, rest === "" ? next : rest, usage) ? (rest === "" ? 1 : 0) : undefined;
  }
  return 0;
}

function isValue(name: string, value: string | undefined, { checks = {} }: Usage): boolean {
  const check = checks[name];
  return value !== undefined && (check === undefined || check(value));
}

function splitNames(text = ""): readonly string[] {
  return text.split(" ");
}

/** Python modules that load none. */
const noModelModules: ReadonlySet<string> = new Set([
  "sglang_router.launch_router",
  "sglang_router",
  "this",
  "site",
  "vllm.collect_env",
]);

const moduleUsages: Readonly<Record<string, Usage>> = {
  "http.server": { valued: "db", values: "--bind --directory" },
  "json.tool": { switches: "--sort-keys --no-ensure-ascii --json-lines --compact", maxOperands: 1 },
};

/** `words`: the module, and what it is given. */
export function isModelFreeModule(words: readonly string[], splits: boolean): boolean {
  const [module = "", ...args] = words;
  const usage = Object.hasOwn(moduleUsages, module) ? moduleUsages[module] : undefined;
  if (usage !== undefined) return !splits && !args.some((word) => word.startsWith("\0")) && isUsedSo(args, usage);
  if (module === "vllm_router.app")
    return !splits && !args.some((word) => /^(?:--(?:callb|request-rew|dynamic)|\0)/.test(word));
  return noModelModules.has(module);
}

/** Shells whose scripts are read. */
export const shells: ReadonlySet<string> = new Set(["sh", "bash", "ash", "dash", "zsh", "ksh", "busybox-sh"]);

/** `python3.11` and the like. */
export const python = /^(?:python|pypy)[0-9.]*$/;
