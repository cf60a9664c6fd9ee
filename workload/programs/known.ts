/**
 * Programs that load no model, by what they are. Only what cannot run or write anything else stands here: whoever writes the
 * command also writes its arguments.
 */
const plain =
  // The shell's own words and small tools that read and print.
  ": true false echo printf test [ [[ cd pwd set shift wait jobs kill pkill exit return break continue umask ulimit type hash " +
  "times getopts read unset export readonly local declare typeset trap let command sleep date hostname whoami id uname nproc arch " +
  "printenv basename dirname realpath readlink stat ls df du free ps top pgrep pidof cat head tail tac wc cut tr sort uniq nl " +
  "grep egrep fgrep seq expr bc jq yq base64 md5sum sha256sum sha1sum cksum od xxd hexdump strings diff cmp file which whereis " +
  "sync lsof ss netstat route nslookup dig host getent ping ping6 nc traceroute lspci lscpu lsmod " +
  "mkdir rmdir rm touch chmod chown chgrp ulimit sysctl logger clear tput stty mesg nvidia-smi rocm-smi amd-smi hl-smi neuron-ls xpu-smi " +
  "npu-smi nvcc ldconfig free vmstat iostat dmesg pkill killall locale";

/** Clients that talk to a server, and loads that are put on one. Those that can also load a model themselves are told apart by their arguments. */
const clients =
  "curl grpcurl grpc_health_probe grpc-health-probe httpie http ab wrk hey k6 vegeta fortio siege oha redis-cli " +
  "kubectl guidellm genai-perf perf_analyzer inference-perf llmperf aiperf etcdctl nats-cli" +
  "open-webui";

/** Routers, proxies, exporters and agents: processes of a pod beside the model server. */
const companions =
  "envoy pilot-agent pilot-discovery nginx haproxy traefik caddy httpd apache2 oauth2-proxy kube-rbac-proxy cloud-sql-proxy " +
  "linkerd2-proxy daprd otelcol otelcol-contrib fluentd fluent-bit fluent-bit-watcher filebeat vector promtail " +
  "telegraf prometheus node_exporter dcgm-exporter nvidia_gpu_exporter statsd_exporter redis-server redis-sentinel etcd " +
  "nats-server vllm-router vllm-production-stack-router litellm llm-d-routing-sidecar routing-sidecar epp inference-gateway queue-proxy " +
  "batch-processor lmcache_controller mooncake_master nixl_ep_server raylet gcs_server";

const noModelPrograms: ReadonlySet<string> = new Set([plain, clients, companions].flatMap((list) => list.split(" ")));

/** Arguments with which such a program writes files, or runs other programs, and so is none of these. */
const guards: Readonly<Record<string, (args: readonly string[]) => boolean>> = {
  curl: (args) =>
    writesNowhere(
      args,
      ["-o", "--output"],
      /^(?:-[A-Za-z]*O[A-Za-z]*|--remote-name.*|-K.*|--config.*|--output-dir.*|-c|--cookie-jar.*|-D.+|--dump-header.*|--trace.*|--libcurl.*|--etag-save.*|--unix.*)$/,
    ),
  sort: (args) => !args.some((word) => /^(?:-[A-Za-z]*o|--output|--compress-program)/.test(word)),
  yq: (args) => !args.some((word) => /^(?:-[A-Za-z]*i|--inplace|-s|--split-exp)/.test(word)),
  nc: (args) => !args.some((word) => /^(?:-[A-Za-z]*[ec]|--.*exec)/.test(word)),
  ldconfig: (args) => args.length === 0,
  tee: (args) => args.every((word) => word.startsWith("-") || isHarmlessFile(word)),
  wget: (args) =>
    args.includes("--spider") ||
    args.some((word) => /^(?:-[a-z]*O-|--output-document=-)$/.test(word)) ||
    (writesNowhere(
      args,
      ["-O", "-qO"],
      /^(?:-o|-a|-P|-i|-e|--(?!quiet|timeout|tries|no-check|spider|server-response|retry).*)/,
    ) &&
      args.some((word) => word.endsWith("O"))),
};

/** Files that output may go to without another program being read from there. */
const harmlessFile = /^(?:\/tmp|\/var\/log|\/var\/run|\/run|\/dev|\/logs?)\/[^\0]*$|^[^\0]*\.(?:log|out|txt|pid)$/;

export function isHarmlessFile(path: string): boolean {
  return harmlessFile.test(path) && !/(?:^|\/)\.\.(?:\/|$)/.test(path);
}

/** What is written goes to the terminal or to nowhere. */
function writesNowhere(args: readonly string[], outputs: readonly string[], others: RegExp): boolean {
  return args.every((word, at) => {
    if (others.test(word)) return false;
    return (
      !outputs.some((flag) => word === flag || (word.startsWith(flag) && flag.length === 2)) ||
      args[at + 1] === "/dev/null" ||
      args[at + 1] === "-" ||
      /^-o(?:\/dev\/null|-)$/.test(word)
    );
  });
}

/**
 * Whether the command loads no model, and neither writes what another one may run. `words[0]` is the program's name; `splits`:
 * words may be added when it runs.
 */
export function loadsNone(words: readonly string[], splits: boolean): boolean {
  const [program = "", ...args] = words;
  const isAllowed = Object.hasOwn(guards, program) ? guards[program] : undefined;
  if (isAllowed === undefined) return noModelPrograms.has(program);
  // A word that is not known may be the flag that is not allowed.
  return !splits && !args.some((word) => word.startsWith("\0")) && isAllowed(args);
}

/** Python modules that load none. */
export const noModelModules: ReadonlySet<string> = new Set([
  "http.server",
  "sglang_router.launch_router",
  "sglang_router",
  "sglang.bench_serving",
  "vllm_router.app",
  "json.tool",
  "this",
  "site",
  "vllm.collect_env",
]);

export const shells: ReadonlySet<string> = new Set(["sh", "bash", "ash", "dash", "zsh", "ksh", "busybox-sh"]);

/** `python3.11` and the like. */
export const python = /^(?:python|pypy)[0-9.]*$/;
