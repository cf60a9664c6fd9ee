/*
 * Servers that run can be told to load something else. Who tells them so stands in the object where it is a hook, a probe, or
 * another container; what comes from elsewhere over the network does not.
 */

/** Paths by which that is done, as patterns, by who has them: the ends of an address, without its first slash. */
const paths: Readonly<Record<string, string>> = {
  /** `vllm/entrypoints/serve/lora/api_router.py`, `…/dev/rlhf/api_router.py`, `…/dev/rpc/api_router.py`; TensorRT-LLM and LMDeploy have the last. */
  vllm: "(?:un)?load_lora_adapter collective_rpc init_weight_transfer_engine start_(?:draft_)?weight_update update_weights",
  /** `sglang/srt/entrypoints/http_server.py` of 0.5.23. */
  sglang:
    "load_lora_adapter_from_tensors update_weights_from_(?:disk|tensor|distributed|ipc) init_weights_update_group begin_weight_update",
  /** llama.cpp as a router, and LM Studio; Aphrodite and TabbyAPI. */
  others: "models?/load",
  /** https://github.com/ollama/ollama/blob/main/docs/api.md */
  ollama: "api/(?:pull|create|copy)",
  /** https://localai.io/models/ */
  localAi: "(?:models|backends)/apply",
  /** https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md : MLServer's, too. */
  triton: "v2/repository/models/[^/]+(?:/versions/[^/]+)?/load GRPCInferenceService[/.]RepositoryModelLoad",
  /** https://docs.openvino.ai/2025/model-server/ovms_docs_rest_api_tfs.html */
  openvinoModelServer: "v1/config/reload",
  /** https://pytorch.org/serve/management_api.html : with the archive to load behind a question mark. */
  torchServe: "models\\?(?:[^#\\s/]*&)?url=.*",
};

const patterns = Object.values(paths)
  .flatMap((text) => text.split(" "))
  .join("|");
const changing = new RegExp(`(?:/|\\binference\\.)((?:v1/)?(?:${patterns}))(?=$|[/?#\\s"'\`\\\\),])`);

const clients: ReadonlySet<string> = new Set(
  "curl wget nc ncat netcat socat http https xh grpcurl websocat busybox".split(" "),
);
const request = /\b(?:GET|POST|PUT) \//;
const codeFlags: ReadonlySet<string> = new Set(["-c", "-e", "--eval", "-p"]);

/** Twice what one argument may hold on Linux: https://man7.org/linux/man-pages/man2/execve.2.html */
const maxCharacters = 256 * 1024;

function sumLengths(words: readonly string[]): number {
  return words.reduce((sum, { length }) => sum + length, 0);
}

/**
 * What a command says to a server that changes what that loads, in words; undefined where none of it is seen. `words`: the
 * program, and what it is given; an empty program is one that the image names.
 */
export function findModelCall(words: readonly string[]): string | undefined {
  const [program = ""] = words;
  const who = program === "" ? "the image" : program;
  const isClient = program === "" || clients.has(program);
  const isCode = codeFlags.has(words[1] ?? "");
  const isRead = (word: string): boolean => isClient || isCode || word.includes("://") || request.test(word);
  const read = words.slice(1).filter(isRead);
  if (sumLengths(read) > maxCharacters)
    return `${who} is told more than the ${maxCharacters / 1024} KiB that are looked through, and that may change what a server loads`;
  const path = findChange(read.join("\n"));
  if (path !== undefined) return describeCall(who, path);
  const hidden = isClient ? findHidden(program, words) : undefined;
  return hidden && `${who} ${hidden}, and that may change what a server loads`;
}

/** Why what a client is told may be a call that cannot be read; undefined where it cannot. */
function findHidden(program: string, words: readonly string[]): string | undefined {
  const sends = senders.has(program) && !words.some((word) => /^-[a-zA-Z46]*[zl]/.test(word));
  const hasArchive = words.some((word) => /(?:^|[?&])url=/.test(word));
  for (const [at, word] of words.entries()) {
    if (at === 0) continue;
    const { host, path, query } = readAddress(word);
    // TorchServe takes what is to be loaded from the data of a request, too.
    const asksModels = path.endsWith("/models");
    if (asksModels && hasArchive) return `calls ${path.slice(-160)} with an archive to load`;
    if (program !== "" && isWhollyHidden(word) && !valueFlag.test(words[at - 1] ?? ""))
      return "calls an address that cannot be read (write its host and path in words)";
    const isHidden = hiding.test(path) || (asksModels && hiding.test(query));
    if (!(isHidden || sends) || !isThisMachine(host)) continue;
    return isHidden ? "calls a path on this machine that cannot be read" : "sends to this machine what cannot be read";
  }
  return undefined;
}

/** Of these, what is sent comes from elsewhere; unless they only look whether somebody listens, or listen themselves. */
const senders: ReadonlySet<string> = new Set(["nc", "ncat", "netcat", "socat"]);

/** Flags whose values are no addresses, behind letters that take none. */
const valueFlag =
  /^(?:-[sSfLkivIgGNnqa0-9]*[XHduAmebxyYwoFtTO]|--(?:request|header|data(?:-[a-z]+)?|json|user(?:-agent)?|max-time|connect-timeout|retry(?:-[a-z-]+)?|write-out|output(?:-document)?|cacert|cert|key|proxy|noproxy|resolve|form|timeout|tries|waitretry|post-data))$/;

/** Texts that cannot be known, and those that are one word: `workload/expansion.ts` has what stands for them. */
const unknown = /[\0\u{E000}]/u;

/** What stands for something else in a path: what cannot be known, escapes, patterns of curl's, and ways round. */
const hiding = /[\0\u{E000}%{[]|\.\./u;

/** Neither whom it calls is said, nor what for. */
function isWhollyHidden(word: string): boolean {
  return word.startsWith("\0") && !/[:/?]/.test(word.slice(word.lastIndexOf("\0")));
}

/** Any text is one, of a host alone at the least. */
function readAddress(word: string): { readonly host: string; readonly path: string; readonly query: string } {
  const [, authority = "", rest = ""] = /^(?:--url=)?(?:[A-Za-z][\w+.-]{0,31}:\/\/)?([^/?#]*)([^]*)$/.exec(word) ?? [];
  const [path = "", query = ""] = rest.split(/[?#]/, 2);
  return { host: authority.slice(authority.lastIndexOf("@") + 1), path, query };
}

const ownNames = /(?:^|\.)localhost\.?$|^(?:127\..*|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/;

/** More is nobody's name. https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4 */
const longestHost = 320;

/** As clients read a host, in whichever spelling; what cannot be known may be any. */
function isThisMachine(host: string): boolean {
  if (unknown.test(host)) return true;
  // Numbers have many spellings, names of letters have one.
  if (/^[a-z][a-z0-9.-]*(?::\d*)?$/i.test(host)) return /(?:^|\.)localhost\.?(?::\d*)?$/i.test(host);
  const url = host.length > longestHost ? null : URL.parse(`http://${host}`);
  return url !== null && ownNames.test(url.hostname);
}

/** The same of a request that the kubelet makes, `path` as the probe or hook says it. */
export function findModelRequest(path: string): string | undefined {
  const found = findChange(path.startsWith("/") ? path : `/${path}`);
  return found && describeCall("the kubelet", found);
}

/** Servers undo the escapes of a path before they look who answers it. */
function findChange(text: string): string | undefined {
  return (changing.exec(text) ?? (text.includes("%") ? changing.exec(undoEscapes(text)) : null))?.[0];
}

/** In the place of `decodeURIComponent`, which throws where one escape of many is none. */
function undoEscapes(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1, length += 1) {
    const value = bytes[at] === percent ? parseHex(bytes[at + 1]) * 16 + parseHex(bytes[at + 2]) : NaN;
    bytes[length] = Number.isNaN(value) ? (bytes[at] ?? 0) : value;
    if (!Number.isNaN(value)) at += 2;
  }
  return bytes.toString("latin1", 0, length);
}

const percent = 0x25;

/** NaN for what is no digit. */
function parseHex(code = NaN): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : NaN;
}

function describeCall(who: string, path: string): string {
  return `${who} calls ${path.slice(0, 160)}, which changes what a running server loads`;
}
